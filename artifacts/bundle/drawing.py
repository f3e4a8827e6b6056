"""What a plan's picture shows: boxes with the plan's own names and numbers, and who talks to whom.

Mermaid and SVG are both made of it.
"""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Literal

from pydantic import Field

from artifacts.engines import SERVERS, engine_of, engine_version
from artifacts.notation import count, figure, one_line
from domain.base import Frozen
from domain.parts import SERVED_BY_THE_PLAN, Retrieval
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec

Kind = Literal["people", "entry", "workload", "store", "watching"]
COLUMNS: tuple[Kind, ...] = ("people", "entry", "workload", "store", "watching")
_WAYS_IN = ("user interface", "gateway", "llm gateway")
"""Of requests, in the order that one passes them."""
_QUEUES = ("workflow engine", "job queue")
"""Of jobs, likewise; a workflow engine beside a service fills its stores."""
_STORES = frozenset(
    {"vector database", "object storage", "experiment tracking", "image archive", "database", "cache", "feature store",
     "search engine", "message broker", "graph database", "time-series database", "shared storage"}
)  # fmt: skip
_WATCHING = frozenset({"metrics", "gpu metrics", "dashboards", "logs", "tracing", "llm tracing", "cost tracking"})
_JOBS = frozenset({"training", "fine_tuning", "batch_inference"})
LONGEST = 34
MOST_WORKLOADS = 8


class Box(Frozen):
    """One part, as lines of text."""

    id: str
    kind: Kind
    title: str
    lines: tuple[str, ...] = ()
    gpus: int = Field(default=0, description="drawn as small squares")


class Arrow(Frozen):
    start: str
    end: str
    label: str = ""
    watches: bool = False


class Drawing(Frozen):
    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def column(self, kind: Kind) -> tuple[Box, ...]:
        """The boxes of one kind, from the top."""
        return tuple(box for box in self.boxes if box.kind == kind)

    @property
    def told(self) -> str:
        """The picture in words, for who cannot see it."""
        names = {box.id: box.title for box in self.boxes}
        boxes = "; ".join(f"{box.title}: {', '.join(box.lines)}" if box.lines else box.title for box in self.boxes)
        arrows = "; ".join(f"{names[arrow.start]} to {names[arrow.end]}" for arrow in self.arrows)
        return f"{boxes}. Connections: {arrows}."


def drawing_of(plan: DeploymentPlan) -> Drawing:
    """Users or data on the left, then the way in, the workloads on their GPUs, the stores, and what watches."""
    workloads = list(_workloads(plan))
    boxes = [_people(plan), *_charts(plan, "entry", (*_WAYS_IN, *_QUEUES)), *workloads, *_beside(plan.retrieval)]
    boxes += [*_charts(plan, "store", _STORES), *_charts(plan, "watching", _WATCHING)]
    unique = tuple({box.id: box for box in boxes}.values())
    passed = _QUEUES if plan.spec.task_type in _JOBS else _WAYS_IN
    return Drawing(title=_cut(plan.title, 90), boxes=unique, arrows=tuple(_arrows(unique, passed)))


def _people(plan: DeploymentPlan) -> Box:
    traffic, spec = plan.spec.traffic, plan.spec
    if spec.task_type in _JOBS:
        size = f"{figure(spec.dataset.size_gb, 0)} GB" if spec.dataset.size_gb else ""
        kind = (spec.dataset.modality or "").replace("_", " ")
        return Box(id="people", kind="people", title="Data", lines=_kept(size, kind))
    served = plan.recommendations[0].option.served if plan.recommendations else None
    told = [
        f"{traffic.users:,} users" if traffic.users else "",
        f"{traffic.concurrent_users:,} at once" if traffic.concurrent_users else "",
        f"{figure(traffic.requests_per_second)} requests/s" if traffic.requests_per_second else "",
        count(served.in_flight, "request") + " in flight" if served else "",
    ]
    return Box(id="people", kind="people", title="Users", lines=_kept(*told)[:2])


def _workloads(plan: DeploymentPlan) -> Iterator[Box]:
    if plan.together is not None:
        placed = [workload for workload in plan.together.workloads if workload.option is not None]
        for number, workload in enumerate(placed[:MOST_WORKLOADS], start=1):
            if workload.option is not None:
                yield _workload(f"workload{number}", workload.name, workload.option, plan.spec)
        if len(placed) > MOST_WORKLOADS:
            yield Box(id="more", kind="workload", title=f"{len(placed) - MOST_WORKLOADS} more workloads")
    elif plan.recommendations:
        option = plan.recommendations[0].option
        name = option.model.name if option.model else option.runs or "The workload"
        yield _workload("workload1", name, option, plan.spec)


