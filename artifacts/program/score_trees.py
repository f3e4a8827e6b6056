"""Scores a table with boosted trees, a piece at a time: a model of XGBoost (.json, .ubj) or LightGBM (.txt).

Data: Parquet or CSV files with the columns that the model was trained on, in any order. The scores of each file are a
Parquet file of their own, with the row's number and the columns of --keep. Files that have theirs already are left out
until they change, after a restart as on the next day.
"""

import argparse
import json
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from job import fetched, files
from trees import found_in, with_categories


def arguments() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--data", default=os.environ.get("DATA", "/data/dataset"), help="folder, s3://... or hf://...")
    made.add_argument("--output", default=os.environ.get("OUTPUT", "/data/answers"), help="a lasting volume")
    made.add_argument("--model", default=os.environ.get("MODEL_ID"), help="file, folder or s3://... of the model")
    made.add_argument("--keep", default=os.environ.get("KEEP", ""), help="columns beside the score, with commas")
    made.add_argument("--piece", type=int, default=200_000, help="rows in memory at a time")
    made.add_argument("--shard", type=int, default=int(os.environ.get("JOB_COMPLETION_INDEX", "0")))
    made.add_argument("--shards", type=int, default=1, help="copies that share the files")
    return made.parse_args()


def scorer(file: Path):
    """The model's columns, and what scores a table of them."""
    if file.suffix == ".txt":
        import lightgbm

        trees = lightgbm.Booster(model_file=str(file))
        return trees.feature_name(), trees.predict
    import xgboost

    trees = xgboost.Booster(model_file=str(file))
    if trees.feature_names is None:
        raise SystemExit(f"{file} does not say the names of its columns: train it on a table that has them")
    return trees.feature_names, lambda rows: trees.predict(xgboost.DMatrix(rows, enable_categorical=True))


def pieces(file: Path, rows: int):
    """Tables of so many rows at most, in order."""
    if file.suffix.lower() == ".csv":
        yield from pd.read_csv(file, chunksize=rows)
        return
    for batch in pq.ParquetFile(file).iter_batches(batch_size=rows):
        yield batch.to_pandas()


def scored(rows: pd.DataFrame, first: int, kept: list[str], columns: list[str], score) -> pa.Table:
    told = np.asarray(score(with_categories(rows[columns].copy())))
    made = {"row": np.arange(first, first + len(rows)), **{name: rows[name] for name in kept}}
    if told.ndim == 1:
        made["score"] = told
    else:
        made |= {f"score_{number}": told[:, number] for number in range(told.shape[1])}
    return pa.Table.from_pandas(pd.DataFrame(made), preserve_index=False)


def main() -> None:
    args = arguments()
    folder, output = fetched(args.data), Path(args.output)
    columns, score = scorer(found_in(fetched(args.model)))
    kept = [name for name in args.keep.split(",") if name]
    output.mkdir(parents=True, exist_ok=True)
    found = files(folder, ".parquet", ".csv")
    if not found:
        raise SystemExit(f"{folder} holds no .parquet or .csv file")
    for file in islice(found, args.shard, None, args.shards):
        name = "_".join(file.relative_to(folder).parts)
        done = output / f"answers-{args.shard}.{name}.parquet"
        if done.exists() and done.stat().st_mtime >= file.stat().st_mtime:
            continue
        part, rows, written = done.with_suffix(".part"), 0, None
        for piece in pieces(file, args.piece):
            answers = scored(piece, rows, kept, columns, score)
            written = written or pq.ParquetWriter(part, answers.schema)
            written.write_table(answers)
            rows += len(piece)
        if written is None:
            continue
        written.close()
        part.rename(done)
        print(json.dumps({"file": name, "rows": rows}), flush=True)


if __name__ == "__main__":
    main()
