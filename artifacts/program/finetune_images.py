"""Trains a model for pictures: classification, detection of objects, or segmentation by class.

Data, by --task:
  classification  a folder for each class, with its pictures
  detection       pictures, and COCO annotations in a file `annotations.json` or several of that ending
  segmentation    `images/NAME.jpg` with `masks/NAME.png`, whose grey values are the classes; 255 is nobody's
"""

import json
from pathlib import Path

import numpy as np
import torch
from job import fetched, files, parser, train, trainer_settings
from PIL import Image
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForImageClassification,
    AutoModelForObjectDetection,
    AutoModelForSemanticSegmentation,
    AutoModelForUniversalSegmentation,
    Trainer,
    TrainingArguments,
)

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
HEADS = {"classification": AutoModelForImageClassification, "detection": AutoModelForObjectDetection}


def arguments():
    made = parser(__doc__, micro_batch=8, learning_rate=5e-5)
    made.add_argument("--task", choices=["classification", "detection", "segmentation"], required=True)
    made.add_argument("--size", type=int, help="edge of the square that pictures are scaled to; else the model's own")
    made.add_argument("--from-scratch", action="store_true", help="the architecture without its weights")
    return made.parse_args()


class Pictures(torch.utils.data.Dataset):
    """Pictures with their labels as the model's processor wants them; `classes` are their names."""

    def __init__(self, folder: Path, task: str) -> None:
        self.task, self.processor = task, None
        found = files(folder, *PICTURES)
        if task == "classification":
            self.classes = sorted({path.parent.name for path in found})
            self.items = [(path, self.classes.index(path.parent.name)) for path in found]
        elif task == "detection":
            self.classes, self.items = _annotated(folder)
        else:
            masks = {path.stem: path for path in found if path.parent.name == "masks"}
            self.items = [(p, masks[p.stem]) for p in found if p.parent.name == "images" and p.stem in masks]
            self.classes = _declared(folder) or [str(n) for n in range(_highest(self.items) + 1)]
        if not self.items:
            raise SystemExit(f"{folder} holds nothing for {task}")

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        path, label = self.items[index]
        picture = Image.open(path).convert("RGB")
        if self.task == "classification":
            made = self.processor(picture, return_tensors="pt")
            return {"pixel_values": made["pixel_values"][0], "labels": torch.tensor(label)}
        if self.task == "detection":
            target = {"image_id": index, "annotations": label}
            made = self.processor(picture, annotations=target, return_tensors="pt")
            return {"pixel_values": made["pixel_values"][0], "labels": made["labels"][0]}
        made = self.processor(picture, segmentation_maps=Image.open(label), return_tensors="pt")
        return {name: values[0] for name, values in made.items()}


def _annotated(folder: Path):
    coco = [json.loads(path.read_text()) for path in files(folder, "annotations.json")]
    names = {row["id"]: row["name"] for part in coco for row in part["categories"]}
    numbers = {identity: number for number, identity in enumerate(sorted(names))}
    items = []
    for part in coco:
        boxes = {row["id"]: [] for row in part["images"]}
        for row in part["annotations"]:
            boxes[row["image_id"]].append({"area": row["bbox"][2] * row["bbox"][3], "iscrowd": 0, **row}
                                          | {"category_id": numbers[row["category_id"]]})  # fmt: skip
        items += [(next(folder.rglob(row["file_name"])), boxes[row["id"]]) for row in part["images"]]
    return [names[identity] for identity in sorted(names)], items


def _declared(folder: Path) -> list[str]:
    """Names of the classes from `classes.txt`, one a line; none where there is no such file."""
    named = folder / "classes.txt"
    return named.read_text().split("\n")[:-1] if named.exists() else []


def _highest(items) -> int:
    masks = (np.asarray(Image.open(mask)) for _, mask in items)
    return max((int(mask[mask != 255].max(initial=0)) for mask in masks), default=0)


def collated(items):
    """Pictures of one size as one block; targets that differ in length stay a list."""
    return {
        name: torch.stack([item[name] for item in items])
        if all(torch.is_tensor(item[name]) and item[name].shape == items[0][name].shape for item in items)
        else [item[name] for item in items]
        for name in items[0]
    }


def main() -> None:
    args = arguments()
    pictures = Pictures(fetched(args.data), args.task)
    names = dict(enumerate(pictures.classes))
    config = AutoConfig.from_pretrained(args.model, id2label=names, label2id={n: i for i, n in names.items()})
    universal = type(config) in AutoModelForUniversalSegmentation._model_mapping
    head = HEADS.get(args.task) or (
        AutoModelForUniversalSegmentation if universal else AutoModelForSemanticSegmentation
    )
    size = {"size": {"height": args.size, "width": args.size}} if args.size else {}
    pictures.processor = AutoImageProcessor.from_pretrained(args.model, **size)
    if args.from_scratch:
        model = head.from_config(config)
    else:
        model = head.from_pretrained(args.model, config=config, ignore_mismatched_sizes=True)
    settings = TrainingArguments(**trainer_settings(args), remove_unused_columns=False, weight_decay=0.01)
    trainer = Trainer(
        model, settings, train_dataset=pictures, data_collator=collated, processing_class=pictures.processor
    )
    train(trainer, args.output)


if __name__ == "__main__":
    main()
