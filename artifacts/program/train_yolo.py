"""Trains a YOLO model of Ultralytics to find objects in pictures.

Data: a folder in YOLO's form: `data.yaml` with the names of the classes and the folders of pictures, beside each
folder `images` one `labels` with a text file a picture (class, x, y, width, height as shares).
"""

import json
import os
from pathlib import Path

import torch
from job import fetched, parser
from ultralytics import YOLO, settings


def arguments():
    made = parser(__doc__, micro_batch=16, learning_rate=0.01)
    made.add_argument("--weights", default="yolo11m.pt", help="to start from, as Ultralytics calls them")
    made.add_argument("--size", type=int, default=640, help="longer edge that pictures are scaled to")
    made.set_defaults(save_every=1)
    return made.parse_args()


def main() -> None:
    args = arguments()
    settings.update({"mlflow": bool(os.environ.get("MLFLOW_TRACKING_URI"))})
    newest = Path(args.output) / "run" / "weights" / "last.pt"
    if newest.exists():
        print(json.dumps({"resumes_from": newest.name}), flush=True)
        YOLO(newest).train(resume=True)
        return
    gpus = list(range(torch.cuda.device_count()))
    YOLO(args.weights).train(
        data=str(fetched(args.data) / "data.yaml"), epochs=int(args.epochs), batch=args.micro_batch * max(1, len(gpus)),
        imgsz=args.size, device=gpus or "cpu", amp=args.precision != "fp32", workers=args.workers, seed=args.seed,
        project=args.output, name="run", exist_ok=True, save_period=args.save_every,
    )  # fmt: skip


if __name__ == "__main__":
    main()
