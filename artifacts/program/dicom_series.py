"""Scans in DICOM as the NIfTI files that training reads: a folder with the slices of a scan becomes one file."""

import json
from pathlib import Path

import SimpleITK
from filelock import FileLock
from job import CACHE


def scans_of(folder: Path) -> list[Path]:
    """A NIfTI file for each folder directly below that holds DICOM, by its name; what was made before is kept.

    Slices are put in order by their places in space, intensities are those of the scanner (Hounsfield units of CT). Of
    a folder with several series the one with the most slices is taken: the others are scouts and views.
    """
    made = []
    for case in sorted(path for path in folder.glob("*") if path.is_dir()):
        into = CACHE / "dicom" / f"{case.name}.nii.gz"
        into.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(into.with_suffix(".lock")):
            if into.exists() or _made(case, into):
                made.append(into)
    return made


def _made(case: Path, into: Path) -> bool:
    reader = SimpleITK.ImageSeriesReader()
    below = [case, *(path for path in sorted(case.rglob("*")) if path.is_dir())]
    series = [
        reader.GetGDCMSeriesFileNames(str(place), name)
        for place in below for name in sorted(reader.GetGDCMSeriesIDs(str(place)))
    ]  # fmt: skip
    if not series:
        return False
    slices = max(series, key=len)
    reader.SetFileNames(slices)
    part = into.with_name(f"part-{into.name}")
    SimpleITK.WriteImage(reader.Execute(), str(part), useCompression=True)
    part.rename(into)
    print(json.dumps({"scan": case.name, "slices": len(slices), "series_left_out": len(series) - 1}), flush=True)
    return True
