"""Which list prices of an API nobody would believe."""

from domain.hosted import HostedPrice

BOUNDS = {
    "input_usd_per_million_tokens": (0.002, 50.0),
    "output_usd_per_million_tokens": (0.002, 100.0),
    "usd_per_image": (0.0002, 1.0),
    "usd_per_audio_hour": (0.005, 5.0),
}
"""USD of one unit: what is outside was given per another unit, or is a free tier."""


def hosted_price_doubt(price: HostedPrice) -> str | None:
    """What is wrong with it, as the end of a sentence that begins with the row; null for a price one can believe."""
    listed = [field for field in BOUNDS if getattr(price, field) is not None]
    units = [field for field in listed if field != "output_usd_per_million_tokens"]
    if len(units) != 1:
        return f"is priced in {len(units)} units, not in one"
    if "output_usd_per_million_tokens" in listed and units != ["input_usd_per_million_tokens"]:
        return "has a price of output tokens beside another unit"
    for field in listed:
        low, high = BOUNDS[field]
        usd = getattr(price, field)
        if not low <= usd <= high:
            return f"lists {usd:g} {field.replace('_', ' ')}, which is not between {low:g} and {high:g}"
    return None
