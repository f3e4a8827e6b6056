"""The folder that carries a plan out, as the page shows it: its files by folder, one of them open."""

from itertools import groupby

from artifacts.bundle.contents import bundle_files
from domain.base import Frozen
from domain.errors import ConversationNotFound
from domain.plan import DeploymentPlan
from server.web.highlight import highlighted_file

FIRST = "README.md"


class File(Frozen):
    """One in the list."""

    path: str
    name: str
    characters: int


class FolderView(Frozen):
    """`html` is the open file's text in colours."""

    folders: tuple[tuple[str, tuple[File, ...]], ...]
    path: str
    html: str
    lines: int


def folder_view(plan: DeploymentPlan, path: str | None = None) -> FolderView:
    """`path`: of the file to open, else where one begins. Raises ConversationNotFound where there is no such file."""
    texts = bundle_files(plan)
    opened = FIRST if path is None else path
    if opened not in texts:
        raise ConversationNotFound("The plan has no such file.", "Open the list of its files again.")
    files = [File(path=one, name=one.rpartition("/")[2], characters=len(text)) for one, text in texts.items()]
    by_folder = sorted(files, key=lambda file: (file.path.rpartition("/")[0], file.name != FIRST, file.name))
    return FolderView(
        folders=tuple(
            (folder, tuple(inside)) for folder, inside in groupby(by_folder, key=lambda f: f.path.rpartition("/")[0])
        ),
        path=opened,
        html=highlighted_file(opened, texts[opened]),
        lines=texts[opened].count("\n"),
    )
