"""Scores rows with boosted trees: a model of XGBoost (.json, .ubj) or LightGBM (.txt).

POST /predict  {"rows": [[0.1, 3, ...], ...]}   the columns in the order they were trained in; null where missing
->             {"answers": [...]}, one for each row
"""

from pathlib import Path

import numpy as np
from job import fetched
from pydantic import BaseModel, Field
from serving import parser, predict

ENDINGS = (".json", ".ubj", ".txt")
MOST = 10_000


class Asked(BaseModel):
    rows: list[list[float | None]] = Field(min_length=1, max_length=MOST)


def found_in(place: Path) -> Path:
    """The file itself, or the first of a folder that is called `model`."""
    files = [place] if place.is_file() else sorted(place.rglob("model.*"))
    file = next((path for path in files if path.suffix in ENDINGS), None)
    if file is None:
        raise SystemExit(f"{place} holds no model.json, model.ubj or model.txt")
    return file


def scorer(file: Path):
    """Numbers in, scores out."""
    if file.suffix == ".txt":
        import lightgbm

        trees = lightgbm.Booster(model_file=str(file))
        return trees.predict, trees.num_feature()
    import xgboost

    trees = xgboost.Booster(model_file=str(file))
    return trees.inplace_predict, trees.num_features()


def main() -> None:
    args = parser(__doc__).parse_args()
    score, columns = scorer(found_in(fetched(args.model)))

    def answers(questions):
        """The rows of several callers in one pass."""
        scores = score(np.concatenate(questions))
        ends = np.cumsum([len(rows) for rows in questions])[:-1]
        return [part.tolist() for part in np.split(np.asarray(scores), ends)]

    def table(asked: Asked):
        rows = np.array(asked.rows, dtype=np.float32) if len({len(row) for row in asked.rows}) == 1 else None
        if rows is None or rows.shape[1] != columns:
            raise ValueError(f"A row has {columns} numbers.")
        return rows

    predict(f"scores of {args.model}", args, Asked, answers, table)


if __name__ == "__main__":
    main()
