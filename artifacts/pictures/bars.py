"""Amounts of money side by side."""

from collections.abc import Sequence

from artifacts.choices import machines, place
from artifacts.notation import dollars
from artifacts.pictures.canvas import Canvas, cut
from domain.base import Frozen
from domain.plan import CostBreakdown, Recommendation

WIDTH, LEFT, ROW, BAR, AMOUNT = 480, 8, 42, 14, 110
LONGEST = 66


class Bar(Frozen):
    label: str
    usd: float | None
    """Null: no price is known."""
    said: str = ""
    """In place of the amount."""
    chosen: bool = False


def option_bars(recommendations: Sequence[Recommendation], budget_usd: float | None = None) -> str:
    """What each way to run it costs, for a month or for the job; the budget as a line where it is for the same."""
    per_job = bool(recommendations) and recommendations[0].option.job_cost_usd is not None
    bars = [
        Bar(
            label=f"{r.rank}. {r.option.label}: {machines(r.option)}, {place(r.option)}",
            usd=0.0 if r.option.is_own else r.option.job_cost_usd if per_job else r.option.price_per_month_usd,
            said="no rent" if r.option.is_own else "",
            chosen=r.rank == 1,
        )
        for r in recommendations
    ]
    return bars_picture("options", f"What each choice costs a {'job' if per_job else 'month'}", bars, budget_usd)


def cost_bars(cost: CostBreakdown) -> str:
    """The lines of the cost of a month."""
    bars = [Bar(label=line.item, usd=line.monthly_usd) for line in cost.lines]
    return bars_picture("cost", "What a month costs", bars)


def bars_picture(name: str, title: str, bars: Sequence[Bar], limit_usd: float | None = None) -> str:
    """A row for each amount; `limit_usd` is drawn through all of them."""
    canvas = Canvas(name, WIDTH, title)
    canvas.text(LEFT, 20, title, bold=True)
    most = max([limit_usd or 0.0, *(bar.usd or 0.0 for bar in bars)], default=0.0) or 1.0
    wide, top = WIDTH - LEFT - AMOUNT, 34
    for row, bar in enumerate(bars):
        y = top + row * ROW
        canvas.text(LEFT, y + 12, cut(bar.label, LONGEST), size=12, bold=bar.chosen)
        width = wide * (bar.usd or 0.0) / most
        said = bar.said or ("no price known" if bar.usd is None else dollars(bar.usd))
        canvas.bar(LEFT, y + 18, max(width, 2), BAR, "chosen" if bar.chosen else "other", f"{bar.label}: {said}")
        canvas.text(LEFT + width + 8, y + 30, said, size=13)
        canvas.tell(f"{bar.label}: {said}.")
    if limit_usd is not None and bars:
        x = LEFT + wide * limit_usd / most
        canvas.line([(x, top - 6), (x, top + len(bars) * ROW)], "five", dashed=True, width=1.5)
        canvas.text(x, top + len(bars) * ROW + 14, f"budget {dollars(limit_usd)}", size=12, anchor="middle")
        canvas.tell(f"The budget is {dollars(limit_usd)}.")
    return canvas.svg()
