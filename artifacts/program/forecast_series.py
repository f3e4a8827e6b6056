"""Forecasts many series with one gradient-boosted model over all of them.

Data: Parquet or CSV files with `unique_id` (which series), `ds` (when), `y` (how much), and further columns that do not
change in a series. The features are the values of before: --lags steps back, their means, and the calendar. The last
--horizon steps of each series measure, beside the forecast that takes the value of a season before.
"""

import json
from pathlib import Path

import lightgbm
import pandas as pd
from job import Metrics, fetched, files, parser, result
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean

CALENDAR = {
    "D": ["dayofweek", "day", "month"],
    "h": ["hour", "dayofweek"],
    "W": ["week"],
    "MS": ["month"],
    "ME": ["month"],
}


def arguments():
    made = parser(__doc__, learning_rate=0.05)
    made.add_argument("--frequency", default="D", help="D day, h hour, W week, MS month; or 1 where `ds` is a number")
    made.add_argument("--horizon", type=int, default=28, help="steps to forecast")
    made.add_argument("--season", type=int, default=7, help="steps after which it is much the same again")
    made.add_argument("--lags", type=int, nargs="+", help="else 1, and one to four seasons")
    made.add_argument("--trees", type=int, default=500)
    made.add_argument("--leaves", type=int, default=255)
    return made.parse_args()


def series(folder: Path) -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in files(folder, ".parquet")]
    parts += [pd.read_csv(path) for path in files(folder, ".csv")]
    if not parts:
        raise SystemExit(f"{folder} holds no .parquet or .csv file")
    made = pd.concat(parts, ignore_index=True)
    if not pd.api.types.is_numeric_dtype(made["ds"]):
        made["ds"] = pd.to_datetime(made["ds"])
    for name in made.columns.difference(["unique_id", "ds", "y"]):
        made[name] = made[name].astype("category")
    return made.sort_values(["unique_id", "ds"], ignore_index=True)


class Resumable(lightgbm.LGBMRegressor):
    """Keeps its trees every so often, and goes on from those that are there."""

    def __init__(self, kept: str = "", save_every: int = 100, **settings) -> None:
        super().__init__(**settings)
        self.kept, self.save_every = kept, save_every

    def fit(self, features, wanted):
        kept, metrics = Path(self.kept), Metrics(Path(self.kept).parent)
        done = lightgbm.Booster(model_file=str(kept)).num_trees() if kept.exists() else 0
        if done:
            print(json.dumps({"resumes_from": f"{done} trees"}), flush=True)
        rows, settings = lightgbm.Dataset(features, wanted, free_raw_data=False), self._settings()
        model = lightgbm.Booster(model_file=str(kept)) if done else None
        while done < self.n_estimators:
            more = min(self.save_every, self.n_estimators - done)
            found: dict = {}
            model = lightgbm.train(settings, rows, more, valid_sets=[rows], valid_names=["seen"],
                                   init_model=model, callbacks=[lightgbm.record_evaluation(found)])  # fmt: skip
            done += more
            part = kept.with_suffix(".part")
            model.save_model(str(part))
            part.rename(kept)
            metrics.log(done, rmse=found["seen"]["rmse"][-1])
        self.trained = model
        return self

    def predict(self, features, **_):
        return self.trained.predict(features)

    def _settings(self) -> dict[str, object]:
        return {"objective": "regression", "metric": "rmse", "num_leaves": self.num_leaves, "verbosity": -1,
                "learning_rate": self.learning_rate, "seed": self.random_state, "deterministic": True}  # fmt: skip


def forecaster(args, rows: pd.DataFrame, kept: Path) -> MLForecast:
    """One that has learnt from these rows."""
    dates = not pd.api.types.is_numeric_dtype(rows["ds"])
    lags = args.lags or [1, *(args.season * back for back in (1, 2, 3, 4))]
    model = Resumable(str(kept), args.save_every, n_estimators=args.trees, num_leaves=args.leaves,
                      learning_rate=args.learning_rate, random_state=args.seed)  # fmt: skip
    made = MLForecast(
        models={"forecast": model}, freq=args.frequency if dates else int(args.frequency), lags=lags,
        lag_transforms={1: [RollingMean(args.season), RollingMean(4 * args.season)]},
        date_features=CALENDAR.get(args.frequency, []) if dates else None,
    )  # fmt: skip
    return made.fit(rows, static_features=list(rows.columns.difference(["unique_id", "ds", "y"])))


def main() -> None:
    args, output = arguments(), None
    output = Path(args.output)
    made = result(output)
    rows = series(fetched(args.data))
    from_end = rows.groupby("unique_id").cumcount(ascending=False)
    past, last = rows[from_end >= args.horizon], rows[from_end < args.horizon]
    told = forecaster(args, past, output / "measured.txt").predict(args.horizon).merge(last, on=["unique_id", "ds"])
    before = rows.assign(before=rows.groupby("unique_id")["y"].shift(args.season * -(-args.horizon // args.season)))
    naive = last.merge(before[["unique_id", "ds", "before"]], on=["unique_id", "ds"])
    errors = {
        "error": (told["forecast"] - told["y"]).abs().mean(),
        "naive": (naive["before"] - naive["y"]).abs().mean(),
    }
    Metrics(output).log(args.trees, **{name: float(value) for name, value in errors.items()})
    learnt = forecaster(args, rows, output / "trees.txt")
    learnt.predict(args.horizon).to_parquet(made / "forecast.parquet")
    (made / "model.txt").write_bytes((output / "trees.txt").read_bytes())


if __name__ == "__main__":
    main()
