"""What the programs of boosted trees share: where their model lies, and what they make of columns of text."""

from pathlib import Path

ENDINGS = (".json", ".ubj", ".txt")
"""Of XGBoost, and of LightGBM the last."""


def found_in(place: Path) -> Path:
    """The file itself, or the first of a folder that is called `model`."""
    files = [place] if place.is_file() else sorted(place.rglob("model.*"))
    file = next((path for path in files if path.suffix in ENDINGS), None)
    if file is None:
        raise SystemExit(f"{place} holds no model.json, model.ubj or model.txt")
    return file


def with_categories(table):
    """The table itself, its columns of text and the like made categories."""
    for name in table.select_dtypes(exclude=["number", "bool", "category"]).columns:
        table[name] = table[name].astype("category")
    return table
