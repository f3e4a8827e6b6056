"""Steps that deploy every workload of a request: one cluster at each place, a pool of machines and a manifest each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from artifacts.choices import place
from artifacts.clusters import MANAGED, runs_in_cluster, uses_own_cluster
from artifacts.documents import TITLES as READS_DOCUMENTS
from artifacts.finishing import MERGE, TAKE
from artifacts.giving_back import TITLE as GIVES_BACK
from artifacts.gpu_sharing import SHARES, share_step
from artifacts.helm import kubernetes_name
from artifacts.k3s import with_disk_told
from artifacts.notation import figure
from artifacts.object_names import object_names
from artifacts.own_image import TITLE as BUILD_IMAGE
from artifacts.proving import TITLE as PROVE
from artifacts.retrieval_objects import ENCODERS, MAKES_STORE, PARTS
from artifacts.retrieving import answers_from_documents
from artifacts.schedules import schedule_of
from artifacts.several_clusters import Cluster, in_cluster
from artifacts.steps import deployment_steps, scene_of
from artifacts.together import shared_machine_of
from artifacts.wiring import Scene
from artifacts.workloads import PORT
from domain.parts import Retrieval, Together
from domain.placement import PlacementOption
from domain.plan import Recommendation, StackComponent, Step
from domain.workload import WorkloadSpec

OF_ITS_OWN = ("Make room for the dataset and the checkpoints", "Bring the data", "Let the job read the database",
              BUILD_IMAGE, "Serve the model", "Run the job", "Ask it something",
              "Follow the job", "Submit the job", "Connect it", MERGE, TAKE, PROVE,
              *(PARTS.format(role=role) for role in ENCODERS), MAKES_STORE, *READS_DOCUMENTS)  # fmt: skip
"""Steps of one workload; those before them make ready for all."""
ADDED, SEES_GPUS, ASKS, FOLLOWS, WATCHES = (
    "Add the machines", "Check that Kubernetes sees the GPUs", "Ask it something", "Follow the job", "Watch it",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workload as it is deployed: its option with the names of its objects, its pool and its part of a GPU."""

    name: str
    spec: WorkloadSpec
    option: PlacementOption
    splits_gpu: bool
    retrieval: Retrieval | None = None
    number: int = 1
    """Among the services of its cluster that answer from documents."""


def together_steps(
    found: Together, specs: Sequence[WorkloadSpec], stack: tuple[StackComponent, ...]
) -> tuple[Step, ...]:
    """`specs`: one for each workload. Numbered through; what all share comes once."""
    # What serves adapters comes behind what tunes them.
    deployed = sorted(deployed_workloads(found, specs), key=lambda one: one.option.adapter is not None)
    by_place = sorted(deployed, key=_key_of_place)
    groups = [list(group) for _, group in groupby(by_place, key=_key_of_place)]
    groups.sort(key=lambda group: min(map(deployed.index, group)))
    steps: list[Step] = []
    last: list[Step] = []
    several = sum(runs_in_cluster(group[0].option) for group in groups) > 1
    for number, group in enumerate(groups):
        told = f"At {_place(group[0].option)}: " if len(groups) > 1 else ""
        made = [_told(step, told) for step in with_disk_told(tuple(_of_one_place(group, stack)))]
        if several and runs_in_cluster(group[0].option):
            made = list(in_cluster(made, Cluster(_cluster_name(group[0].option, groups), number, _is_theirs(group[0]))))
        steps += [step for step in made if not step.title.endswith(GIVES_BACK)]
        last += [step for step in made if step.title.endswith(GIVES_BACK)]
    return tuple(step.model_copy(update={"order": order}) for order, step in enumerate((*steps, *last), start=1))


def _is_theirs(one: Deployed) -> bool:
    return uses_own_cluster(one.option, one.spec)


