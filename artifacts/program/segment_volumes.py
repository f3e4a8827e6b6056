"""Trains a 3-D network of nnU-Net's kind to segment scans: MRI, CT and the like.

Data: NIfTI files `imagesTr/NAME.nii.gz` and `labelsTr/NAME.nii.gz` (as of the Medical Segmentation Decathlon; nnU-Net's
`NAME_0000.nii.gz`, `NAME_0001.nii.gz` ... are the channels of one scan). The classes are the labels' whole numbers, 0
the background: those of `dataset.json`, else all that the labels hold. A sample is a patch; half of them are centred on
what is to be found.
"""

import json
from pathlib import Path

import monai.transforms as mt
import nibabel
import numpy as np
import torch
from job import FIRST, RUN, fetched, files, parser
from loop import train
from monai.data import PersistentDataset
from monai.losses import DeepSupervisionLoss, DiceCELoss
from monai.networks.nets import DynUNet
from torch.utils.data import DataLoader, Dataset

CHANNELS = (32, 64, 128, 256, 320, 320)
SCANS = (".nii", ".nii.gz")


def arguments():
    made = parser(__doc__, micro_batch=2, learning_rate=3e-4)
    made.add_argument("--patch", type=int, nargs=3, default=[128, 128, 128], help="voxels of a sample")
    made.add_argument("--spacing", type=float, nargs=3, help="mm of a voxel that all scans are brought to")
    made.add_argument("--patches-per-scan", type=int, default=4, help="an epoch's samples of each scan")
    made.add_argument("--window", type=float, nargs=2, help="intensities kept, as -175 250 for soft tissue in CT")
    made.add_argument("--channels", type=int, nargs="+", default=CHANNELS, help="of each level, the finest first")
    made.add_argument("--folds", type=int, default=1, help="parts of the scans, of which each run leaves out another")
    return made.parse_args()


def pairs(folder: Path) -> list[dict[str, object]]:
    """Each label with the channels of its scan."""
    scans: dict[str, list[str]] = {}
    for path in files(folder / "imagesTr", *SCANS):
        name = path.name.split(".nii")[0]
        case = name[:-5] if name[-5:-4] == "_" and name[-4:].isdigit() else name
        scans.setdefault(case, []).append(str(path))
    labels = {path.name.split(".nii")[0]: str(path) for path in files(folder / "labelsTr", *SCANS)}
    found = [{"image": scans[case], "label": labels[case]} for case in sorted(scans) if case in labels]
    if not found:
        raise SystemExit(f"{folder} holds no scan in imagesTr with a label of the same name in labelsTr")
    return found


def prepared(args):
    """The same for every epoch, so it is kept on disk: read, turned, resampled, normalised."""
    both = ["image", "label"]
    window = [mt.ScaleIntensityRanged("image", *args.window, 0, 1, clip=True)] if args.window else []
    spacing = [mt.Spacingd(both, args.spacing, mode=("bilinear", "nearest"))] if args.spacing else []
    return mt.Compose([
        mt.LoadImaged(both, ensure_channel_first=True), mt.Orientationd(both, "RAS", labels=None), *spacing, *window,
        mt.NormalizeIntensityd("image", nonzero=not args.window, channel_wise=True),
        mt.SpatialPadd(both, args.patch), mt.CastToTyped(both, (np.float32, np.uint8)),
    ])  # fmt: skip


def drawn(args):
    """New in every epoch: a patch, mirrored, a little brighter or darker."""
    both = ["image", "label"]
    return mt.Compose([
        mt.RandCropByPosNegLabeld(both, "label", args.patch, pos=1, neg=1, num_samples=1), mt.SelectItemsd(both),
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
    """So many patches of each scan, another one every time it is asked."""

    def __init__(self, scans: PersistentDataset, draw, of_each: int) -> None:
        self.scans, self.draw, self.of_each = scans, draw, of_each

    def __len__(self) -> int:
        return len(self.scans) * self.of_each

    def __getitem__(self, index: int):
        return self.draw(self.scans[index // self.of_each])[0]


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
    if args.folds > 1:
        left = scans[RUN % args.folds :: args.folds]
        scans = [scan for scan in scans if scan not in left]
        print(json.dumps({"fold": RUN, "left out": [Path(scan["label"]).name for scan in left]}), flush=True)
    kept = PersistentDataset(scans, prepared(args), cache_dir=Path(args.output) / "prepared")
    samples = Patches(kept, drawn(args), args.patches_per_scan)
    batches = DataLoader(samples, args.micro_batch, shuffle=True, num_workers=args.workers)
    loss = DeepSupervisionLoss(DiceCELoss(to_onehot_y=True, softmax=True, batch=True))

    def loss_of(model, batch):
        told = model(batch["image"])
        # With deep supervision the network tells the coarser levels, too, all in one block.
        levels = list(torch.unbind(told, dim=1)) if told.ndim == 6 else [told]
        return loss([level.float() for level in levels], batch["label"])

    trained = train(args, network(args, len(scans[0]["image"]), classes), batches, loss_of)
    if FIRST:
        final = Path(args.output) / "final"
        final.mkdir(exist_ok=True)
        torch.save({"state": trained.state_dict(), "classes": classes, "arguments": vars(args)}, final / "model.pt")


if __name__ == "__main__":
    main()
