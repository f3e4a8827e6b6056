"""Scans as scanners write them become the files that training reads."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SimpleITK = pytest.importorskip("SimpleITK")
PROGRAMS = Path(__file__).parents[2] / "artifacts" / "program"


@pytest.fixture
def dicom_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PROGRAMS))
    monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
    for name in ("job", "dicom_series"):
        sys.modules.pop(name, None)
    return importlib.import_module("dicom_series")


def write(folder: Path, slices: int, series: str) -> np.ndarray:
    """A CT of so many slices, 1.5 mm apart, whose files are in no order and have no ending."""
    folder.mkdir(parents=True, exist_ok=True)
    voxels = np.arange(slices * 6 * 5, dtype=np.int16).reshape(slices, 6, 5)
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for number in range(slices):
        image = SimpleITK.GetImageFromArray(voxels[number])
        image.SetSpacing((0.7, 0.7))
        told = {
            "0008|0060": "CT", "0020|000e": f"1.2.3.{series}", "0020|0032": f"0\\0\\{1.5 * number}",
            "0020|0037": "1\\0\\0\\0\\1\\0", "0020|0013": str(number), "0008|0018": f"1.2.3.{series}.{number}",
            "0028|1052": "-1024", "0028|1053": "1", "0018|0050": "1.5",
        }  # fmt: skip
        for tag, value in told.items():
            image.SetMetaData(tag, value)
        aside = folder / "slice.dcm"
        writer.SetFileName(str(aside))
        writer.Execute(image)
        aside.rename(folder / f"{(number * 7) % 11}-{number}")
    return voxels


def test_a_folder_of_slices_is_one_scan_in_order(dicom_series: ModuleType, tmp_path: Path) -> None:
    data = tmp_path / "imagesTr"
    voxels = write(data / "case-1" / "study", 9, "1")
    write(data / "case-1" / "scout", 2, "2")
    (data / "notes").mkdir()
    (data / "notes" / "readme.txt").write_text("no scan")
    [scan] = dicom_series.scans_of(data)
    assert scan.name == "case-1.nii.gz"
    image = SimpleITK.ReadImage(str(scan))
    assert image.GetSpacing() == pytest.approx((0.7, 0.7, 1.5))
    found = SimpleITK.GetArrayFromImage(image)
    assert found.shape == voxels.shape
    assert (np.diff(found.astype(int), axis=0) == 30).all()


def test_what_was_made_before_a_restart_is_kept(dicom_series: ModuleType, tmp_path: Path) -> None:
    data = tmp_path / "imagesTr"
    write(data / "case-1", 4, "1")
    [scan] = dicom_series.scans_of(data)
    made = scan.stat().st_mtime_ns
    write(data / "case-2", 4, "2")
    (scan.parent / "part-case-2.nii.gz").write_bytes(b"cut off by a kill")
    assert [path.name for path in dicom_series.scans_of(data)] == ["case-1.nii.gz", "case-2.nii.gz"]
    assert scan.stat().st_mtime_ns == made
    assert SimpleITK.ReadImage(str(scan.parent / "case-2.nii.gz")).GetSize()[2] == 4
