"""Stages of one answer: who speaks with a machine waits for the sum of hearing, thinking and speaking, so a time that
was said for the answer is shared by the workloads that make it."""

from collections.abc import Sequence

from domain.workload import WorkloadSpec
from sizing.amount_of_work import is_heard_live

LANGUAGE = ("llm", "multimodal")


def with_shared_time(specs: Sequence[WorkloadSpec]) -> tuple[WorkloadSpec, ...]:
    """Each; of a conversation by voice the stages have an equal part of the time that was said for an answer. What
    listens keeps its steps: behind the last word it reads one window more, and not one for each part."""
    stages, answer_ms = stages_of(specs)
    if answer_ms is None:
        return tuple(specs)
    shared = set(stages) - {number for number, spec in enumerate(specs) if is_heard_live(spec)}
    part_ms = answer_ms / len(stages)
    return tuple(_within(spec, part_ms) if number in shared else spec for number, spec in enumerate(specs))


def _within(spec: WorkloadSpec, part_ms: float) -> WorkloadSpec:
    """With the first token, or the whole of an answer that has none, in that time."""
    whole_ms = None if spec.domain in LANGUAGE else part_ms
    traffic = spec.traffic.model_copy(update={"ttft_ms": part_ms, "latency_ms": whole_ms})
    return spec.model_copy(update={"traffic": traffic})


def stages_of(specs: Sequence[WorkloadSpec]) -> tuple[tuple[int, ...], float | None]:
    """Which of the workloads answer one after another by voice, and in how many milliseconds in all; null where they
    are no such chain or no time was said."""
    served = tuple(number for number, spec in enumerate(specs) if spec.task_type == "inference" and _is_stage(spec))
    kinds = {specs[number].domain for number in served}
    said = [t for number in served for t in (specs[number].traffic.latency_ms, specs[number].traffic.ttft_ms) if t]
    if len(served) < 2 or "speech" not in kinds or kinds.isdisjoint(LANGUAGE) or not said:
        return (), None
    return served, max(said)


def shared_time_note(specs: Sequence[WorkloadSpec]) -> tuple[str, ...]:
    """Of workloads whose time is shared already."""
    stages, _ = stages_of(specs)
    parts = [t for number in stages if not is_heard_live(specs[number]) and (t := specs[number].traffic.ttft_ms)]
    if not parts:
        return ()
    whole = min(parts) * len(stages)
    return (f"The {whole:,.0f} ms to an answer are shared by its {len(stages)} stages, {min(parts):,.0f} ms each.",)


def _is_stage(spec: WorkloadSpec) -> bool:
    return spec.domain == "speech" or spec.domain in LANGUAGE
