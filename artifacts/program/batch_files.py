"""Puts a pile of pictures, recordings or texts through a model that no server is needed for.

Data: files below a folder (pictures, WAV, FLAC or OGG, .txt), or JSON lines, CSV or Parquet with `text`. The answers
are JSON lines of their own for each of --shards; after a restart only what has no answer yet is done.
"""

import argparse
import json
import os
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from job import answered, fetched, files, rows
from transformers import pipeline

PICTURES, RECORDINGS = (".jpg", ".jpeg", ".png", ".webp"), (".wav", ".flac", ".ogg")
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
OF_PICTURES = (
    "image-classification",
    "object-detection",
    "image-segmentation",
    "depth-estimation",
    "image-feature-extraction",
)
OF_RECORDINGS = ("automatic-speech-recognition", "audio-classification")


def arguments() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--task", default="image-classification", help="as transformers calls its pipelines")
    made.add_argument("--data", default=os.environ.get("DATA", "/data/dataset"), help="folder, s3://... or hf://...")
    made.add_argument("--output", default=os.environ.get("OUTPUT", "/data/answers"), help="a lasting volume")
    made.add_argument("--model", default=os.environ.get("MODEL_ID"), help="id on the Hub, or a folder")
    made.add_argument("--precision", choices=["bf16", "fp16", "fp32"], default="fp32")
    made.add_argument("--batch", type=int, default=8)
    made.add_argument("--shard", type=int, default=int(os.environ.get("JOB_COMPLETION_INDEX", "0")))
    made.add_argument("--shards", type=int, default=1, help="copies that share the work, each its own part")
    return made.parse_args()


def inputs(folder: Path, task: str):
    """Name and content of each, in order."""
    if task in OF_PICTURES or task in OF_RECORDINGS:
        endings = PICTURES if task in OF_PICTURES else RECORDINGS
        return [(path.relative_to(folder).as_posix(), path) for path in files(folder, *endings)]
    texts = [(path.relative_to(folder).as_posix(), path.read_text()) for path in files(folder, ".txt")]
    if files(folder, ".jsonl", ".csv", ".parquet"):
        texts += [(str(row.get("id", n)), row["text"]) for n, row in enumerate(rows(folder))]
    return texts


def loaded(item, task: str):
    if task in OF_RECORDINGS:
        import soundfile

        samples, rate = soundfile.read(item, dtype="float32", always_2d=True)
        return {"raw": samples.mean(axis=1), "sampling_rate": rate}
    return str(item)


def plain(found, folder: Path, name: str):
    """As JSON; what is a picture itself becomes a file beside the answers."""
    if isinstance(found, dict):
        return {key: plain(value, folder, f"{name}.{key}") for key, value in found.items()}
    if isinstance(found, list):
        return [plain(value, folder, f"{name}.{number}") for number, value in enumerate(found)]
    if hasattr(found, "save"):
        target = folder / "pictures" / f"{name.replace('/', '_')}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        found.save(target)
        return target.name
    if torch.is_tensor(found) or isinstance(found, np.generic | np.ndarray):
        return found.tolist()
    return found


def main() -> None:
    args = arguments()
    output = Path(args.output) / f"answers-{args.shard}.jsonl"
    output.parent.mkdir(parents=True, exist_ok=True)
    done = answered(output)
    if done:
        print(json.dumps({"resumes_from": f"{len(done)} answers"}), flush=True)
    found = islice(inputs(fetched(args.data), args.task), args.shard, None, args.shards)
    asked = [item for item in found if item[0] not in done]
    device = 0 if torch.cuda.is_available() else -1
    model = pipeline(args.task, model=args.model, device=device, dtype=DTYPES[args.precision])
    with output.open("a") as lines:
        for start in range(0, len(asked), args.batch):
            names, items = zip(*asked[start : start + args.batch], strict=True)
            answers = model([loaded(item, args.task) for item in items], batch_size=args.batch)
            for name, told in zip(names, answers, strict=True):
                lines.write(json.dumps({"id": name, "answer": plain(told, output.parent, name)}) + "\n")
            lines.flush()


if __name__ == "__main__":
    main()
