"""What every chart of a stack is asked: does this workload use it, and how is it installed and connected.

`Scene` is the plan's side: one workload on its machine, with the names of its objects and of the charts beside it.
`Wiring` is the chart's side. `drivers`, `observing`, `gateway`, `autoscaling`, `queueing`, `stores` and `people` hold
one for each chart that a plan knows how to use; `stack_steps` asks them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from artifacts.clusters import kind_of_own_cluster, uses_own_cluster
from artifacts.engines import SERVERS, Engine, workload_name
from artifacts.providers import provider_of
from artifacts.retrieving import answers_from_documents, foreign_store, numbered
from artifacts.sites import ONLINE, Site
from artifacts.workloads import NAMESPACE, Value, as_yaml, spans_machines
from domain.offers import Vendor
from domain.parts import Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

SERVING_CHART = "vllm-stack"
"""The chart that serves a model itself, behind a router of its own."""
ANSWERS = "answers"
"""What answers from documents: it speaks the model's own interface."""
PASSWORD = "$(openssl rand -hex 24)"
"""Shell words for a password that no one has typed."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One workload of a plan, where it runs, and which charts its cluster gets."""

    option: PlacementOption
    engine: Engine
    spec: WorkloadSpec
    site: Site = ONLINE
    charts: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    """Of the charts, those that the user asked for."""
    retrieval: Retrieval | None = None
    """What runs beside a generator that answers from documents."""
    machines: tuple[str, ...] = ()
    """Types of the machines of all workloads that use a chart in this cluster, where it asks."""
    shares_gpu: bool = False
    """With another workload of the plan."""
    stores: tuple[WorkloadPart, ...] = ()
    """The vector stores of all workloads that use the chart of one, where it asks; the largest first."""
    store_option: PlacementOption | None = None
    """Of the workload whose store is the largest, on whose machine the one that holds them all stands."""
    number: int = 1
    """Among the services of its cluster that answer from documents."""

    @property
    def name(self) -> str:
        """Of the workload's objects: Deployment or Job, Service, claims."""
        return workload_name(self.option)

    @property
    def serves(self) -> bool:
        return self.engine in SERVERS

    @property
    def model_api(self) -> bool:
        """Whether the server lists its models as OpenAI's API does."""
        return self.engine in (Engine.VLLM, Engine.LLAMA_CPP)

    @property
    def by_chart(self) -> bool:
        """Whether a chart serves the model in place of the plan's own objects."""
        return SERVING_CHART in self.charts and can_serve_by_chart(self)

    @property
    def service(self) -> str:
        """That answers for every copy, on port 80."""
        return f"{SERVING_CHART}-router-service" if self.by_chart else self.name

    @property
    def address(self) -> str:
        """Of the server, from inside the cluster."""
        return f"http://{self.service}.{NAMESPACE}"

    @property
    def entrance(self) -> str:
        """The Service that people come to: what answers from documents stands before its model."""
        return self.answers if self.answers_documents else self.service

    @property
    def other_store(self) -> str | None:
        """The vector store whose interface the plan's programs do not speak, where the vectors are kept in it."""
        return foreign_store(self.spec, self.charts)

    @property
    def answers_documents(self) -> bool:
        """Whether the plan's own programs read documents and answer from them."""
        return answers_from_documents(self.retrieval) and self.other_store is None

    @property
    def answers(self) -> str:
        """The Service that answers from documents, where there is one."""
        return numbered(ANSWERS, self.number)

    @property
    def vendor(self) -> Vendor | None:
        return self.option.offer.gpu.vendor if self.option.offer.gpu else None

    @property
    def cluster(self) -> str | None:
        """The kind of cluster: the one that is there, else the one that the steps set up."""
        if uses_own_cluster(self.option, self.spec) and (kind := kind_of_own_cluster(self.option, self.spec)):
            return kind
        return provider_of(self.option).kubernetes

    @property
    def nodes_have_driver(self) -> bool:
        """Whether the GPU nodes come with driver and device plugin, so that they need no operator."""
        if self.option.offer.in_cluster:
            return True
        ours = uses_own_cluster(self.option, self.spec) and self.spec.cluster
        return self.cluster in ("eks", "gke") or (not ours and provider_of(self.option).driver == "node")

    @property
    def is_public(self) -> bool:
        """Whether a public certificate authority can reach it."""
        return not (self.option.is_own or self.site.offline or self.spec.hosting in ("on_premises", "air_gapped"))


def can_serve_by_chart(scene: Scene) -> bool:
    """vLLM on one machine a copy, alone in its plan, where the chart's images and users are let in."""
    option = scene.option
    named = option.model is not None and not option.object_name
    fits = scene.engine is Engine.VLLM and named and not spans_machines(option)
    return fits and not scene.site.starts_servers_itself


@dataclass(frozen=True, slots=True)
class Install:
    """How a chart is installed: its values, `--set` words with shell variables in them, and the commands around."""

    values: Mapping[str, Value] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def _plain(scene: Scene) -> Install:
    return Install()


def _nothing(scene: Scene) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one chart is used.

    `unused`: why this workload has no use for it ("once ..."), empty where that is not worth telling, null where it
    uses it. `install`: the same for every workload of a cluster. `queue`: before the workload starts. `connect`: once
    it runs. `talks`: who calls whom, with the address.
    """

    unused: Callable[[Scene], str | None]
    install: Callable[[Scene], Install] = _plain
    queue: Callable[[Scene], tuple[str, ...]] = _nothing
    connect: Callable[[Scene], tuple[str, ...]] = _nothing
    talks: Callable[[Scene], tuple[str, ...]] = _nothing


def apply(*objects: Value, replaced: Mapping[str, str] | None = None) -> str:
    """`kubectl apply` of the objects. `replaced`: text in them -> the shell variable that takes its place, with what it
    holds: `{"host.invalid": "DOMAIN:?name that people reach it under"}`."""
    text = as_yaml(*objects)
    if not replaced:
        return f"kubectl apply -f - <<'EOF'\n{text}\nEOF"
    rules = " ".join(f'-e "s#{placeholder}#${{{variable}}}#g"' for placeholder, variable in replaced.items())
    return f"sed {rules} <<'EOF' | kubectl apply -f -\n{text}\nEOF"


def namespace(name: str) -> str:
    """Makes the namespace of a chart before the chart does, for what has to be in it first."""
    return f"kubectl create namespace {name} --dry-run=client -o yaml | kubectl apply -f -"


def secret(namespace_name: str, name: str, entries: Mapping[str, str]) -> str:
    """Makes a secret unless it is there. Entries are shell words: a literal, or a command that makes a password."""
    literals = " ".join(f'--from-literal={key}="{value}"' for key, value in entries.items())
    there = f"kubectl --namespace {namespace_name} get secret {name} >/dev/null 2>&1"
    return f"{there} || \\\n  kubectl --namespace {namespace_name} create secret generic {name} {literals}"


def metadata(name: str, where: str | None = NAMESPACE, **also: Value) -> Value:
    """Name and namespace of an object; no namespace for one of the whole cluster."""
    return {"name": name, **({"namespace": where} if where else {}), **also}