def _cluster_name(option: PlacementOption, groups: Sequence[Sequence[Deployed]]) -> str:
    """Of the provider, and of the region where the plan has several of its clusters."""
    offer = option.offer
    alike = sum(group[0].option.offer.provider == offer.provider for group in groups) > 1
    return kubernetes_name(f"{offer.provider} {offer.region}" if alike else offer.provider)


def scenes_of(found: Together, specs: Sequence[WorkloadSpec]) -> tuple[Scene, ...]:
    """Every workload that runs in a cluster, as the charts beside it see it."""
    return tuple(_scene(one) for one in deployed_workloads(found, specs) if runs_in_cluster(one.option))


def _scene(one: Deployed) -> Scene:
    scene = scene_of(one.option, one.spec, one.retrieval)
    return replace(scene, shares_gpu=scene.shares_gpu or one.splits_gpu, number=one.number)


def deployed_workloads(found: Together, specs: Sequence[WorkloadSpec]) -> list[Deployed]:
    """`specs`: one for each workload; what was not placed is left out."""
    made: list[Deployed] = []
    pools: dict[tuple[str, ...], str] = {}
    called = object_names(found.workloads)
    for spec, workload in zip(specs, found.workloads, strict=True):
        if workload.option is None:
            continue
        option, machine = workload.option, shared_machine_of(workload, found)
        names = machine.names if machine else (workload.name,)
        share = option.share if option.gpus == option.offer.gpu_count == 1 else None
        if runs_in_cluster(option) and not option.is_own:
            pool = pools.setdefault(names, f"pool{len(pools) + 1}")
            option = option.model_copy(update={"pool": pool})
        proof = option.proof
        if share is not None and proof is not None:
            part = round(proof.memory_fraction * share, 2)
            option = option.model_copy(update={"proof": proof.model_copy(update={"memory_fraction": part})})
        again, parts = schedule_of(spec, workload.every), workload.retrieval
        if parts is not None and parts.generator_memory_fraction is not None and option.proof is not None:
            kept = option.proof.model_copy(update={"memory_fraction": parts.generator_memory_fraction})
            option = option.model_copy(update={"proof": kept})
        option = option.model_copy(update={"object_name": called[workload.name], "schedule": again})
        made.append(Deployed(workload.name, spec, option, share is not None, parts))
    return _counted(made)


def _counted(deployed: Sequence[Deployed]) -> list[Deployed]:
    """Several services of one cluster that answer from documents are told apart by their numbers."""
    seen: Counter[tuple[str, str, str]] = Counter()
    made = []
    for one in deployed:
        if answers_from_documents(one.retrieval):
            seen[_key_of_place(one)] += 1
            one = replace(one, number=seen[_key_of_place(one)])
        made.append(one)
    return made


def _key_of_place(deployed: Deployed) -> tuple[str, str, str]:
    """Machines of one provider and region are in one cluster; rented containers are each by itself."""
    offer = deployed.option.offer
    own_cluster = uses_own_cluster(deployed.option, deployed.spec) and not deployed.option.is_own
    if own_cluster and offer.provider.lower() not in MANAGED:
        return "", "", ""
    return offer.provider, offer.region, "" if runs_in_cluster(deployed.option) else deployed.name


def _place(option: PlacementOption) -> str:
    return "home" if option.is_own else place(option)


def _of_one_place(group: Sequence[Deployed], stack: tuple[StackComponent, ...]) -> Iterator[Step]:
    """What makes ready for all, then each workload's own, then what watches them."""
    scenes = tuple(_scene(one) for one in group)
    each = [
        deployment_steps(
            Recommendation(rank=1, option=one.option),
            stack,
            one.spec,
            one.retrieval,
            sharers=2 if one.splits_gpu else 1,
            neighbours=scenes,
            number=one.number,
        )
        for one in group
    ]
    yield from _shared_steps(group, each)
    if any(one.splits_gpu for one in group):
        names = " and ".join(one.name for one in group if one.splits_gpu)
        pool = next((one.option.pool for one in group if one.splits_gpu and one.option.pool), "")
        yield share_step(names, 2, pool)
    for number, (one, steps) in enumerate(zip(group, each, strict=True)):
        yield from (_its_own(step, one, PORT + number) for step in steps if _is_its_own(step))
    watching = [step for steps in each for step in steps if step.title == WATCHES]
    yield from sorted(watching, key=lambda step: len(step.detail))[-1:]
    yield from _given_back([step for steps in each for step in steps if step.title == GIVES_BACK])


