"""Scores rows with boosted trees: a model of XGBoost (.json, .ubj) or LightGBM (.txt).

POST /predict  {"rows": [[0.1, 3, ...], ...]}   the columns in the order they were trained in; null where missing
->             {"answers": [...]}, one for each row

A process for each processor answers, with one thread each.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
from job import fetched
from pydantic import BaseModel, Field
from serving import heard_by_all, parser, predict
from trees import found_in

MOST = 10_000


class Asked(BaseModel):
    rows: list[list[float | None]] = Field(min_length=1, max_length=MOST)


def scorer(file: Path):
    """Numbers in, scores out."""
    if file.suffix == ".txt":
        import lightgbm

        trees = lightgbm.Booster(model_file=str(file))
        return partial(trees.predict, num_threads=1), trees.num_feature()
    import xgboost

    trees = xgboost.Booster({"nthread": 1}, model_file=str(file))
    return trees.inplace_predict, trees.num_features()


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    args = made.parse_args()
    file = found_in(fetched(args.model))
    heard = heard_by_all(args.port, args.processes)
    score, columns = scorer(file)  # not before: threads of a library do not go on in a copy

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

    predict(f"scores of {args.model}", args, Asked, answers, table, heard)


if __name__ == "__main__":
    main()
