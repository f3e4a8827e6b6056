"""Trains a 3-D network of nnU-Net's kind to segment scans: MRI, CT and the like.

Data: NIfTI files `imagesTr/NAME.nii.gz` and `labelsTr/NAME.nii.gz` (as of the Medical Segmentation Decathlon; nnU-Net's
`NAME_0000.nii.gz`, `NAME_0001.nii.gz` ... are the channels of one scan); a folder `imagesTr/NAME` with the slices of a
DICOM series is made into such a file first. The classes are the labels' whole numbers, 0
the background: those of `dataset.json`, else all that the labels hold. A sample is a patch; half of them are centred on
what is to be found.
"""

import json
import os
import shutil
from pathlib import Path

import monai.transforms as mt
import nibabel
import numpy as np
import torch
from dicom_series import scans_of
from job import FIRST, RUN, fetched, files, parser, result
from loop import train
from monai.inferers import sliding_window_inference
from monai.losses import DeepSupervisionLoss, DiceCELoss
from monai.networks.nets import DynUNet
from torch.utils.data import DataLoader, Dataset

CHANNELS = (32, 64, 128, 256, 320, 320)
SCANS = (".nii", ".nii.gz")
VOXELS = 10_000
"""Of what is to be found, that a patch may be centred on: so many of each scan are kept."""


def arguments():
    made = parser(__doc__, micro_batch=2, learning_rate=3e-4)
    made.add_argument("--patch", type=int, nargs=3, default=[128, 128, 128], help="voxels of a sample")
    made.add_argument("--spacing", type=float, nargs=3, help="mm of a voxel that all scans are brought to")
    made.add_argument("--patches-per-scan", type=int, default=4, help="an epoch's samples of each scan")
    made.add_argument("--window", type=float, nargs=2, help="intensities kept, as -175 250 for soft tissue in CT")
    made.add_argument("--channels", type=int, nargs="+", default=CHANNELS, help="of each level, the finest first")
    made.add_argument("--folds", type=int, default=5, help="parts of the scans, of which each run leaves out another")
    made.add_argument(
        "--scored", type=int, default=50, help="scans at most of those left out that the end is judged by"
    )
    return made.parse_args()


def pairs(folder: Path) -> list[dict[str, object]]:
    """Each label with the channels of its scan."""
    scans: dict[str, list[str]] = {}
    for path in [*files(folder / "imagesTr", *SCANS), *scans_of(folder / "imagesTr")]:
        name = path.name.split(".nii")[0]
        case = name[:-5] if name[-5:-4] == "_" and name[-4:].isdigit() else name
        scans.setdefault(case, []).append(str(path))
    labels = {path.name.split(".nii")[0]: str(path) for path in files(folder / "labelsTr", *SCANS)}
    found = [{"image": scans[case], "label": labels[case]} for case in sorted(scans) if case in labels]
    if not found:
        raise SystemExit(
            f"{folder} holds no scan in imagesTr, as NAME.nii.gz or as a folder NAME of DICOM slices, with a label of "
            "the same name in labelsTr: the masks that somebody has drawn, as NAME.nii.gz"
        )
    return found


def prepared(args):
    """The same for every epoch: read, turned, resampled, normalised."""
    both = ["image", "label"]
    window = [mt.ScaleIntensityRanged("image", *args.window, 0, 1, clip=True)] if args.window else []
    spacing = [mt.Spacingd(both, args.spacing, mode=("bilinear", "nearest"))] if args.spacing else []
    return mt.Compose([
        mt.LoadImaged(both, ensure_channel_first=True), mt.Orientationd(both, "RAS", labels=None), *spacing, *window,
        mt.NormalizeIntensityd("image", nonzero=not args.window, channel_wise=True),
        mt.SpatialPadd(both, args.patch), mt.CastToTyped(both, (np.float16, np.uint8)),
    ])  # fmt: skip


def drawn(args):
    """New in every epoch: mirrored, a little brighter or darker."""
    both = ["image", "label"]
    return mt.Compose([
        *(mt.RandFlipd(both, prob=0.5, spatial_axis=axis) for axis in range(3)),
        mt.RandScaleIntensityd("image", 0.1, prob=0.15), mt.RandShiftIntensityd("image", 0.1, prob=0.15),
        mt.RandGaussianNoised("image", prob=0.1, std=0.1), mt.ToTensord(both, track_meta=False),
    ])  # fmt: skip


def network(args, channels: int, classes: int) -> DynUNet:
    levels = len(args.channels)
    strides = [1] + [2] * (levels - 1)
    return DynUNet(
        3, channels, classes, kernel_size=[3] * levels, strides=strides, upsample_kernel_size=strides[1:],
        filters=args.channels, deep_supervision=levels > 3, deep_supr_num=min(3, max(1, levels - 2)), res_block=False,
    )  # fmt: skip


