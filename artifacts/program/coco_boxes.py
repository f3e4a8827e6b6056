"""Turns annotations in COCO's form into a folder in YOLO's form, of links to the pictures where they lie."""

import json
import os
from collections import defaultdict
from pathlib import Path

HELD_OUT = 10
"""Every tenth picture is for validation where no file of annotations is named for it."""
_FOR_VALIDATION = ("val", "test")


def annotations_of(folder: Path) -> dict[Path, dict]:
    """The files of the folder that hold pictures, annotations and categories."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        told = json.loads(path.read_text())
        if isinstance(told, dict) and {"images", "annotations", "categories"} <= told.keys():
            found[path] = told
    return found


def in_yolo_form(folder: Path, into: Path, *, outlines: bool = False) -> Path:
    """The `data.yaml` that is there, or one made of COCO's files. `outlines`: not the boxes, for `-seg` models."""
    there = next(iter(sorted(folder.rglob("data.yaml"))), None)
    if there is not None:
        return there
    described = annotations_of(folder)
    if not described:
        raise SystemExit(f"{folder} holds neither a data.yaml nor a JSON file in COCO's form")
    categories = {one["id"]: one["name"] for told in described.values() for one in told["categories"]}
    numbers = {key: number for number, key in enumerate(sorted(categories))}
    pictures = defaultdict(list)
    for path in folder.rglob("*"):
        if not path.name.endswith((".json", ".txt", ".part")) and path.is_file():
            pictures[path.name].append(path)
    listed: dict[str, list[str]] = {"train": [], "val": []}
    named_apart = any(_is_held_out(path) for path in described) and not all(_is_held_out(path) for path in described)
    (into / "images").mkdir(parents=True, exist_ok=True)
    (into / "labels").mkdir(exist_ok=True)
    for number, path in enumerate(described):
        told, of_picture = described[path], defaultdict(list)
        for one in told["annotations"]:
            if not one.get("iscrowd"):
                of_picture[one["image_id"]].append(one)
        for place, image in enumerate(sorted(told["images"], key=lambda image: str(image["file_name"]))):
            source = _where(image["file_name"], pictures)
            if source is None:
                continue
            name = f"{number}-{place:07d}"
            link = into / "images" / f"{name}{source.suffix}"
            if not link.exists():
                link.symlink_to(source.resolve())
            lines = [_line(one, image, numbers[one["category_id"]], outlines) for one in of_picture[image["id"]]]
            (into / "labels" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines if line))
            held = _is_held_out(path) if named_apart else place % HELD_OUT == HELD_OUT - 1
            listed["val" if held else "train"].append(str(link.absolute()))
    if not listed["train"]:
        raise SystemExit(f"{folder} holds none of the pictures that {', '.join(path.name for path in described)} name")
    for part, paths in listed.items():
        (into / f"{part}.txt").write_text("".join(f"{path}\n" for path in paths or listed["train"]))
    missing = sum(len(told["images"]) for told in described.values()) - sum(map(len, listed.values()))
    print(json.dumps({part: len(paths) for part, paths in listed.items()} | {"not found": missing}), flush=True)
    names = {number: str(categories[key]) for key, number in numbers.items()}
    made = into / "data.yaml"
    # JSON is YAML, and needs no library to be written.
    made.write_text(json.dumps({"path": str(into.absolute()), "train": "train.txt", "val": "val.txt", "names": names}))
    return made


def _is_held_out(path: Path) -> bool:
    return any(word in path.stem.lower() for word in _FOR_VALIDATION)


def _where(name: str, pictures: dict[str, list[Path]]) -> Path | None:
    """The picture of that name; of several the one that lies in the folders that the name tells."""
    found = pictures.get(os.path.basename(name), [])
    return next(
        (path for path in found if path.as_posix().endswith(f"/{name.lstrip('./')}")), found[0] if found else None
    )


def _line(one: dict, image: dict, number: int, outlines: bool) -> str:
    """A class and its place, in parts of the picture's width and height; empty for a box without area."""
    width, height = image["width"], image["height"]
    left, top, wide, high = one["bbox"]
    drawn = one.get("segmentation")
    if outlines and isinstance(drawn, list) and drawn:
        points = max(drawn, key=len)
        places = [value / (height if index % 2 else width) for index, value in enumerate(points)]
    else:
        # A box may reach over the edge, which YOLO refuses.
        right, bottom = min(left + wide, width), min(top + high, height)
        left, top = max(left, 0), max(top, 0)
        if right <= left or bottom <= top:
            return ""
        places = [
            (left + right) / 2 / width,
            (top + bottom) / 2 / height,
            (right - left) / width,
            (bottom - top) / height,
        ]
    return " ".join([str(number), *(f"{min(max(place, 0), 1):.6g}" for place in places)])
