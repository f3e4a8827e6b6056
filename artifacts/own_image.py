"""An image for what no published one runs: of the user's program and a pinned base, before anything asks for it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.engines import SERVERS, Engine, workload_name
from artifacts.pins import torch_image
from artifacts.rented import step
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.plan import Step

TITLE = "Build your image"
_ASKED = "${WORKLOAD_IMAGE:?"
_PYTORCH = "finetune_images"
"""A program that runs in the image with PyTorch alone."""


class _Known(Frozen):
    bases: dict[str, str]
    told: dict[str, str]


@lru_cache
def _known() -> _Known:
    return own_yaml(Path(__file__).with_name("own_image.yaml"), _Known)


def with_own_image(steps: Sequence[Step], option: PlacementOption, engine: Engine, *, here: bool) -> tuple[Step, ...]:
    """The steps, with one that builds the image before the first that asks for it. `here`: built where it runs, so that
    no registry is between."""
    first = next((place for place, one in enumerate(steps) if any(_ASKED in text for text in one.commands)), None)
    if first is None:
        return tuple(steps)
    return (*steps[:first], _build(option, engine, here=here), *steps[first:])


def _build(option: PlacementOption, engine: Engine, *, here: bool) -> Step:
    name, known = workload_name(option), _known()
    folder = f"image-{name}" if option.object_name else "image"
    gpu = option.offer.gpu
    base = torch_image(gpu, _PYTORCH)
    vendor = gpu.vendor if gpu else "none"
    page = known.bases.get(vendor, known.bases["other"])
    argument = "" if base else ' --build-arg "BASE=${BASE_IMAGE:?one of the images on that page, with its tag}"'
    tag = f"{name}:1" if here else f"${{REGISTRY:?registry that the machines pull from, as in ghcr.io/you}}/{name}:1"
    lines = (
        f"ARG BASE={base.image if base else 'unset'}", "FROM ${BASE}", "COPY . /app",
        "RUN pip install --no-cache-dir --requirement /app/requirements.txt", "WORKDIR /app",
        'CMD ["python3", "main.py"]',
    )  # fmt: skip
    recipe = "\n".join(lines)
    runs = option.model.key if option.model else option.runs or "this workload"
    does = known.told["serves" if engine in SERVERS else "works"]
    details = [known.told["why"].format(runs=runs, folder=folder), does]
    details.append(known.told["base"].format(base=base.image) if base else known.told["page"].format(page=page))
    commands = [f"docker build --tag \"{tag}\"{argument} --file - {folder} <<'EOF'\n{recipe}\nEOF"]
    if here:
        commands.append(f'export WORKLOAD_IMAGE="{name}:1"')
    else:
        details.append(known.told["registry"])
        commands.append(f'docker push "$REGISTRY/{name}:1" && export WORKLOAD_IMAGE="$REGISTRY/{name}:1"')
    return step(TITLE, " ".join(details), *commands)
