"""What the tools are asked for a workload: the spec's constraints, one typed query a tool."""

from collections.abc import Iterable

from domain.models import ModelCard
from domain.queries import ComputeQuery, ModelQuery, NamedModel, PackageQuery
from domain.workload import WorkloadSpec
from graph.stack import Role
from sizing.constraints import asked_of_one

COMMON_SIZES_B = (7.0, 15.0)
"""What a language model has whose size is left to us: smaller ones are for those without a GPU, larger for quality."""
LARGE_FROM_B = 30.0
EMBEDDER_TEXT = "retrieval text embedding for document search"
EMBEDDERS = 3
PROVEN_PROGRAMMES = ("hipaa", "gdpr", "soc2", "pci", "fedramp", "iso27001")
"""Programmes of which the catalogue of providers records who offers them."""
CHARTS_PER_NAME = 8
"""Several repositories publish a chart of one name, and the user may rule out some of them."""


def proven_programmes(spec: WorkloadSpec) -> tuple[str, ...]:
    """The programmes asked for that the catalogue knows the providers of; the others narrow nothing, with a caution."""
    return tuple(programme for programme in spec.compliance if programme.lower() in PROVEN_PROGRAMMES)


def compute_query(spec: WorkloadSpec) -> ComputeQuery:
    """Every offer under the hard constraints. Price and fit are left to placement, which sees the whole."""
    return ComputeQuery(
        gpu_required=spec.gpu_needed,
        gpu_models=spec.gpu.models,
        excluded_gpus=spec.gpu.excluded,
        min_gpu_count=asked_of_one(spec.gpu),
        min_vram_gb=spec.gpu.min_vram_gb,
        min_vcpu=spec.cpu.min_vcpu,
        min_ram_gb=spec.cpu.min_ram_gb,
        providers=spec.location.providers,
        excluded_providers=spec.location.excluded_providers,
        regions=spec.location.regions,
        jurisdictions=spec.location.jurisdictions,
        compliance=proven_programmes(spec),
        pricing=spec.pricing,
        top_k=None,
    )


def package_query(roles: tuple[Role, ...]) -> PackageQuery:
    """The charts that may fill the roles, best first within each."""
    names = tuple(dict.fromkeys(name for role in roles for name in role.names))
    return PackageQuery(names=names, top_k=max(1, CHARTS_PER_NAME * len(names)))


def model_queries(spec: WorkloadSpec, top_k: int) -> tuple[ModelQuery, ...]:
    """The models the user named, those for the task, and for retrieval-augmented generation also an embedder.

    No licence filter hides a model that was named: placement says why it cannot be used.
    """
    smallest, largest = _common_sizes(spec)
    for_the_task = ModelQuery(
        text=_in_words(spec),
        domain=spec.domain,
        licenses=spec.license.allowed,
        commercial=spec.license.commercial,
        min_params_b=smallest,
        max_params_b=largest,
        top_k=top_k,
    )
    queries = [for_the_task]
    if spec.models:
        named = tuple(NamedModel(name=model.name, params_b=model.params_b) for model in spec.models)
        queries.insert(0, ModelQuery(named=named, domain=spec.domain, top_k=top_k))
    if spec.task_type == "rag" and spec.domain != "embeddings":
        embedder = {"text": EMBEDDER_TEXT, "domain": "embeddings", "min_params_b": None, "max_params_b": None}
        queries.append(for_the_task.model_copy(update={**embedder, "top_k": EMBEDDERS}))
    return tuple(queries)


def to_place(spec: WorkloadSpec, found: Iterable[ModelCard]) -> tuple[ModelCard, ...]:
    """The models to run on the GPUs asked for, each once; an embedder found for retrieval rides along on CPU."""
    fits = (model for model in found if spec.domain is None or spec.models or model.domain == spec.domain)
    return tuple({model.key: model for model in fits}.values())


def size_note(spec: WorkloadSpec) -> str | None:
    """The assumption that goes with the sizes asked for; null where the user settled them."""
    smallest, largest = _common_sizes(spec)
    if smallest is None:
        return None
    sizes = f"of {smallest:g}B to {largest:g}B" if largest else f"from {smallest:g}B up, since quality comes first"
    return f"No model was named: language models {sizes} are considered."


def _common_sizes(spec: WorkloadSpec) -> tuple[float | None, float | None]:
    """The range of sizes, billions, of a language model on GPUs whose name and size are left to us."""
    if spec.domain != "llm" or spec.models or spec.gpu_needed is False:
        return None, None
    return (LARGE_FROM_B, None) if spec.priorities.quality == "high" else COMMON_SIZES_B


def _in_words(spec: WorkloadSpec) -> str:
    """The task in the words of a model card: the spec's terms and the user's own words for the use case."""
    supported = ("use_case", "domain", "dataset.modality", "industry")
    quotes = [spec.evidence[field].quote for field in supported if field in spec.evidence]
    terms = [spec.use_case, spec.domain, spec.industry, spec.dataset.modality, spec.task_type]
    return " ".join(dict.fromkeys(term.replace("_", " ") for term in (*terms, *quotes) if term))
