"""The drawing as SVG, laid out here: a column for each kind of part, arrows between them, text that is read aloud."""

from xml.sax.saxutils import escape

from artifacts.bundle.drawing import COLUMNS, Arrow, Box, Drawing, Kind

WIDTH, GAP_X, GAP_Y, MARGIN, TOP = 256, 70, 22, 24, 64
LINE, PADDING, GPU = 17, 12, 12
MOST_GPUS = 16
_FILL: dict[Kind, str] = {
    "people": "#eef2ff", "entry": "#ecfeff", "workload": "#ecfdf5", "store": "#fff7ed", "watching": "#f5f3ff",
}  # fmt: skip
_STROKE: dict[Kind, str] = {
    "people": "#4338ca", "entry": "#0e7490", "workload": "#047857", "store": "#c2410c", "watching": "#6d28d9",
}  # fmt: skip


def svg(drawing: Drawing) -> str:
    """A picture that stands alone: no script, no style sheet, no font that has to be fetched."""
    placed = places(drawing)
    width = max(x + WIDTH for x, _, _ in placed.values()) + MARGIN
    height = max(y + tall for _, y, tall in placed.values()) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif">',
        f'<title id="title">{_text(drawing.title)}</title>',
        f'<desc id="desc">{_text(drawing.told)}</desc>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#475569"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="34" font-size="17" font-weight="600" fill="#0f172a">{_text(drawing.title)}</text>',
    ]
    parts += [_arrow(arrow, placed) for arrow in drawing.arrows]
    parts += [_box(box, placed[box.id]) for box in drawing.boxes]
    return "\n".join([*parts, "</svg>"]) + "\n"


def places(drawing: Drawing) -> dict[str, tuple[int, int, int]]:
    """Box -> left edge, top edge, height. Columns side by side; what watches is below the workloads."""
    found: dict[str, tuple[int, int, int]] = {}
    x = MARGIN
    below = TOP
    workload_x = MARGIN
    for kind in COLUMNS[:-1]:
        boxes = drawing.column(kind)
        if not boxes:
            continue
        y = TOP
        for box in boxes:
            tall = _height(box)
            found[box.id] = (x, y, tall)
            y += tall + GAP_Y
        below = max(below, y)
        if kind == "workload":
            workload_x = x
        x += WIDTH + GAP_X
    for number, box in enumerate(drawing.column("watching")):
        left = workload_x + number * (WIDTH + GAP_X)
        found[box.id] = (left, below + GAP_Y, _height(box))
    return found


def _height(box: Box) -> int:
    return 2 * PADDING + LINE * (1 + len(box.lines)) + (_rows(box) * (GPU + 4) + 4 if box.gpus else 0)


def _rows(box: Box) -> int:
    return -(-min(box.gpus, MOST_GPUS) // 8)


def _box(box: Box, place: tuple[int, int, int]) -> str:
    x, y, tall = place
    parts = [
        f'<g><rect x="{x}" y="{y}" width="{WIDTH}" height="{tall}" rx="8" fill="{_FILL[box.kind]}" '
        f'stroke="{_STROKE[box.kind]}"/>',
        f'<text x="{x + PADDING}" y="{y + PADDING + 12}" font-size="13" font-weight="600" fill="#0f172a">'
        f"{_text(box.title)}</text>",
    ]
    for number, line in enumerate(box.lines, start=1):
        parts.append(
            f'<text x="{x + PADDING}" y="{y + PADDING + 12 + number * LINE}" font-size="12" fill="#334155">'
            f"{_text(line)}</text>"
        )
    top = y + PADDING + LINE * (1 + len(box.lines)) + 4
    for number in range(min(box.gpus, MOST_GPUS)):
        left, row = x + PADDING + (number % 8) * (GPU + 4), top + (number // 8) * (GPU + 4)
        parts.append(f'<rect x="{left}" y="{row}" width="{GPU}" height="{GPU}" rx="2" fill="{_STROKE[box.kind]}"/>')
    if box.gpus > MOST_GPUS:
        left = x + PADDING + 8 * (GPU + 4) + 6
        parts.append(
            f'<text x="{left}" y="{top + GPU}" font-size="12" fill="#334155">and {box.gpus - MOST_GPUS} more</text>'
        )
    return "".join([*parts, "</g>"])


def _arrow(arrow: Arrow, places: dict[str, tuple[int, int, int]]) -> str:
    x, y, tall = places[arrow.start]
    to_x, to_y, to_tall = places[arrow.end]
    dashes = ' stroke-dasharray="5 4"' if arrow.watches else ""
    if to_x == x:  # within a column
        up = to_y < y
        start = (x + WIDTH // 2, y if up else y + tall)
        end = (to_x + WIDTH // 2, to_y + to_tall if up else to_y)
        path = f"M{start[0]} {start[1]}L{end[0]} {end[1]}"
    elif to_x > x:
        start, end = (x + WIDTH, y + tall // 2), (to_x, to_y + to_tall // 2)
        middle = end[0] - GAP_X // 2
        path = f"M{start[0]} {start[1]}L{middle} {start[1]}L{middle} {end[1]}L{end[0]} {end[1]}"
    else:
        start, end = (x + WIDTH // 2, y), (to_x + WIDTH // 2, to_y + to_tall)
        path = f"M{start[0]} {start[1]}L{end[0]} {end[1]}"
    return f'<path d="{path}" fill="none" stroke="#475569"{dashes} marker-end="url(#tip)"/>'


def _text(text: str) -> str:
    return escape("".join(c for c in text if c.isprintable()))
