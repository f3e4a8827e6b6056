"""Models for pictures and for scans are trained, and a killed job goes on where it was."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.programs.conftest import Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)

STEPS = ["--max-steps=40", "--save-every=5", "--precision=fp32", "--workers=0", "--micro-batch=2"]


def resumed(job: Run) -> None:
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40
    assert (job.output / "final" / "model.safetensors").exists()


def test_classification_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    tiny.pictures(tmp_path / "data", [f"{kind}/{n}.png" for kind in ("cat", "dog", "owl") for n in range(6)])
    config = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8
    )
    ViTForImageClassification(config).save_pretrained(tmp_path / "model")
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    job = run("finetune_images", "--task=classification", f"--data={tmp_path / 'data'}",
              f"--model={tmp_path / 'model'}", *STEPS)  # fmt: skip
    resumed(job)
    named = json.loads((job.output / "final" / "config.json").read_text())["id2label"]
    assert list(named.values()) == ["cat", "dog", "owl"]


def test_detection_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    from transformers import YolosConfig, YolosForObjectDetection, YolosImageProcessor

    pictures = tiny.pictures(tmp_path / "data" / "images", [f"{n}.png" for n in range(8)], edge=64)
    boxes = [{"id": n, "image_id": n, "category_id": 7, "bbox": [8, 8, 24, 16], "iscrowd": 0} for n in range(8)]
    coco = {
        "images": [{"id": n, "file_name": path.name} for n, path in enumerate(pictures)], "annotations": boxes,
        "categories": [{"id": 7, "name": "nodule"}],
    }  # fmt: skip
    (tmp_path / "data" / "annotations.json").write_text(json.dumps(coco))
    config = YolosConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=[64, 64],
        patch_size=16, num_detection_tokens=10,
    )  # fmt: skip
    YolosForObjectDetection(config).save_pretrained(tmp_path / "model")
    YolosImageProcessor(size={"height": 64, "width": 64}).save_pretrained(tmp_path / "model")
    job = run("finetune_images", "--task=detection", f"--data={tmp_path / 'data'}", f"--model={tmp_path / 'model'}",
              *STEPS)  # fmt: skip
    resumed(job)


def test_segmentation_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    from PIL import Image
    from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessor

    tiny.pictures(tmp_path / "data" / "images", [f"{n}.png" for n in range(8)], edge=64)
    (tmp_path / "data" / "masks").mkdir()
    for n in range(8):
        mask = np.random.default_rng(n).integers(0, 3, (64, 64)).astype("uint8")
        Image.fromarray(mask).save(tmp_path / "data" / "masks" / f"{n}.png")
    config = SegformerConfig(
        hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 2, 4], decoder_hidden_size=16
    )
    SegformerForSemanticSegmentation(config).save_pretrained(tmp_path / "model")
    SegformerImageProcessor(size={"height": 64, "width": 64}).save_pretrained(tmp_path / "model")
    job = run("finetune_images", "--task=segmentation", f"--data={tmp_path / 'data'}", f"--model={tmp_path / 'model'}",
              *STEPS)  # fmt: skip
    resumed(job)


def test_scans_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    import nibabel

    noise = np.random.default_rng(0)
    for folder in ("imagesTr", "labelsTr"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    for n in range(3):
        scan = noise.normal(0, 1, (24, 24, 24)).astype("float32")
        label = (scan > 1).astype("uint8")
        nibabel.save(nibabel.Nifti1Image(scan, np.eye(4)), tmp_path / "data" / "imagesTr" / f"case{n}_0000.nii.gz")
        nibabel.save(nibabel.Nifti1Image(label, np.eye(4)), tmp_path / "data" / "labelsTr" / f"case{n}.nii.gz")
    job = run(
        "segment_volumes", f"--data={tmp_path / 'data'}", "--patch", "16", "16", "16", "--channels", "4", "8", "8", "8",
        "--window", "-3", "3", "--folds=3", *STEPS,
    )  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.checkpoints()[-1] == 40
    assert (job.output / "final" / "model.pt").exists()
    scores = json.loads((job.output / "final" / "scores.json").read_text())
    assert scores.keys() == {"dice of 1"}, "the scan that was left out judges what was trained"
    assert 0 <= scores["dice of 1"] <= 1


def test_boxes_in_coco_s_form_train_a_yolo_model_whose_weights_are_taken_away(
    run: Callable[..., Run], tmp_path: Path
) -> None:
    """Ultralytics itself stands in `stand_ins`: it looks at what it is given as the library does, and writes what it
    writes where it does."""
    pictures = tiny.pictures(tmp_path / "data" / "train", [f"{n}.jpg" for n in range(20)], edge=40)
    boxes = [{"id": n, "image_id": n, "category_id": 90, "bbox": [10, 20, 60, 10]} for n in range(0, 20, 2)]
    coco = {
        "images": [{"id": n, "file_name": path.name, "width": 40, "height": 40} for n, path in enumerate(pictures)],
        "annotations": boxes, "categories": [{"id": 90, "name": "crack"}, {"id": 3, "name": "dent"}],
    }  # fmt: skip
    (tmp_path / "data" / "instances.json").write_text(json.dumps(coco))
    job = run("train_yolo", f"--data={tmp_path / 'data'}", "--epochs=3", "--precision=fp32", "--workers=0")
    job.environment["PYTHONPATH"] += f":{Path(__file__).with_name('stand_ins')}"
    printed = job.to_the_end()
    assert '"train": 18, "val": 2, "not found": 0' in printed
    assert '"metrics/mAP50-95(B)"' in printed
    assert {path.name for path in (job.output / "final").iterdir()} == {"best.pt", "last.pt", "results.csv"}
    seen = json.loads((job.output / "seen.json").read_text())
    assert seen["names"] == {"0": "dent", "1": "crack"}
    # What reaches over the picture's edge is cut off there: from 10 to 40 of 40, from 20 to 30.
    assert sorted(set(seen["labels"])) == ["", "1 0.625 0.625 0.75 0.25\n"]
    assert "trained" in job.to_the_end(), "a job that is started again after its end trains no more"


def test_an_adapter_for_pictures_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    names = [f"{n}.png" for n in range(4)]
    tiny.pictures(tmp_path / "data", names, edge=40)
    tiny.lines(tmp_path / "data" / "metadata.jsonl", [{"file_name": name, "text": "a text"} for name in names])
    model = tiny.diffusion_model(tmp_path / "model")
    job = run("finetune_diffusion", f"--data={tmp_path / 'data'}", f"--model={model}", "--size=32", "--rank=2",
              "--checkpointing", *STEPS)  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.checkpoints()[-1] == 40
    assert (job.output / "final" / "pytorch_lora_weights.safetensors").exists()
