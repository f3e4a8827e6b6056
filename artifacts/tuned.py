"""Which workload of a plan serves what another one tunes."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from artifacts.bringing_data import results_to_store
from artifacts.clusters import runs_in_cluster
from artifacts.engines import SERVERS, Engine, engine_of
from artifacts.finishing import tunes_adapters
from artifacts.helm import kubernetes_name
from artifacts.steps import scene_of
from artifacts.workloads import spans_machines
from domain.parts import PlacedWorkload, Together
from domain.placement import PlacementOption, ServedAdapter
from domain.workload import WorkloadSpec
from sizing.training import LORA_RANK

Job: TypeAlias = tuple[PlacedWorkload, PlacementOption, WorkloadSpec]


def with_adapters(found: Together, specs: Sequence[WorkloadSpec]) -> Together:
    """Every server of vLLM whose model a job of the same plan tunes by adapters has these. `specs`: one a workload."""
    made = list(found.workloads)
    for number, option, spec, tuned in _served_and_tuned(found, specs):
        if _can_have(option, spec) and _leaves_adapters(tuned):
            adapted = option.model_copy(update={"adapter": _adapter_of(tuned, option)})
            made[number] = made[number].model_copy(update={"option": adapted})
    return found.model_copy(update={"workloads": tuple(made)})


def untuned_notes(found: Together | None, specs: Sequence[WorkloadSpec]) -> tuple[str, ...]:
    """A sentence for each server that the steps start without what a job of the plan tunes for it."""
    if found is None:
        return ()
    tuned = tuple(
        f"The steps of {found.workloads[number].name} start with {option.model.key if option.model else option.runs} "
        f"as its maker published it: put what {job[0].name} leaves in its place once that is done."
        for number, option, _, job in _served_and_tuned(found, specs)
        if option.adapter is None
    )
    return (*tuned, *_others_served(found, specs))


def _others_served(found: Together, specs: Sequence[WorkloadSpec]) -> Iterator[str]:
    """A sentence for each server of another model than the one that a job of the same plan trains for the same use."""
    pairs = list(zip(found.workloads, specs, strict=True))
    jobs = {
        (spec.domain, spec.use_case): work for work, spec in reversed(pairs)
        if work.option is not None and spec.task_type == "training" and spec.use_case
    }  # fmt: skip
    for work, spec in pairs:
        option, job = work.option, jobs.get((spec.domain, spec.use_case or ""))
        if option is None or option.model is None or job is None or job.option is None:
            continue
        trained = job.option.model
        if engine_of(option, spec) in SERVERS and (trained is None or trained.key != option.model.key):
            yield (
                f"The steps of {work.name} serve {option.model.key} as its maker published it, and not what {job.name} "
                "trains: no program here serves that."
            )


def _served_and_tuned(
    found: Together, specs: Sequence[WorkloadSpec]
) -> Iterator[tuple[int, PlacementOption, WorkloadSpec, Job]]:
    """The place, option and spec of each server whose model a job tunes, with that job."""
    pairs = list(zip(found.workloads, specs, strict=True))
    jobs = {
        work.option.model.key: (work, work.option, spec) for work, spec in reversed(pairs)
        if work.option is not None and work.option.model is not None and spec.task_type == "fine_tuning"
    }  # fmt: skip
    for number, (work, spec) in enumerate(pairs):
        option = work.option
        if option is not None and option.model is not None and engine_of(option, spec) in SERVERS:
            tuned = jobs.get(option.model.key)
            if tuned is not None:
                yield number, option, spec, tuned


def _adapter_of(tuned: Job, option: PlacementOption) -> ServedAdapter:
    work, job, spec = tuned
    near = (job.offer.provider, job.offer.region) == (option.offer.provider, option.offer.region)
    named = option.model.name if option.model else work.name
    return ServedAdapter(
        name=f"{kubernetes_name(named)}-tuned", rank=LORA_RANK, trained_by=work.name,
        in_store=near and runs_in_cluster(job) and results_to_store(scene_of(job, spec)),
    )  # fmt: skip


def _leaves_adapters(tuned: Job) -> bool:
    _, job, spec = tuned
    return tunes_adapters(job, engine_of(job, spec), spec)


def _can_have(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """vLLM on one machine a copy, where files can be put beside the weights."""
    reached = (runs_in_cluster(option) or option.offer.can_be_node or option.is_own) and spec.hosting != "air_gapped"
    return engine_of(option, spec) is Engine.VLLM and reached and not spans_machines(option)