def _workload(name: str, title: str, option: PlacementOption, spec: WorkloadSpec) -> Box:
    engine = engine_of(option, spec)
    version = engine_version(option)
    runs = f"{engine.value} {version}" if version and engine in SERVERS else engine.value
    split = []
    if option.tensor_parallel > 1:
        split.append(f"tensor parallel {option.tensor_parallel}")
    if option.pipeline_parallel > 1:
        split.append(f"pipeline parallel {option.pipeline_parallel}")
    gpu = option.offer.gpu
    lines = _kept(
        f"{runs}, {option.quantization}" if option.quantization else runs,
        " and ".join((count(option.replicas, "copy").replace("copys", "copies"), *split)),
        f"{option.nodes} x {option.offer.instance_type}",
        f"{option.gpus} x {gpu.name}" if gpu and option.gpus else "no GPU",
        f"{option.offer.provider} {option.offer.region}",
    )
    return Box(id=name, kind="workload", title=_cut(title), lines=lines, gpus=option.gpus if gpu else 0)


def _beside(found: Retrieval | None) -> Iterator[Box]:
    """The other parts of a service that answers from documents."""
    for part in found.parts if found else ():
        if part.role in SERVED_BY_THE_PLAN:
            continue
        memory = f"{figure(part.memory_gib, 1)} GiB" if part.memory_gib else ""
        kind: Kind = "store" if part.role == "vector store" else "workload"
        model = part.model.partition("/")[2] if part.model else ""
        lines = _kept(model, memory, part.place)
        yield Box(id=part.role.replace(" ", "-"), kind=kind, title=part.role.capitalize(), lines=lines)


def _charts(plan: DeploymentPlan, kind: Kind, roles: Collection[str]) -> Iterator[Box]:
    ranks = {role: rank for rank, role in enumerate(roles)} if isinstance(roles, tuple) else {}
    numbered = [(component, component.role.partition(" (")[0]) for component in plan.stack]
    for number, (component, role) in sorted(enumerate(numbered), key=lambda found: ranks.get(found[1][1], 0)):
        has_store = plan.retrieval is not None and role == "vector database"
        if role in roles:
            name = f"{component.package.name} {component.package.version}"
            ident = "vector-store" if has_store else f"chart{number}"
            yield Box(id=ident, kind=kind, title=_cut(_spelled(role)), lines=_kept(name))


def _arrows(boxes: tuple[Box, ...], passed: tuple[str, ...]) -> Iterator[Arrow]:
    """`passed`: roles on the way from people or data to the workloads."""
    by_kind = {kind: [box for box in boxes if box.kind == kind] for kind in COLUMNS}
    titles = [_spelled(role) for role in passed]
    entry = [box for box in by_kind["entry"] if box.title in titles]
    served = [box for box in by_kind["workload"] if box.id.startswith("workload")]
    for box in by_kind["people"]:
        for target in entry[:1] or served:
            yield Arrow(start=box.id, end=target.id)
    for first, second in pairwise(entry):
        yield Arrow(start=first.id, end=second.id)
    for target in served if entry else ():
        yield Arrow(start=entry[-1].id, end=target.id)
    for box in by_kind["entry"]:
        for target in by_kind["store"] if box not in entry else ():
            yield Arrow(start=box.id, end=target.id)
    for box in served[:1]:
        for target in [other for other in by_kind["workload"] if not other.id.startswith("workload")]:
            yield Arrow(start=box.id, end=target.id)
    for box in served:
        for target in by_kind["store"]:
            yield Arrow(start=box.id, end=target.id)
    for box in by_kind["watching"][:1]:
        for target in served:
            yield Arrow(start=box.id, end=target.id, watches=True)


def _spelled(role: str) -> str:
    return f"{role[0].upper()}{role[1:]}".replace("Llm", "LLM").replace("Gpu", "GPU")


def _kept(*lines: str) -> tuple[str, ...]:
    return tuple(_cut(line) for line in lines if line)


def _cut(text: str, width: int = LONGEST) -> str:
    words = one_line(text)
    return words if len(words) <= width else f"{words[: width - 1].rstrip()}…"
