"""Answers about the data: where it lives, how it reaches the GPUs, what room it takes."""

from collections.abc import Iterator

from artifacts.notation import bullets, code, figure, money, plain
from domain.placement import PlacementOption
from domain.plan import CostLine
from graph.explanations.evidence import Standing
from graph.explanations.manifests import step_titled

STORES = ("vector database", "object storage", "image archive", "backup", "experiment tracking", "secrets")
ROOMS = ("Node disks", "Dataset", "Checkpoints", "Egress")


def data(standing: Standing) -> str:
    """Everything the plan holds about it, the place first."""
    return bullets(_lines(standing, standing.one().option))


def _lines(standing: Standing, option: PlacementOption) -> Iterator[str]:
    offer = option.offer
    country = f" ({plain(offer.country)})" if offer.country else ""
    yield (
        f"It is processed on the rented machines, {plain(offer.provider)} {plain(offer.region)}{country}; the "
        "plan's steps send nothing to the makers of the model."
    )
    room = step_titled(standing.plan, "dataset")
    if room is not None:
        yield f"Dataset and checkpoints: {plain(room.detail)} (step {room.order})"
    reading = next((line for t in option.throughput for line in t.lines if line.label == "Disk to GPU"), None)
    if reading is not None:
        yield (
            f"From the volume to the GPUs: the loader reads files through the host's memory, "
            f"{figure(reading.value, 0)} MB a second so that the GPU does not wait ({plain(reading.formula)})."
        )
    elif room is not None:
        yield "From the volume to the GPUs: the program reads the files through the host's memory, over PCIe."
    if option.model is not None:
        size = f", {figure(option.model.weights_gib, 1)} GiB" if option.model.weights_gib else ""
        yield (
            f"Weights: {code(option.model.key)}{size}, downloaded from the Hugging Face Hub to the machine's disk at "
            "the first start."
        )
    for part in standing.plan.stack:
        if part.role in STORES:
            yield f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}"
    if standing.plan.cost:
        for line in standing.plan.cost.lines:
            if line.item.startswith(ROOMS):
                yield _room(line)
    if standing.spec.task_type == "rag":
        yield (
            "The index itself is not sized in a line of its own: the plan knows the documents, not how many passages "
            "they make nor how many dimensions the embedding has."
        )


def _room(line: CostLine) -> str:
    price = f" = {money(line.monthly_usd)} a month" if line.monthly_usd is not None else ""
    return f"{plain(line.item)}: {plain(line.formula)}{price}"