class Patches(Dataset):
    """So many patches of each scan, another one every time it is asked.

    A scan is prepared once and kept as arrays, of which a patch reads its own part of the disk and not the whole.
    """

    def __init__(self, scans, args) -> None:
        self.scans, self.patch, self.of_each = scans, args.patch, args.patches_per_scan
        self.prepare, self.draw, self.kept = prepared(args), drawn(args), Path(args.output) / "prepared"

    def __len__(self) -> int:
        return len(self.scans) * self.of_each

    def __getitem__(self, index: int):
        scan = arrays(self.scans[index // self.of_each], self.prepare, self.kept)
        most = np.array(scan["label"].shape[1:]) - self.patch
        if len(scan["found"]) and torch.rand(()) < 0.5:
            centre = scan["found"][torch.randint(len(scan["found"]), ())]
            corner = np.clip(centre - np.array(self.patch) // 2, 0, most)
        else:
            corner = [int(torch.randint(int(room) + 1, ())) for room in most]
        cut = (slice(None), *(slice(start, start + size) for start, size in zip(corner, self.patch, strict=True)))
        image = torch.from_numpy(scan["image"][cut].astype(np.float32))
        return self.draw({"image": image, "label": torch.from_numpy(np.array(scan["label"][cut]))})


def arrays(scan, prepare, kept: Path):
    """The scan, its label and voxels of what is to be found; made at the first look, then read where it is needed."""
    folder = kept / Path(scan["label"]).name.split(".nii")[0]
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}-{torch.randint(2**31, ())}")
        part.mkdir(parents=True)
        ready = prepare(scan)
        image, label = np.asarray(ready["image"]), np.asarray(ready["label"])
        found = np.argwhere(label[0] > 0)
        some = np.random.default_rng(0).choice(len(found), min(len(found), VOXELS), replace=False)
        for name, held in (("image", image), ("label", label), ("found", found[some].astype(np.int32))):
            np.save(part / f"{name}.npy", held)
        try:
            part.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(part)
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("image", "label", "found")}


def scores(model, scans, args, classes: int) -> dict[str, float]:
    """Dice of each class over scans that were not trained on: 1 is what was drawn, 0 has no voxel of it."""
    device = next(model.parameters()).device
    both, drawn_or_told = np.zeros(classes), np.zeros(classes)
    model.eval()
    for scan in scans[: args.scored]:
        held = arrays(scan, prepared(args), Path(args.output) / "prepared")
        image = torch.from_numpy(held["image"].astype(np.float32))[None]
        with torch.no_grad():
            told = sliding_window_inference(image, args.patch, 2, model, sw_device=device, device="cpu").argmax(1)[0]
        label = np.asarray(held["label"][0])
        for one in range(classes):
            both[one] += np.sum((label == one) & (told.numpy() == one))
            drawn_or_told[one] += np.sum(label == one) + np.sum(told.numpy() == one)
    return {f"dice of {one}": round(2 * both[one] / max(drawn_or_told[one], 1), 4) for one in range(1, classes)}


def classes_of(folder: Path, scans) -> int:
    described = folder / "dataset.json"
    if described.exists():
        return len(json.loads(described.read_text())["labels"])
    return 1 + max(int(np.asarray(nibabel.load(scan["label"]).dataobj).max()) for scan in scans)


def main() -> None:
    args = arguments()
    torch.manual_seed(args.seed)
    folder = fetched(args.data)
    scans = pairs(folder)
    classes = classes_of(folder, scans)
    left: list[dict[str, object]] = []
    if 1 < args.folds <= len(scans):
        left = scans[RUN % args.folds :: args.folds]
        scans = [scan for scan in scans if scan not in left]
        print(json.dumps({"fold": RUN, "left out": [Path(scan["label"]).name for scan in left]}), flush=True)
    batches = DataLoader(Patches(scans, args), args.micro_batch, shuffle=True, num_workers=args.workers)
    loss = DeepSupervisionLoss(DiceCELoss(to_onehot_y=True, softmax=True, batch=True))

    def loss_of(model, batch):
        told = model(batch["image"])
        # With deep supervision the network tells the coarser levels, too, all in one block.
        levels = list(torch.unbind(told, dim=1)) if told.ndim == 6 else [told]
        return loss([level.float() for level in levels], batch["label"])

    trained = train(args, network(args, len(scans[0]["image"]), classes), batches, loss_of)
    if FIRST:
        final = result(args.output)
        torch.save({"state": trained.state_dict(), "classes": classes, "arguments": vars(args)}, final / "model.pt")
        judged = scores(trained, left, args, classes) if left else {}
        (final / "scores.json").write_text(json.dumps(judged))
        print(json.dumps({"scans left out": len(left), **judged}), flush=True)


if __name__ == "__main__":
    main()
