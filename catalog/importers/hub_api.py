"""Asks the Hugging Face Hub: its most downloaded models, and the card and configuration of each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    HTTPError,  # what its HTTP client raises, whichever that is
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import ExpandModelProperty_T, ModelInfo

from catalog.importers.hub_models import LONGEST_CARD, HubModel
from catalog.progress import Progress
from domain.errors import ImportRefused

AT_ONCE = 8
LARGEST_CONFIG = 1_000_000
ASKED: list[ExpandModelProperty_T] = [
    "cardData", "config", "createdAt", "disabled", "downloads", "gated", "lastModified", "likes", "pipeline_tag",
    "private", "safetensors", "tags",
]  # fmt: skip


class HubPage(NamedTuple):
    """Models of the Hub, and the days on which they changed."""

    models: tuple[HubModel, ...]
    dates: tuple[str, ...]


def fetch_models(endpoint: str | None, limit: int, progress: Progress) -> HubPage:
    """The most downloaded models with their cards. Files come from huggingface_hub's cache where they are in it.

    Raises ImportRefused.
    """
    try:
        infos = list(HfApi(endpoint=endpoint).list_models(sort="downloads", limit=limit, expand=ASKED))
    except (HTTPError, OSError) as error:
        raise _not_read(error) from error
    return _page(infos, endpoint, progress)


def fetch_chosen(
    endpoint: str | None, ids: Sequence[str], tasks: Sequence[str], per_task: int, progress: Progress
) -> HubPage:
    """The models of these ids and the most downloaded ones of each task (the Hub's word for it), each model once.

    An id that the Hub does not know any more is left out. Raises ImportRefused.
    """
    hub = HfApi(endpoint=endpoint)
    found: dict[str, ModelInfo] = {}
    try:
        for number, task in enumerate(tasks):
            progress(f"asking for {task}", number, len(tasks))
            for info in hub.list_models(pipeline_tag=task, sort="downloads", limit=per_task, expand=ASKED):
                found.setdefault(info.id, info)
        wanted = [model for model in ids if model not in found]
        with ThreadPoolExecutor(AT_ONCE) as workers:
            for number, known in enumerate(workers.map(lambda model: _info(hub, model), wanted)):
                progress("asking for the catalogue's models", number, len(wanted))
                if known is not None:
                    found.setdefault(known.id, known)
    except (HTTPError, OSError) as error:
        raise _not_read(error) from error
    return _page(list(found.values()), endpoint, progress)


def _info(hub: HfApi, model: str) -> ModelInfo | None:
    try:
        return hub.model_info(model, expand=ASKED)
    except (RepositoryNotFoundError, GatedRepoError, HFValidationError):
        return None


def _page(infos: list[ModelInfo], endpoint: str | None, progress: Progress) -> HubPage:
    models = tuple(_with_files(infos, endpoint, progress))
    return HubPage(models, tuple(str(info.last_modified or "")[:10] for info in infos))


def _not_read(error: Exception) -> ImportRefused:
    return ImportRefused(
        f"The Hugging Face Hub could not be read: {type(error).__name__}.",
        "Try again when it can be reached, or import model files from disk; nothing was stored.",
    )


def _with_files(infos: list[ModelInfo], endpoint: str | None, progress: Progress) -> Iterator[HubModel]:
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for number, (info, files) in enumerate(
            zip(infos, workers.map(lambda info: _files(info, endpoint), infos), strict=True), start=1
        ):
            progress("fetching cards", number, len(infos))
            yield HubModel(number, _fields(info, files[1]), files[0])


def _files(info: ModelInfo, endpoint: str | None) -> tuple[str, dict[str, object]]:
    card = _text(info.id, "README.md", endpoint, LONGEST_CARD * 4)
    try:
        config: object = json.loads(_text(info.id, "config.json", endpoint, LARGEST_CONFIG) or "{}")
    except (ValueError, RecursionError):
        config = {}
    return card, config if isinstance(config, dict) else {}


def _text(repository: str, name: str, endpoint: str | None, largest: int) -> str:
    """The file; nothing where the model has none, or shows it to its friends only."""
    try:
        path = Path(hf_hub_download(repository, name, endpoint=endpoint))
    except LocalEntryNotFoundError as error:
        raise _not_fetched(repository, name, error) from error
    except (EntryNotFoundError, GatedRepoError, RepositoryNotFoundError):
        return ""
    except (HTTPError, OSError) as error:
        raise _not_fetched(repository, name, error) from error
    with path.open("rb") as file:
        return file.read(largest).decode("utf-8", errors="replace")


def _not_fetched(repository: str, name: str, error: Exception) -> ImportRefused:
    return ImportRefused(
        f"{name} of {repository} could not be fetched: {type(error).__name__}.",
        "Run the import again: what was fetched is kept.",
    )


def _fields(info: ModelInfo, config: dict[str, object]) -> Mapping[str, object]:
    tensors = info.safetensors
    return {
        "id": info.id,
        "pipeline_tag": info.pipeline_tag,
        "tags": list(info.tags or []),
        "downloads": info.downloads,
        "likes": info.likes,
        "gated": info.gated,
        "disabled": info.disabled,
        "private": info.private,
        "createdAt": str(info.created_at or ""),
        "config": config or info.config or {},
        "cardData": {name: getattr(info.card_data, name, None) for name in ("license", "license_name")},
        "safetensors": {"parameters": dict(tensors.parameters), "total": tensors.total} if tensors else {},
    }
