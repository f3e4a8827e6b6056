"""Hardware that was said and that the catalogue has no figures of: nothing is claimed of it but by its memory."""

from artifacts.verdict import TIGHT, not_known
from catalog.reference import Reference
from domain.workload import OwnedHardware, WorkloadSpec
from graph.asked_about import by_memory
from graph.asked_verdict import Asked
from graph.at_hand import gpu_of
from graph.described import spread
from sizing.amount_of_work import JOB_TASKS
from sizing.candidates import Candidate, candidates
from sizing.engines import PYTORCH, VLLM
from sizing.enough import states_of


def unknown_held(spec: WorkloadSpec, reference: Reference) -> tuple[OwnedHardware, ...]:
    """Of what is at hand, else of what is to be used: whatever has no name, or one that means no accelerator here."""
    held = spec.owned or tuple(
        OwnedHardware(gpu=name, count=spec.gpu.min_count, vram_gb=spec.gpu.min_vram_gb) for name in spec.gpu.models
    )
    named = (one for one in held if one.gpu or one.count)
    return tuple(one for one in named if _is_unknown(one, reference))


def _is_unknown(held: OwnedHardware, reference: Reference) -> bool:
    """A card without a name is known by its memory where both its number and that are said."""
    if held.gpu is None:
        return held.count is None or by_memory(held.vram_gb, reference) is None
    return gpu_of(held.gpu, reference, held.vram_gb) is None


def unknown_told(asked: Asked, reference: Reference) -> str:
    """The verdict on it: what the work needs, and no more than its memory tells; empty where all hardware is known."""
    spec, candidate = asked.spec, asked.candidate
    if candidate is None or spec.gpu_needed is False:
        return ""
    asks_of_none = spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"models": (), "min_vram_gb": None})})
    writes = candidate.is_language and spec.task_type not in JOB_TASKS
    told = []
    for held in unknown_held(spec, reference):
        each, nodes = spread(held)
        count = each * nodes
        card = held.gpu or "a card that was not named"
        name = f"{count} x {card}" if count > 1 else card
        memory = held.vram_gb * count if held.vram_gb else None
        meant = candidate if spec.models or memory is None else _that_fits(asks_of_none, asked, memory) or candidate
        states = states_of(asks_of_none, meant)
        told.append(not_known(meant.name, name, memory, states, (VLLM if writes else PYTORCH).name))
    return " ".join(told)


def _that_fits(spec: WorkloadSpec, asked: Asked, memory_gb: float) -> Candidate | None:
    """The first of the models considered of which some format leaves room in so much memory."""
    considered = candidates(spec, asked.models)
    return next((one for one in considered if any(gb <= TIGHT * memory_gb for _, gb in states_of(spec, one))), None)
