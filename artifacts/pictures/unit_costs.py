"""What a unit of work costs on rented machines over their load, beside the list prices of hosted APIs."""

from collections.abc import Sequence

from artifacts.pictures.canvas import Canvas, LogScale, cut, steps
from artifacts.unit_cost import price, significant
from domain.hosted import HostedComparison

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 640, 60, 470, 44, 284
UNITS = {"million_tokens": "million tokens", "image": "image", "audio_hour": "hour of audio"}
MANY = {"million_tokens": "million tokens", "image": "images", "audio_hour": "hours of audio"}
BESIDE = 14
"""Between the words beside the curve."""
LEAST_SHARE = 0.005
"""Of full load, where the curve begins."""
POINTS = 60


def unit_cost_picture(found: HostedComparison, name: str = "unit-cost") -> str:
    """Both axes are logarithmic; empty where nothing is known of full load or of an API's price."""
    full, low, middle, high = found.at_full, found.lowest_usd, found.median_usd, found.highest_usd
    if full is None or low is None or middle is None or high is None or min(low, full.usd) <= 0:
        return ""
    unit = UNITS[found.unit]
    least = full.units_per_hour * LEAST_SHARE
    dearest = found.price_per_hour_usd / least
    scale = _Scale((least, full.units_per_hour), (min(low, full.usd) / 2, max(dearest, high) * 1.2))
    canvas = Canvas(name, WIDTH, f"Cost per {unit} over the load, beside hosted APIs")
    canvas.text(8, 20, f"Cost per {unit} over the load (both axes logarithmic)", bold=True)
    for usd in steps(*scale.y):
        canvas.line([(LEFT, scale.up(usd)), (RIGHT, scale.up(usd))], "line")
        canvas.text(LEFT - 6, scale.up(usd) + 4, price(usd), size=11, tone="faint", anchor="end")
    for share in (0.01, 0.03, 0.1, 0.3, 1.0):
        x = scale.along(full.units_per_hour * share)
        canvas.line([(x, BOTTOM), (x, BOTTOM + 5)], "faint")
        canvas.text(x, BOTTOM + 19, f"{share:.0%}", size=11, tone="faint", anchor="middle")
    most = f"{significant(full.units_per_hour)} {MANY[found.unit]} an hour"
    canvas.text((LEFT + RIGHT) / 2, BOTTOM + 38, f"share of full load ({most})", size=12, anchor="middle")
    _apis(canvas, scale, full.usd, [("lowest API", low), ("median API", middle), ("highest API", high)])
    loads = [least * (1 / LEAST_SHARE) ** (point / POINTS) for point in range(POINTS + 1)]
    canvas.line([(scale.along(load), scale.up(found.price_per_hour_usd / load)) for load in loads], "chosen", width=3)
    canvas.text(RIGHT + 8, scale.up(full.usd) + 4, f"rented, full {price(full.usd)}", size=12, bold=True)
    canvas.tell(f"Rented machines at full load: {price(full.usd)} per {unit}.")
    for even, against in ((found.against_lowest, "lowest"), (found.against_median, "median")):
        if even is not None and least <= even.units_per_hour <= full.units_per_hour:
            told = f"From {significant(even.units_per_hour)} an hour renting costs less than the {against} API."
            canvas.dot(scale.along(even.units_per_hour), scale.up(even.usd), "three", told)
            canvas.tell(told)
    if found.at_load is not None and least <= found.at_load.units_per_hour <= full.units_per_hour:
        at = found.at_load
        told = f"At the expected load: {price(at.usd)} per {unit}."
        canvas.dot(scale.along(at.units_per_hour), scale.up(at.usd), "ink", told)
        canvas.tell(told)
    return canvas.svg()


class _Scale:
    """Figures -> places, on logarithmic axes."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x, self.y = x, y
        self.along, self.up = LogScale(x, (LEFT, RIGHT)).at, LogScale(y, (BOTTOM, TOP)).at


def _apis(canvas: Canvas, scale: _Scale, rented_usd: float, lines: Sequence[tuple[str, float]]) -> None:
    """Level lines, their names beside them where there is room for each, the rented machines' having come first."""
    written = [scale.up(rented_usd)]
    for label, usd in lines:
        y = scale.up(usd)
        canvas.line([(LEFT, y), (RIGHT, y)], "two", dashed=True, width=1.5)
        canvas.tell(f"{label}: {price(usd)}.")
        nearest = min(written, key=lambda other: abs(y - other))
        if abs(y - nearest) <= BESIDE:
            y = nearest + (BESIDE + 1) * (1 if y >= nearest else -1)
        if all(abs(y - other) > BESIDE for other in written):
            canvas.text(RIGHT + 8, y + 4, cut(f"{label} {price(usd)}", 24), size=12, tone="two")
            written.append(y)
