"""Trains a YOLO model of Ultralytics to find objects in pictures.

Data: a folder in YOLO's form (`data.yaml` with the names of the classes and the folders of pictures, beside each folder
`images` one `labels` with a text file a picture), or pictures with JSON files in COCO's form, which are turned into it.
"""

import csv
import json
import os
import shutil
from pathlib import Path

import torch
from coco_boxes import in_yolo_form
from job import RESULT, fetched, parser, readers, result
from ultralytics import YOLO, settings


def arguments():
    made = parser(__doc__, micro_batch=16, learning_rate=0.01)
    made.add_argument("--weights", default="yolo11m.pt", help="to start from, as Ultralytics calls them")
    made.add_argument("--size", type=int, default=640, help="longer edge that pictures are scaled to")
    made.set_defaults(workers=readers(max(1, torch.cuda.device_count())))
    return made.parse_args()


def main() -> None:
    args = arguments()
    settings.update({"mlflow": bool(os.environ.get("MLFLOW_TRACKING_URI"))})
    run = Path(args.output) / "run"
    newest = run / "weights" / "last.pt"
    if (Path(args.output) / RESULT / "best.pt").exists():
        print(json.dumps({"trained": "before"}), flush=True)
        return
    if newest.exists():
        print(json.dumps({"resumes_from": newest.name}), flush=True)
        YOLO(newest).train(resume=True)
    else:
        gpus = list(range(torch.cuda.device_count()))
        data = in_yolo_form(fetched(args.data), Path(args.output) / "dataset", outlines="-seg" in args.weights)
        YOLO(args.weights).train(
            data=str(data), epochs=int(args.epochs), batch=args.micro_batch * max(1, len(gpus)), imgsz=args.size,
            device=gpus or "cpu", amp=args.precision != "fp32", workers=args.workers, seed=args.seed,
            project=args.output, name="run", exist_ok=True,
        )  # fmt: skip
    taken = result(args.output)
    for path in (run / "results.csv", run / "args.yaml", newest, run / "weights" / "best.pt"):
        if path.exists():
            shutil.copy2(path, taken / path.name)
    with (run / "results.csv").open() as written:
        last = list(csv.DictReader(written, skipinitialspace=True))[-1]
    print(json.dumps({name.strip(): value for name, value in last.items() if "metrics" in name}), flush=True)


if __name__ == "__main__":
    main()
