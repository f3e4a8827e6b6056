"""What every picture is made of: SVG whose text cannot become markup.

Colours are presentation attributes, so that a file shows alone, and classes, so that a page's style sheet (dark mode,
print) can override them.
"""

from collections.abc import Sequence
from math import log10
from typing import Literal
from xml.sax.saxutils import escape

Tone = Literal[
    "ink", "faint", "line", "chosen", "other", "one", "two", "three", "four", "five", "six", "room", "unused"
]
_FILL: dict[Tone, str] = {
    "ink": "#0f172a", "faint": "#475569", "line": "#cbd5e1", "chosen": "#0f766e", "other": "#94a3b8",
    "one": "#0f766e", "two": "#2563eb", "three": "#b45309", "four": "#7c3aed", "five": "#be185d", "six": "#475569",
    "room": "#d1fae5", "unused": "#e2e8f0",
}  # fmt: skip
FONT = "system-ui, sans-serif"


class Canvas:
    """Collects the parts of one picture; `name` keeps its ids apart from those of other pictures on a page."""

    def __init__(self, name: str, width: int, title: str) -> None:
        self.width = width
        self._name, self._title = name, title
        self._parts: list[str] = []
        self._told: list[str] = []
        self._bottom = 0.0

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        tone: Tone = "ink",
        size: int = 13,
        anchor: Literal["start", "middle", "end"] = "start",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """`y` is the base line; `halo`: readable over what lies under it."""
        weight = ' font-weight="600"' if bold else ""
        around = ' paint-order="stroke" stroke="#ffffff" stroke-width="4" stroke-linejoin="round"' if halo else ""
        self._parts.append(
            f'<text class="t-{tone}{" halo" if halo else ""}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" '
            f'fill="{_FILL[tone]}"{weight}{around}>{printable(words)}</text>'
        )
        self._bottom = max(self._bottom, y + 6)

    def bar(self, x: float, y: float, width: float, height: float, tone: Tone, told: str = "") -> None:
        """A filled box; `told` shows where a pointer rests on it."""
        inside = f"<title>{printable(told)}</title>" if told else ""
        self._parts.append(
            f'<rect class="f-{tone}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
            f'fill="{_FILL[tone]}">{inside}</rect>'
        )
        self._bottom = max(self._bottom, y + height)

    def line(
        self, points: Sequence[tuple[float, float]], tone: Tone, *, dashed: bool = False, width: float = 1
    ) -> None:
        """Through the points, in their order."""
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<polyline class="s-{tone}" points="{drawn}" fill="none" stroke="{_FILL[tone]}" '
            f'stroke-width="{width:g}"{dashes}/>'
        )
        self._bottom = max(self._bottom, *(y for _, y in points))

    def dot(self, x: float, y: float, tone: Tone, told: str = "", *, radius: float = 6) -> None:
        """A point of a chart."""
        inside = f"<title>{printable(told)}</title>" if told else ""
        self._parts.append(
            f'<circle class="f-{tone}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{_FILL[tone]}">{inside}</circle>'
        )
        self._bottom = max(self._bottom, y + radius)

    def tell(self, sentence: str) -> None:
        """What somebody hears who does not see the picture."""
        self._told.append(sentence)

    def svg(self) -> str:
        """The picture, as high as what was drawn."""
        height = round(self._bottom + 10)
        title, told = f"{self._name}-title", f"{self._name}-desc"
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 {self.width} {height}" '
                f'width="{self.width}" height="{height}" role="img" aria-labelledby="{title} {told}" '
                f'font-family="{FONT}">',
                f'<title id="{title}">{printable(self._title)}</title>',
                f'<desc id="{told}">{printable(" ".join(self._told))}</desc>',
                *self._parts,
                "</svg>",
            )
        )


def printable(words: str) -> str:
    """Text for an element: no markup, no control or direction characters."""
    return escape("".join(c if c.isprintable() else " " for c in words))


class LogScale:
    """Figures between two ends -> places on a line, by their logarithm."""

    def __init__(self, figures: tuple[float, float], places: tuple[float, float]) -> None:
        self.figures, self._places = figures, places

    def at(self, figure: float) -> float:
        """Within the ends of the line, wherever the figure lies."""
        (low, high), (first, last) = self.figures, self._places
        share = (log10(figure) - log10(low)) / (log10(high) - log10(low)) if high > low and figure > 0 else 0.0
        return first + (last - first) * min(1.0, max(0.0, share))

    @property
    def marks(self) -> list[float]:
        return steps(*self.figures)


def cut(words: str, width: int) -> str:
    """At most so many characters."""
    return words if len(words) <= width else f"{words[: width - 1].rstrip()}…"


def steps(low: float, high: float) -> list[float]:
    """Powers of ten, halves of them where there are few: where a logarithmic axis has its marks."""
    marks = [scale * 10.0**power for power in range(-9, 16) for scale in (1, 2, 5)]
    inside = [mark for mark in marks if low <= mark <= high]
    whole = [mark for mark in inside if f"{mark:e}".startswith("1.0")]
    return whole if len(whole) >= 3 else inside
