"""The longest request that a server is set up to take where nobody said: what its use needs, as memory allows."""

import math

from domain.placement import LOAD_LINE, MemoryProof, PlacementOption, ProofLine
from domain.workload import WorkloadSpec
from sizing import standards
from sizing.demand import PROMPTS_PER_CONTEXT, Demand, demand_of
from sizing.memory import GIB
from sizing.usual_requests import usual_request

STEP_TOKENS = 1024
ASKED_LINE = "KV cache asked"


def with_longest_request(
    option: PlacementOption, spec: WorkloadSpec, memory_fraction: float | None = None
) -> PlacementOption:
    """The option with the proof of a server that also takes long requests beside its load.

    A plan is sized for requests of the length that each must take; what memory is left then decides over the limit.
    `memory_fraction`: what the engine may use, where another model shares its GPUs.
    """
    return _with_load_told(_with_longest(option, spec, memory_fraction), spec)


def _fixed_gib(proof: MemoryProof) -> float:
    return proof.weights_gib + proof.activation_gib + proof.overhead_gib


def _with_load_told(option: PlacementOption, spec: WorkloadSpec) -> PlacementOption:
    """With the line of the proof that says what the requests of the load keep at once, on one GPU."""
    proof, served = option.proof, option.served
    if (
        proof is None
        or served is None
        or not proof.context_tokens
        or any(one.label == LOAD_LINE for one in proof.lines)
    ):
        return option
    demand, places = demand_of(spec), [line.label for line in proof.lines]
    at_once, tokens = _in_flight(option, demand), demand.held_tokens
    if ASKED_LINE not in places or not proof.kv_bytes(tokens):
        return option
    each = f"{proof.kv_bytes(tokens) / tokens:,.0f} B a token on each GPU"
    line = ProofLine(
        label=LOAD_LINE, formula=f"{at_once:,} at once on a copy x {tokens:,} tokens x {each}, of what is left for it",
        value=at_once * proof.kv_bytes(tokens) / GIB, unit="GiB",
    )  # fmt: skip
    after = places.index(ASKED_LINE) + 1
    return option.model_copy(
        update={"proof": proof.model_copy(update={"lines": (*proof.lines[:after], line, *proof.lines[after:])})}
    )


def _with_longest(option: PlacementOption, spec: WorkloadSpec, memory_fraction: float | None) -> PlacementOption:
    proof = option.proof
    if spec.context_tokens is not None or proof is None or proof.mode != "serve" or not proof.context_tokens:
        return option
    demand = demand_of(spec)
    room = _room_gib(proof, memory_fraction) - _beside_gib(option, proof, demand)
    if proof.engine is not None and proof.engine.startswith("llama.cpp"):
        # Its memory is divided into slots of one length.
        room = _room_gib(proof, memory_fraction) / _in_flight(option, demand)
    longest = min(longest_wanted(spec), proof.max_context or proof.context_tokens)
    found = _longest_within(proof, room, longest)
    return option if found <= proof.context_tokens else option.model_copy(update={"proof": _proof_for(proof, found)})


def longest_wanted(spec: WorkloadSpec) -> int:
    """Tokens that a server of such a use is set up to take: four times a mean that was said, if that is more."""
    demand, most = demand_of(spec), usual_request(spec).most
    if spec.traffic.input_tokens is None:
        return most
    mean = (demand.input_tokens + demand.output_tokens) * PROMPTS_PER_CONTEXT
    return max(most, math.ceil(mean / STEP_TOKENS) * STEP_TOKENS)


def longest_note(option: PlacementOption | None, spec: WorkloadSpec) -> str | None:
    """What the plan assumes of the longest request; null where it was said, or answers are not counted in tokens."""
    proof = option.proof if option else None
    if option is None or proof is None or proof.mode != "serve" or not proof.context_tokens:
        return None
    if spec.context_tokens is not None:
        return None
    tokens, wanted = proof.context_tokens, longest_wanted(spec)
    ends = option.model.architecture.context_tokens if option.model else None
    why = f"which is ample for {usual_request(spec).name}"
    if tokens < wanted:
        why = "where the model ends" if ends is not None and tokens >= ends else "what memory leaves beside the load"
    longest = f"The longest request may have {tokens:,} tokens, prompt and answer together"
    return f"{longest}, {why}; a longer one is refused."


def _room_gib(proof: MemoryProof, memory_fraction: float | None) -> float:
    """For the cache of one GPU; the room that a plan leaves is left here too."""
    fraction = min(memory_fraction or proof.memory_fraction, proof.memory_fraction)
    budget = proof.usable_gib * fraction
    within = standards.MEMORY_SHARE * budget
    fixed = _fixed_gib(proof)
    asked = proof.kv_bytes(proof.context_tokens or 0) / GIB * (proof.concurrency or 1)
    return (within if fixed + asked <= within else budget) - fixed


def _in_flight(option: PlacementOption, demand: Demand) -> int:
    """Requests that one copy answers at once under the expected load."""
    all_copies = option.served.in_flight if option.served else demand.concurrent
    return max(1, math.ceil(all_copies / option.replicas))


def _beside_gib(option: PlacementOption, proof: MemoryProof, demand: Demand) -> float:
    """The cache of the other requests in flight, each of the usual length."""
    return (_in_flight(option, demand) - 1) * proof.kv_bytes(demand.held_tokens) / GIB


def _longest_within(proof: MemoryProof, room_gib: float, most: int) -> int:
    """The largest number of whole steps whose cache fits, or `most`; 0 where not even one does."""
    if proof.kv_bytes(most) / GIB <= room_gib:
        return most
    fits, too_long = 0, math.ceil(most / STEP_TOKENS)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if proof.kv_bytes(middle * STEP_TOKENS) / GIB <= room_gib:
            fits = middle
        else:
            too_long = middle
    return fits * STEP_TOKENS


def _proof_for(proof: MemoryProof, tokens: int) -> MemoryProof:
    """The same memory, divided for a longer request."""
    asked, fixed = proof.kv_bytes(tokens) / GIB, _fixed_gib(proof)
    room, at_once = proof.usable_gib * proof.memory_fraction - fixed, proof.concurrency or 1
    lines = tuple(
        ProofLine(
            label=line.label, value=asked * at_once, unit=line.unit, source=line.source,
            formula=line.formula.replace(f"{proof.context_tokens:,} tokens", f"{tokens:,} tokens", 1),
        ) if line.label == ASKED_LINE else line
        for line in proof.lines
    )  # fmt: skip
    return proof.model_copy(
        update={
            "context_tokens": tokens, "total_gib": fixed + asked * at_once, "lines": lines,
            "max_concurrency": None if asked <= 0 else max(0, math.floor(room / asked)),
        }
    )  # fmt: skip
