"""The drawing as Mermaid, which GitHub and editors show."""

from artifacts.bundle.drawing import COLUMNS, Drawing

_NAMES = {"people": "From", "entry": "Way in", "workload": "GPUs", "store": "Stores", "watching": "Watching"}
_ESCAPED = str.maketrans({
    "#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;", ";": "#59;",
    "{": "#123;", "}": "#125;", "[": "#91;", "]": "#93;", "|": "#124;", "(": "#40;", ")": "#41;",
})  # fmt: skip


def mermaid(drawing: Drawing) -> str:
    """A flowchart from left to right, one group a column; every text is escaped."""
    lines = ["flowchart LR"]
    ids = {box.id: f"n{number}" for number, box in enumerate(drawing.boxes)}
    for kind in COLUMNS:
        boxes = drawing.column(kind)
        if not boxes:
            continue
        lines.append(f'  subgraph {kind}["{_NAMES[kind]}"]')
        for box in boxes:
            text = "<br/>".join(_escaped(line) for line in (box.title, *box.lines))
            lines.append(f'    {ids[box.id]}["{text}"]')
        lines.append("  end")
    for arrow in drawing.arrows:
        line = "-.->" if arrow.watches else "-->"
        lines.append(f"  {ids[arrow.start]} {line} {ids[arrow.end]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)
