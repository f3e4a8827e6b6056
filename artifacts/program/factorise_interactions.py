"""Learns who likes what from who took what: matrix factorisation by alternating least squares.

Data: Parquet or CSV files with `user` and `item`, and `weight` where an interaction counts more or less than one.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from job import Metrics, fetched, files, parser, result
from scipy.sparse import coo_matrix


def arguments():
    made = parser(__doc__)
    made.add_argument("--factors", type=int, default=128, help="numbers for each user and each item")
    made.add_argument("--rounds", type=int, default=15)
    made.add_argument("--regularisation", type=float, default=0.01)
    made.set_defaults(save_every=1)
    return made.parse_args()


def interactions(folder: Path) -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in files(folder, ".parquet")]
    parts += [pd.read_csv(path) for path in files(folder, ".csv")]
    if not parts:
        raise SystemExit(f"{folder} holds no .parquet or .csv file")
    made = pd.concat(parts, ignore_index=True)
    return made if "weight" in made.columns else made.assign(weight=1.0)


def main() -> None:
    args, taken = arguments(), None
    output, kept = Path(args.output), Path(args.output) / "factors.npz"
    made = result(output)
    taken = interactions(fetched(args.data))
    users, items = taken["user"].astype("category"), taken["item"].astype("category")
    shape = (len(users.cat.categories), len(items.cat.categories))
    matrix = coo_matrix((taken["weight"].astype("float32"), (users.cat.codes, items.cat.codes)), shape).tocsr()
    model = AlternatingLeastSquares(
        args.factors, regularization=args.regularisation, iterations=1, random_state=args.seed, use_gpu=False,
        calculate_training_loss=True,
    )  # fmt: skip
    done, metrics = 0, Metrics(output)
    if kept.exists():
        found = np.load(kept)
        done, model.user_factors, model.item_factors = int(found["done"]), found["users"], found["items"]
        print(json.dumps({"resumes_from": f"{done} rounds"}), flush=True)
    while done < args.rounds:
        told: list[float] = []
        model.fit(matrix, show_progress=False, callback=lambda _, __, loss, told=told: told.append(float(loss)))
        done += 1
        metrics.log(done, loss=told[-1])
        part = kept.with_suffix(".part.npz")
        np.savez(part, done=done, users=model.user_factors, items=model.item_factors)
        part.rename(kept)
    np.savez(made / "model.npz", users=model.user_factors, items=model.item_factors,
             user_names=users.cat.categories.astype(str), item_names=items.cat.categories.astype(str))  # fmt: skip


if __name__ == "__main__":
    main()
