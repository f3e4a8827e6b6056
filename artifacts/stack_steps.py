"""Which charts of a stack are used by the workloads of a cluster, and the commands that install and connect them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from artifacts import autoscaling, brokers, drivers, gateway, guarding, observing, people, queueing, stores, vllm_stack
from artifacts.helm import in_order, install_command, kubernetes_name
from artifacts.proportion import proportion_of
from artifacts.providers import machine_type
from artifacts.wiring import Scene, Wiring
from artifacts.workloads import NAMESPACE, as_yaml
from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from domain.packages import Package
from domain.plan import LaterComponent, StackComponent

WIRINGS: Mapping[str, Wiring] = {
    **drivers.WIRINGS, **observing.WIRINGS, **gateway.WIRINGS, **autoscaling.WIRINGS, **queueing.WIRINGS,
    **stores.WIRINGS, **brokers.WIRINGS, **people.WIRINGS, **guarding.WIRINGS, **vllm_stack.WIRINGS,
}  # fmt: skip
"""By the chart's name."""
_LOGINS = "identity"
INTO = {people.WEB_UI: NAMESPACE, vllm_stack.CHART: NAMESPACE, autoscaling.AUTOSCALER: "kube-system"}
"""Charts that are installed beside the workload, because they read Secrets there, or where their role is known."""


def chart_namespaces(stack: Iterable[StackComponent]) -> tuple[str, ...]:
    """The namespaces that the charts have to themselves."""
    own = (INTO.get(part.package.name, kubernetes_name(part.package.name)) for part in stack)
    return tuple(dict.fromkeys(name for name in own if name not in INTO.values()))


class WorthAdding(Frozen):
    roles: dict[str, str]
    around: dict[str, str]
    theirs: dict[str, str]
    other: str
    asked: str
    lacks: dict[str, str]
    images_moved: str
    not_pulled: str


@lru_cache
def worth_adding() -> WorthAdding:
    path = Path(__file__).with_name("worth_adding.yaml")
    return own_yaml(path, WorthAdding)


def used_and_later(
    candidates: tuple[StackComponent, ...], scenes: Sequence[Scene], moved: Iterable[str] = ()
) -> tuple[tuple[StackComponent, ...], tuple[LaterComponent, ...]]:
    """The charts that some workload uses, with what they talk to, and those for later. `moved`: repositories whose
    images are gone. Leaving one out may leave another without use, so it is asked until nothing changes."""
    gone = set(moved)
    kept = tuple(part for part in candidates if part.package.repository not in gone and not _lacks(part.package))
    while True:
        seen = [_among(scene, kept) for scene in scenes]
        left = tuple(part for part in kept if _is_used(part, seen))
        if len(left) == len(kept):
            break
        kept = left
    told = tuple(part.model_copy(update={"connects": _talks(part, seen)}) for part in kept)
    names = {part.package.key for part in kept}
    later = ((part, _reason(part, seen, gone)) for part in candidates if part.package.key not in names)
    return told, tuple(
        LaterComponent(role=part.role, package=part.package, reason=reason) for part, reason in later if reason
    )


def install_commands(
    stack: tuple[StackComponent, ...], scenes: Sequence[Scene], *, folder: str | None = None
) -> tuple[str, ...]:
    """For the charts that a workload here uses, in order: what goes before each, the chart, what goes after it."""
    seen = [_among(scene, stack) for scene in scenes]
    commands: list[str] = []
    for part in in_order(stack):
        users = [scene for scene in seen if _uses(part, scene)]
        if not users:
            continue
        wiring = WIRINGS.get(part.package.name)
        machines = tuple(sorted({machine_type(scene.option.offer) for scene in users}))
        held = [(store, scene.option) for scene in users if (store := stores.part_of(scene, "vector store"))]
        held.sort(key=lambda one: -(one[0].memory_gib or 0.0))
        asked = replace(
            users[0], machines=machines, stores=tuple(store for store, _ in held),
            store_option=held[0][1] if held else None,
        )  # fmt: skip
        made = wiring.install(asked) if wiring else None
        values = as_yaml(made.values) if made and made.values else ""
        words, into = made.words if made else (), INTO.get(part.package.name)
        command = install_command(part.package, values, words, folder=folder, into=into)
        if command is None:
            continue
        if part.role == drivers.ROLE and not part.wanted and users[0].site.cluster_is_there:
            command = f"{drivers.seen_by_cluster(users[0])} || \\\n  {command}"
        commands += [*(made.before if made else ()), command, *(made.after if made else ())]
    return (*commands, *dict.fromkeys(text for scene in seen for text in drivers.accelerator_objects(scene)))


def installed_here(stack: tuple[StackComponent, ...], scenes: Sequence[Scene]) -> tuple[StackComponent, ...]:
    """Those of a plan's charts that some workload of these uses."""
    seen = [_among(scene, stack) for scene in scenes]
    return tuple(part for part in in_order(stack) if any(_uses(part, scene) for scene in seen))


