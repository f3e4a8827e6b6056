"""Trains gradient-boosted trees on a table: XGBoost or LightGBM, on CPU or one GPU.

Data: Parquet or CSV files of one table; --target is the column to tell. Columns of text and of categories are taken as
categories. Every tenth row (by its number) measures; --patience trees without gain there end it.
"""

import json
import os
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from job import Metrics, fetched, files, parser, result
from trees import with_categories

GOALS = {
    "regression": {"xgboost": ("reg:squarederror", "rmse"), "lightgbm": ("regression", "rmse")},
    "binary": {"xgboost": ("binary:logistic", "auc"), "lightgbm": ("binary", "auc")},
    "classes": {"xgboost": ("multi:softprob", "mlogloss"), "lightgbm": ("multiclass", "multi_logloss")},
}


def arguments():
    made = parser(__doc__, learning_rate=0.1)
    made.add_argument("--library", choices=["xgboost", "lightgbm"], default="lightgbm")
    made.add_argument("--target", default=os.environ.get("TARGET", "target"), help="the column to tell")
    made.add_argument("--goal", choices=sorted(GOALS), help="else by what the column holds")
    made.add_argument("--trees", type=int, default=500)
    made.add_argument("--leaves", type=int, default=255)
    made.add_argument("--patience", type=int, default=50, help="trees without gain that end it")
    made.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    return made.parse_args()


def table(folder: Path) -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in files(folder, ".parquet")]
    parts += [pd.read_csv(path) for path in files(folder, ".csv")]
    if not parts:
        raise SystemExit(f"{folder} holds no .parquet or .csv file")
    made = with_categories(pd.concat(parts, ignore_index=True))
    for name in made.select_dtypes("float64").columns:
        made[name] = made[name].astype("float32")
    return made


def goal_of(wanted: pd.Series) -> str:
    if wanted.dtype.name == "category" or wanted.nunique() <= 20:
        return "binary" if wanted.nunique() == 2 else "classes"
    return "regression"


class Boosting:
    """Trees of either library, grown some at a time from those that are there."""

    def __init__(self, args, goal: str, classes: int) -> None:
        self.library, objective = args.library, GOALS[goal][args.library]
        several = {"num_class": classes} if goal == "classes" else {}
        rate = {"learning_rate": args.learning_rate, "max_leaves": args.leaves, "seed": args.seed}
        if self.library == "xgboost":
            self.settings = rate | several | {
                "objective": objective[0], "eval_metric": objective[1], "tree_method": "hist",
                "grow_policy": "lossguide", "max_depth": 0, "device": "cuda" if args.device == "gpu" else "cpu",
            }  # fmt: skip
        else:
            self.settings = rate | several | {
                "objective": objective[0], "metric": objective[1], "num_leaves": args.leaves, "verbosity": -1,
                "device_type": args.device, "deterministic": True,
            }  # fmt: skip
            del self.settings["max_leaves"]

    def rows(self, features, wanted, beside=None):
        if self.library == "xgboost":
            return xgboost.QuantileDMatrix(features, wanted, enable_categorical=True, ref=beside)
        return lightgbm.Dataset(features, wanted, reference=beside, free_raw_data=False)

    def grown(self, trees: int, model: Path | None, seen, unseen) -> tuple[object, float]:
        """The model with so many trees more, and its figure on the rows that it has not seen."""
        found: dict = {}
        before = str(model) if model else None
        if self.library == "xgboost":
            made = xgboost.train(self.settings, seen, trees, evals=[(unseen, "unseen")], evals_result=found,
                                 xgb_model=before, verbose_eval=False)  # fmt: skip
        else:
            made = lightgbm.train(self.settings, seen, trees, valid_sets=[unseen], valid_names=["unseen"],
                                  init_model=before, callbacks=[lightgbm.record_evaluation(found)])  # fmt: skip
        return made, next(iter(found["unseen"].values()))[-1]


def main() -> None:
    args = arguments()
    rows = table(fetched(args.data))
    wanted, features = rows[args.target], rows.drop(columns=args.target)
    goal = args.goal or goal_of(wanted)
    if goal != "regression":
        wanted = wanted.astype("category").cat.codes
    unseen = np.arange(len(rows)) % 10 == 9
    boosting = Boosting(args, goal, int(wanted.nunique()))
    seen_rows = boosting.rows(features[~unseen], wanted[~unseen])
    unseen_rows = boosting.rows(features[unseen], wanted[unseen], seen_rows)
    output, metrics = Path(args.output), Metrics(args.output)
    output.mkdir(parents=True, exist_ok=True)
    ending = "json" if args.library == "xgboost" else "txt"
    state = _state(output)
    if state["trees"]:
        print(json.dumps({"resumes_from": f"{state['trees']} trees"}), flush=True)
    while state["trees"] < args.trees and state["trees"] - state["best_at"] < args.patience:
        more = min(args.save_every, args.trees - state["trees"])
        before = output / f"trees-{state['trees']}.{ending}" if state["trees"] else None
        model, figure = boosting.grown(more, before, seen_rows, unseen_rows)
        trees = state["trees"] + more
        model.save_model(str(output / f"trees-{trees}.{ending}"))
        metrics.log(trees, unseen=figure)
        higher = GOALS[goal][args.library][1] == "auc"
        gains = state["best"] is None or (figure > state["best"] if higher else figure < state["best"])
        state = {
            "trees": trees,
            "best": figure if gains else state["best"],
            "best_at": trees if gains else state["best_at"],
        }
        _keep(output, state)
        if before and state["best_at"] != int(before.stem.split("-")[1]):
            before.unlink()
    best = output / f"trees-{state['best_at']}.{ending}"
    (result(output) / f"model.{ending}").write_bytes(best.read_bytes())


def _state(output: Path) -> dict:
    kept = output / "progress.json"
    return json.loads(kept.read_text()) if kept.exists() else {"trees": 0, "best": None, "best_at": 0}


def _keep(output: Path, state: dict) -> None:
    part = output / "progress.part"
    part.write_text(json.dumps(state))
    part.rename(output / "progress.json")


if __name__ == "__main__":
    main()
