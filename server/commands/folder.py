"""`stack8s plan ... --out DIR`: the plan's bundle as a folder."""

from pathlib import Path

from artifacts.bundle.contents import bundle_files, is_script
from domain.errors import InvalidInput
from domain.plan import DeploymentPlan

OURS = "plan.schema.json"
"""In a folder that was written before, which is written anew."""


def refuse_folder(folder: Path) -> None:
    """Raises InvalidInput for a folder that holds something else, before anything is planned."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file.", "Name a folder after --out; it is made where it is not there.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OURS).is_file():
        raise InvalidInput(
            f"{folder} holds other files.", "Name a new folder after --out, or one that a plan was written into before."
        )


def write_folder(plan: DeploymentPlan | None, folder: Path) -> int:
    """How many files were written; those of a plan that stood there before are removed. Raises InvalidInput."""
    if plan is None:
        raise InvalidInput("There is no plan to write yet.", "Answer the questions at a terminal, or with --answer.")
    refuse_folder(folder)
    files = bundle_files(plan)
    if folder.is_dir():
        _clear(folder)
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if is_script(path):
            target.chmod(0o755)
    return len(files)


def _clear(folder: Path) -> None:
    """Removes the files that a bundle may hold; folders that are empty then go too, links are not followed."""
    names = ("README.md", "plan.json", OURS, "plan.md", "plan.html", "diagram.svg", "diagram.mmd")
    held = [folder / name for name in names]
    for part in ("kubernetes", "helm", "cloud", "checks", "program", "compose", "gitops"):
        if (folder / part).is_dir() and not (folder / part).is_symlink():
            held += sorted((folder / part).rglob("*"), reverse=True)
            held.append(folder / part)
    for path in held:
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink(missing_ok=True)
