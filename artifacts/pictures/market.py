"""All that fits, by GPU and seller: what it costs, and how fast it is for that; where the choices stand in it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from artifacts.choices import CHOICES, duration
from artifacts.notation import count, dollars, figure
from artifacts.pictures.canvas import Canvas, LogScale, Tone, cut
from domain.market import Market, MarketEntry, Pace

WIDTH, LEFT, RIGHT, TOP, ROW = 480, 116, 468, 52, 23
MOST_ROWS = 12
PLOT_LEFT, PLOT_BOTTOM = 78, 300
AXES: dict[Pace, str] = {
    "tokens_per_s_per_user": "tokens a second of each user",
    "answer_ms": "time to an answer",
    "job_hours": "time of the job",
}


HOURS = (1 / 60, 1 / 6, 1.0, 3.0, 10.0, 24.0, 72.0, 240.0, 720.0, 2400.0)
"""Where an axis of time has its marks."""


def market_picture(market: Market, budget_usd: float | None = None, name: str = "market") -> str:
    """A row for each kind of GPU, from its cheapest seller to its dearest, on a logarithmic axis of prices."""
    rows = _rows(market.entries)
    canvas = Canvas(name, WIDTH, f"All that fits: {_of_whom(market)}")
    canvas.text(8, 20, f"{_of_whom(market)}: price of a {market.per}", bold=True)
    _legend(canvas, 38)
    shown = _shown(rows)
    prices = [entry.usd for row in shown for entry in row if entry.usd > 0]
    if not prices:
        return ""
    scale = LogScale((min(prices) / 1.15, max(*prices, budget_usd or 0.0) * 1.15), (LEFT, RIGHT))
    bottom = TOP + len(shown) * ROW
    for usd in _spaced(scale, 46):
        canvas.line([(scale.at(usd), TOP - 4), (scale.at(usd), bottom)], "line")
        canvas.text(scale.at(usd), bottom + 14, _short(usd), size=11, tone="faint", anchor="middle")
    if budget_usd:
        x = scale.at(budget_usd)
        canvas.line([(x, TOP - 4), (x, bottom)], "five", dashed=True, width=1.5)
        canvas.text(x, bottom + 28, f"budget {dollars(budget_usd)}", size=11, anchor="end" if x > 400 else "middle")
        canvas.tell(f"The budget is {dollars(budget_usd)}.")
    for number, row in enumerate(shown):
        y = TOP + number * ROW + ROW / 2
        canvas.text(LEFT - 10, y + 4, cut(row[0].gpu, 15), size=12, anchor="end")
        ends = scale.at(row[0].usd), scale.at(row[-1].usd)
        canvas.bar(ends[0], y - 3, ends[1] - ends[0], 6, "unused")
        for entry in sorted(row, key=lambda entry: (entry.label in CHOICES, not entry.breaks)):
            chosen = entry.label in CHOICES
            canvas.dot(scale.at(entry.usd), y, _tone(entry), told(entry, market), radius=6.5 if chosen else 3.5)
            if chosen:
                canvas.tell(told(entry, market))
        sellers = count(len({entry.provider for entry in row}), "seller")
        canvas.tell(f"{row[0].gpu}: {sellers}, {dollars(row[0].usd)} to {dollars(row[-1].usd)}.")
    if more := len(rows) - len(shown):
        canvas.text(8, bottom + 28, f"and {count(more, 'dearer kind')} of GPU", size=11, tone="faint")
        canvas.tell(f"{count(more, 'dearer kind')} of GPU are not drawn.")
    return canvas.svg()


def pace_picture(
    market: Market, target: float | None = None, budget_usd: float | None = None, name: str = "pace"
) -> str:
    """Price to the right, speed upwards, whatever its unit; both logarithmic. Empty where no speed can be estimated."""
    points = [(entry, entry.pace) for entry in market.entries if entry.pace and entry.usd > 0]
    if market.pace is None or len(points) < 2:
        return ""
    canvas = Canvas(name, WIDTH, f"Price of a {market.per} and {AXES[market.pace]}")
    canvas.text(8, 20, f"{_capital(AXES[market.pace])} over the price of a {market.per}", bold=True)
    _legend(canvas, 38)
    prices, paces = [entry.usd for entry, _ in points], [pace for _, pace in points]
    x = LogScale((min(prices) / 1.2, max(*prices, budget_usd or 0.0) * 1.2), (PLOT_LEFT, RIGHT))
    ends = min(*paces, target or paces[0]) / 1.2, max(*paces, target or 0.0) * 1.2
    slow_below = market.pace == "tokens_per_s_per_user"
    y = LogScale(ends, (PLOT_BOTTOM, TOP) if slow_below else (TOP, PLOT_BOTTOM))
    for usd in _spaced(x, 46):
        canvas.line([(x.at(usd), TOP), (x.at(usd), PLOT_BOTTOM)], "line")
        canvas.text(x.at(usd), PLOT_BOTTOM + 15, _short(usd), size=11, tone="faint", anchor="middle")
    for pace in _spaced(y, 22, HOURS if market.pace == "job_hours" else y.marks):
        canvas.line([(PLOT_LEFT, y.at(pace)), (RIGHT, y.at(pace))], "line")
        canvas.text(PLOT_LEFT - 6, y.at(pace) + 4, pace_words(pace, market.pace), size=11, tone="faint", anchor="end")
    if target:
        canvas.line([(PLOT_LEFT, y.at(target)), (RIGHT, y.at(target))], "two", dashed=True, width=1.5)
        said = f"target {pace_words(target, market.pace)}"
        canvas.text(PLOT_LEFT + 4, y.at(target) - 5, said, size=11, tone="two", halo=True)
        canvas.tell(f"The {said}.")
    if budget_usd:
        canvas.line([(x.at(budget_usd), TOP), (x.at(budget_usd), PLOT_BOTTOM)], "five", dashed=True, width=1.5)
        anchor: Literal["end", "middle"] = "end" if x.at(budget_usd) > 400 else "middle"
        canvas.text(x.at(budget_usd), PLOT_BOTTOM + 30, f"budget {dollars(budget_usd)}", size=11, anchor=anchor)
        canvas.tell(f"The budget is {dollars(budget_usd)}.")
    for entry, pace in sorted(points, key=lambda point: (point[0].label in CHOICES, not point[0].breaks)):
        chosen = entry.label in CHOICES
        canvas.dot(x.at(entry.usd), y.at(pace), _tone(entry), told(entry, market), radius=6.5 if chosen else 3.5)
        if chosen:
            right = x.at(entry.usd) < WIDTH * 0.62
            canvas.text(
                x.at(entry.usd) + (10 if right else -10), y.at(pace) + 4, entry.label, size=12, bold=True, halo=True,
                anchor="start" if right else "end",
            )  # fmt: skip
            canvas.tell(told(entry, market))
    return canvas.svg()


def told(entry: MarketEntry, market: Market) -> str:
    """One entry in words."""
    pace = f", {pace_words(entry.pace, market.pace)}" if entry.pace and market.pace else ""
    lacks = f", gives up {', '.join(entry.breaks)}" if entry.breaks else ""
    label = f"{_capital(entry.label)}: " if entry.label in CHOICES else ""
    return f"{label}{entry.gpus} x {entry.gpu} at {entry.provider}, {dollars(entry.usd)} a {market.per}{pace}{lacks}."


def pace_words(pace: float, unit: Pace) -> str:
    """16 tok/s, 340 ms, 5.2 h."""
    if unit == "tokens_per_s_per_user":
        return f"{figure(pace, 0 if pace >= 10 else 1)} tok/s"
    if unit == "job_hours":
        return duration(pace)
    return f"{figure(pace, 0)} ms" if pace < 1000 else f"{figure(pace / 1000, 1)} s"


def _rows(entries: Sequence[MarketEntry]) -> list[list[MarketEntry]]:
    """The entries of each kind of GPU by price; kinds in the order of what keeps the rules at the least price."""
    by_gpu = [
        sorted(row, key=lambda entry: (entry.usd, entry.offer, entry.gpus))
        for _, row in groupby(sorted(entries, key=lambda entry: entry.gpu), key=lambda entry: entry.gpu)
    ]
    return sorted(by_gpu, key=lambda row: (min((e.usd for e in row if not e.breaks), default=float("inf")), row[0].usd))


def _shown(rows: list[list[MarketEntry]]) -> list[list[MarketEntry]]:
    """As many as there is room for, those of the choices among them."""
    chosen = [row for row in rows if any(entry.label in CHOICES for entry in row)]
    others = [row for row in rows if row not in chosen][: max(0, MOST_ROWS - len(chosen))]
    return [row for row in rows if row in chosen or row in others]


def _tone(entry: MarketEntry) -> Tone:
    if entry.label in CHOICES:
        return "three"
    return "other" if entry.breaks else "one"


def _legend(canvas: Canvas, y: float) -> None:
    x = 14.0
    legend: tuple[tuple[Tone, float, str], ...] = (
        ("three", 6, "a choice"), ("one", 3.5, "as sound as the first"), ("other", 3.5, "gives something up"),
    )  # fmt: skip
    for tone, radius, words in legend:
        canvas.dot(x, y - 4, tone, radius=radius)
        canvas.text(x + 11, y, words, size=11, tone="faint")
        x += 30 + 6.2 * len(words)


def _spaced(scale: LogScale, least: float, marks: Sequence[float] = ()) -> Iterator[float]:
    """Marks within the scale that leave room for their words."""
    last: float | None = None
    low, high = scale.figures
    for mark in marks or scale.marks:
        if not low <= mark <= high:
            continue
        if last is None or abs(scale.at(mark) - last) >= least:
            last = scale.at(mark)
            yield mark


def _short(usd: float) -> str:
    return f"${usd / 1000:g}k" if usd >= 1000 else f"${usd:g}"


def _of_whom(market: Market) -> str:
    return f"{count(market.offers, 'offer')} of {count(market.sellers, 'seller')} fit"


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