def queue_commands(stack: tuple[StackComponent, ...], scene: Scene) -> tuple[str, ...]:
    """Before the workload starts."""
    return tuple(text for wiring, seen in _wirings(stack, scene) for text in wiring.queue(seen))


def connect_commands(stack: tuple[StackComponent, ...], scene: Scene) -> tuple[str, ...]:
    """Once the workload runs."""
    return tuple(text for wiring, seen in _wirings(stack, scene) for text in wiring.connect(seen))


def _wirings(stack: tuple[StackComponent, ...], scene: Scene) -> list[tuple[Wiring, Scene]]:
    seen = _among(scene, stack)
    parts = [part for part in in_order(stack) if part.package.repository_url and _uses(part, seen)]
    return [(WIRINGS[part.package.name], seen) for part in parts if part.package.name in WIRINGS]


def _among(scene: Scene, parts: Sequence[StackComponent]) -> Scene:
    """The scene with these charts in its cluster."""
    return replace(
        scene,
        charts=frozenset(part.package.name for part in parts),
        wanted=frozenset(part.package.name for part in parts if part.wanted),
    )


def _is_used(part: StackComponent, scenes: Sequence[Scene]) -> bool:
    return any(_uses(part, scene) for scene in scenes)


def _uses(part: StackComponent, scene: Scene) -> bool:
    """A chart that no module knows is for the user's own programs: it was asked for, and the cluster is new. Small work
    has nothing around it but what was asked for."""
    if not part.wanted and not _is_in_proportion(part, scene):
        return False
    wiring = WIRINGS.get(part.package.name)
    return wiring.unused(scene) is None if wiring else _is_for_their_programs(part, scene)


def _is_for_their_programs(part: StackComponent, scene: Scene) -> bool:
    """A wish for a login is no wish for a server of logins: people have one where they log in elsewhere."""
    named = {squash(word) for word in scene.spec.components.wanted}
    chosen_for_them = part.role.split(" (")[0] == _LOGINS and named and squash(part.package.name) not in named
    return part.wanted and not scene.site.cluster_is_there and not chosen_for_them


def _is_in_proportion(part: StackComponent, scene: Scene) -> bool:
    """Whether work of this size has such a chart: small work only what it does not run without, and a cluster that is
    there nothing that is the cluster's own."""
    if _is_theirs(part, scene) or _cannot_be_pulled(part, scene):
        return False
    scale = proportion_of(scene.option, scene.spec).scale
    if scale != "small cluster":
        return scale == "cluster"
    name = part.package.name
    signs = name == gateway.CERT_MANAGER and drivers.AMD in scene.charts and scene.vendor == "amd"
    return name in drivers.WIRINGS or name in (queueing.LWS, autoscaling.AUTOSCALER) or signs


def _is_theirs(part: StackComponent, scene: Scene) -> bool:
    role, signs = part.role.split(" (")[0], drivers.AMD in scene.charts and part.package.name == gateway.CERT_MANAGER
    return scene.site.cluster_is_there and role in worth_adding().theirs and not signs


def _cannot_be_pulled(part: StackComponent, scene: Scene) -> bool:
    """Whether its images would come from where nothing may be pulled from: only those of the workload are copied."""
    return bool(scene.spec.sources.excluded) and part.role != drivers.ROLE


def _talks(part: StackComponent, scenes: Sequence[Scene]) -> tuple[str, ...]:
    wiring = WIRINGS.get(part.package.name)
    if wiring is None:
        return (f"is for your own programs, in the namespace {kubernetes_name(part.package.name)}",)
    return tuple(dict.fromkeys(text for scene in scenes if _uses(part, scene) for text in wiring.talks(scene)))


def _reason(part: StackComponent, scenes: Sequence[Scene], gone: set[str]) -> str:
    known = worth_adding()
    if part.package.repository in gone:
        return known.images_moved if part.wanted else ""
    if lacks := _lacks(part.package):
        return f"it needs {lacks}"
    if not part.wanted and any(_is_theirs(part, scene) for scene in scenes):
        return known.theirs[part.role]
    if not part.wanted and any(_cannot_be_pulled(part, scene) for scene in scenes):
        return known.not_pulled
    if not any(_is_in_proportion(part, scene) for scene in scenes):
        return known.around.get(part.role, "")
    wiring = WIRINGS.get(part.package.name)
    if wiring is None:
        reason = known.roles.get(part.role, known.other)
        return f"{reason}{known.asked}" if part.wanted else reason
    said = [wiring.unused(scene) for scene in scenes]
    return next((text for text in said if text), "")


def _lacks(package: Package) -> str:
    return worth_adding().lacks.get(package.name, "")