def _is_its_own(step: Step) -> bool:
    return step.title in OF_ITS_OWN or step.title.endswith(SHARES)


def _shared_steps(group: Sequence[Deployed], each: Sequence[tuple[Step, ...]]) -> Iterator[Step]:
    """In the order of the longest way there; equal ones once, with the details of all."""
    kept: dict[tuple[str, tuple[str, ...]], Step] = {}
    whose: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one, steps in zip(group, each, strict=True):
        for step in steps:
            if _is_its_own(step) or step.title in (WATCHES, GIVES_BACK):
                continue
            key = step.title, step.commands or (step.detail,)
            known = kept.setdefault(key, step)
            whose.setdefault(key, []).append(one.name)
            if step.title.startswith("Ask for quota") and step.detail not in known.detail:
                kept[key] = known.model_copy(update={"detail": f"{_first_sentence(step)} {known.detail}"})
    order = {title: place for place, title in enumerate(dict.fromkeys(step.title for steps in each for step in steps))}
    titles = [title for title, _ in kept]
    for (title, commands), step in sorted(kept.items(), key=lambda item: order[item[0][0]]):
        if title == SEES_GPUS:
            yield _all_gpus(step, group)
        elif titles.count(title) > 1:
            yield step.model_copy(update={"title": f"{title} for {' and '.join(whose[title, commands])}"})
        else:
            yield step
        if title == "Join the machines into a cluster" and any(one.option.pool for one in group):
            yield _labels(group)


def _given_back(steps: Sequence[Step]) -> Iterator[Step]:
    """Each set of commands once, with the words that are for a service where one of them is; none that another has."""
    every = dict.fromkeys(step.commands for step in steps)
    for commands in (one for one in every if not any(set(one) < set(other) for other in every)):
        yield max((step for step in steps if step.commands == commands), key=lambda step: len(step.detail))


def _first_sentence(step: Step) -> str:
    return step.detail.split(";")[0].rstrip(".") + "."


def _all_gpus(step: Step, group: Sequence[Deployed]) -> Step:
    machines = {one.option.pool or one.name: one.option for one in group}
    total = sum(option.nodes * option.offer.gpu_count if option.pool else option.gpus for option in machines.values())
    rest = step.detail.partition(". ")[2]
    return step.model_copy(update={"detail": f"The column must add up to {figure(total)} or more. {rest}"})


def _labels(group: Sequence[Deployed]) -> Step:
    pools = {one.option.pool: one.name for one in group if one.option.pool}
    commands = tuple(
        f'kubectl label node "${{{pool.upper()}:?name of the machine of {name}}}" workload={pool}'
        for pool, name in pools.items()
    )
    detail = "Each workload is told its machines by a label; repeat it for each machine of a workload."
    return Step(order=0, title="Label the machines", detail=detail, commands=commands)


def _its_own(step: Step, one: Deployed, port: int) -> Step:
    """The step with its workload's name, on a port of its own."""
    commands = step.commands
    if step.title == ASKS:
        commands = tuple(
            command.replace(f" {PORT}:80 ", f" {port}:80 ").replace(f"127.0.0.1:{PORT}/", f"127.0.0.1:{port}/")
            for command in commands
        )
    return step.model_copy(update={"title": f"{step.title}: {one.name}", "commands": commands})


def _told(step: Step, where: str) -> Step:
    return step.model_copy(update={"title": f"{where}{step.title}"}) if where else step
