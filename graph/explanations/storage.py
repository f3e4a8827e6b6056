"""Answers about the data: where it lives, how it reaches the GPUs, what room it takes."""

import re
from collections.abc import Iterator

from artifacts.engines import engine_of
from artifacts.notation import bullets, code, figure, link, money, plain
from domain.placement import PlacementOption
from domain.plan import CostLine
from graph.explanations.evidence import Standing
from graph.explanations.manifests import running_step, step_titled
from sizing.amount_of_work import TRAINING_TASKS

_OUTPUT = re.compile(r"--?(?:o|output[\w-]*)[ =]['\"]?(/[^\s'\"]+)")
LEAVES = frozenset({
    "telemetry", "outside", "leave", "leaves", "leaving", "sent", "send", "phone", "phones", "logs", "internet",
    "online", "home", "outbound", "egress",
})  # fmt: skip
READS = frozenset({"read", "reads", "see", "sees", "look", "looks", "spy", "access", "landlord"})
WAITS = frozenset({"bottleneck", "loading", "loader", "starve", "starved", "starving", "wait", "waits", "feed", "idle"})
SIZES = frozenset({"index", "vectors", "vector", "chunks", "embeddings"})
RESULTS = frozenset({"results", "result", "output", "outputs", "adapter", "transcripts", "finished"})
OF_RESULTS = ("Results", "Dataset and checkpoints", "`mlflow`")
TRAINS = frozenset({"train", "training", "trains", "learn", "learns"})
STORES = ("vector database", "object storage", "image archive", "backup", "experiment tracking", "secrets")
ROOMS = ("Node disks", "Dataset", "Checkpoints", "Egress")


def data(standing: Standing) -> str:
    """Everything the plan holds about it, the place first; of its way to the GPUs, whether they have to wait."""
    if WAITS & set(standing.words) and (held_up := waits(standing.one().option)):
        return held_up
    if (size := index_size(standing)) and SIZES & {*standing.words}:
        return size
    lines = list(_lines(standing, standing.one().option))
    if RESULTS & {*standing.words}:
        lines = [*(line for line in lines if line.startswith(OF_RESULTS)), *_afterwards(standing)] or lines
    return bullets(lines)


def _afterwards(standing: Standing) -> Iterator[str]:
    """Where a trained model stays, and that it is copied from there."""
    if standing.spec.task_type in TRAINING_TASKS and standing.plan.recommendations:
        tuned = standing.first.quantization in ("lora", "qlora")
        what = "The adapters" if tuned else "The trained weights and their checkpoints"
        yield f"{what} stay on that volume until you copy them off it; no step of the plan sends them elsewhere."


def index_size(standing: Standing) -> str | None:
    """RAM and disk of the vector store with their arithmetic; null where nothing is searched."""
    found = standing.plan.retrieval
    store = found.part("vector store") if found else None
    if found is None or store is None or store.memory_gib is None:
        return None
    disk = f" and {figure(store.disk_gib, 1)} GiB of disk" if store.disk_gib else ""
    lines = [f"{plain(line.label)}: {plain(line.formula)} = {figure(line.value, 1)} {plain(line.unit)}"
             for line in (*found.corpus.lines, *store.lines)]  # fmt: skip
    return f"The index takes {figure(store.memory_gib, 1)} GiB of RAM{disk}: {plain(store.where)}.\n\n{bullets(lines)}"


def _lines(standing: Standing, option: PlacementOption) -> Iterator[str]:
    offer = option.offer
    country = f" ({plain(offer.country)})" if offer.country else ""
    where = (
        "on your own machines, on site"
        if option.is_own
        else f"on the rented machines, {plain(offer.provider)} {plain(offer.region)}{country}"
    )
    yield f"It is processed {where}; the plan's steps send nothing to the makers of the model."
    if TRAINS & set(standing.words) and standing.spec.task_type not in TRAINING_TASKS and not option.is_own:
        yield (
            f"No step of the plan gives it to {plain(offer.provider)} or anybody else to train on; what a seller "
            "allows itself stands in its terms, which the catalogue does not hold."
        )
    if READS & set(standing.words):
        yield from _who_reads(option)
    if LEAVES & set(standing.words):
        yield from _leaves(standing, option)
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
    if (kept := _results(standing)) is not None:
        yield f"Results: the program writes them to {code(kept)} on that volume; copy them from there."
    if option.model is not None:
        size = f", {figure(option.model.weights_gib, 1)} GiB" if option.model.weights_gib else ""
        yield (
            f"Weights: {code(option.model.key)}{size}, downloaded from the Hugging Face Hub to the machine's disk at "
            "the first start."
        )
    for part in standing.plan.stack:
        if part.role in STORES:
            yield f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}"
    if index := index_size(standing):
        yield index.partition("\n")[0]
    if standing.plan.cost:
        for line in standing.plan.cost.lines:
            if line.item.startswith(ROOMS):
                yield _room(line)


def _leaves(standing: Standing, option: PlacementOption) -> Iterator[str]:
    """What goes out though no step sends it, and what only comes in."""
    if "vllm" in engine_of(option, standing.spec).value.lower():
        yield (
            "vLLM reports usage statistics to its makers unless VLLM_NO_USAGE_STATS=1 is set in its environment "
            f"({link('vLLM, usage stats collection', 'https://docs.vllm.ai/en/latest/usage/usage_stats/')})."
        )
    yield "Images, charts and weights are downloaded, from wherever their makers keep them: that only comes in."
    yield "Logs and metrics stay in the cluster as long as no chart is told to send them on; the plan sends none."


def _who_reads(option: PlacementOption) -> Iterator[str]:
    """Who could look at the data where it is processed."""
    if option.is_own:
        yield "Only those whom you let onto the machines can read it; nobody rents them out."
        return
    yield (
        f"{plain(option.offer.provider)} owns the machines: technically it could read what is in their memory and on "
        "their disks. What keeps it from that is the contract, and disks encrypted with keys of your own; the "
        "catalogue records no confidential computing."
    )


def _results(standing: Standing) -> str | None:
    """Where the program is told to write."""
    step = running_step(standing.plan)
    found = _OUTPUT.search("\n".join(step.commands)) if step else None
    return found[1] if found else None


def waits(option: PlacementOption) -> str | None:
    """The rate at which the GPUs read, and how to find out whether the disk gives it."""
    reading = next((line for t in option.throughput for line in t.lines if line.label == "Disk to GPU"), None)
    if reading is None:
        return None
    each = f", {figure(reading.value / option.gpus, 0)} for each of {option.gpus} GPUs" if option.gpus > 1 else ""
    cores = f"{option.offer.vcpu} vCPU" if option.offer.vcpu else "a number of vCPU that is not known"
    return (
        f"It is, if the volume reads less than **{figure(reading.value, 0)} MB a second**{each} "
        f"({plain(reading.formula)}). The catalogue holds no rate of the seller's disks: measure it before the "
        "run, with fio. If it is less, copy the data to a local NVMe disk first, or keep what is decoded already. "
        f"The machine has {cores} to decode and augment: GPUs that stand idle while the CPUs are full wait for that."
    )


def _room(line: CostLine) -> str:
    price = f" = {money(line.monthly_usd)} a month" if line.monthly_usd is not None else ""
    return f"{plain(line.item)}: {plain(line.formula)}{price}"
