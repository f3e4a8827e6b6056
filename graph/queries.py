"""What the tools are asked for a workload: the spec's constraints, one typed query a tool."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from domain.models import ModelCard
from domain.own_files import own_yaml
from domain.queries import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_NAMES,
    ComputeQuery,
    ModelQuery,
    NamedModel,
    PackageQuery,
    names_within,
)
from domain.workload import WorkloadSpec
from graph.programmes import proven_programmes
from graph.stack import Role
from graph.stack_rules import stack_rules
from sizing.approaches import approach_for
from sizing.architecture import parameter_count_b
from sizing.candidates import ROUNDED, candidates, is_requested, names_a_size_alone, primary_request, runs_without_gpu
from sizing.constraints import asked_of_one
from sizing.cpu_service import outgrows_cores
from sizing.model_tasks import domains_of, fitting, preference_of, task_of
from sizing.retrieval import needs_retrieval
from sizing.search_service import needs_store

COMMITMENT_MONTHS = 12
"""How long a price may bind where the user did not say: three years cost less, and few would sign them unasked."""
COMMON_SIZES_B = (7.0, 15.0)
"""What a language model has whose size is left to us: smaller ones are for those without a GPU, larger for quality."""
LARGER_SIZES_B = ((24.0, 40.0), (60.0, 130.0))
"""The classes above: what a firm runs for its people, and what takes a machine of several GPUs."""
LARGE_FROM_B = 30.0
BESIDE_A_GENERATOR = {
    "embedding": "retrieval text embedding for document search",
    "reranking": "reranking of retrieved passages",
}
"""What retrieval-augmented generation needs beside its generator: task of the model -> the words to look for it by."""
MOST_BESIDE = 3
MOST_LARGER = 3
LANGUAGES = Path(__file__).with_name("query_languages.yaml")
CHARTS_PER_NAME = 8
"""Several repositories publish a chart of one name, and the user may rule out some of them."""


def without_needless_gpu(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec on machines without a GPU, where the recommended method runs well there and nobody asked for one; with
    one where that was only assumed and the load takes more cores than are sensible."""
    if spec.gpu_needed is False and "gpu_needed" in spec.assumed:
        return _with_needed_gpu(spec)
    if spec.gpu_needed is not True or not runs_without_gpu(spec, ()):
        return spec
    return with_gpu_assumed(spec, False, "GPU assumed: not needed, since the recommended method runs well on CPUs.")


def _with_needed_gpu(spec: WorkloadSpec) -> WorkloadSpec:
    found = next(iter(candidates(spec, ())), None)
    why = outgrows_cores(spec, found) if found is not None else None
    if why is None:
        return spec
    return with_gpu_assumed(spec, True, f"GPU assumed: needed, since {why}.")


def with_gpu_assumed(spec: WorkloadSpec, needed: bool, told: str) -> WorkloadSpec:
    """The spec with that assumed of a GPU, in the place of what was assumed of it before."""
    kept = tuple(said for said in spec.assumptions if said != spec.assumed.get("gpu_needed"))
    assumed = {**spec.assumed, "gpu_needed": told}
    return spec.model_copy(update={"gpu_needed": needed, "assumptions": (*kept, told), "assumed": assumed})


def compute_query(spec: WorkloadSpec) -> ComputeQuery:
    """Every offer under the hard constraints. Price and fit are left to placement, which sees the whole.

    Commitments are among them where one was spoken of: nobody is bound for a year unasked. A vector store stands on
    machines without a GPU.
    """
    commits = "reserved" in (spec.pricing, *spec.pricing_allowed)
    keeps_vectors = spec.gpu_needed is True and (needs_retrieval(spec) or needs_store(spec))
    return ComputeQuery(
        gpu_required=None if keeps_vectors else spec.gpu_needed,
        beside_gpus=keeps_vectors,
        gpu_models=names_within(spec.gpu.models),
        excluded_gpus=names_within(spec.gpu.excluded),
        min_gpu_count=asked_of_one(spec.gpu),
        min_vram_gb=spec.gpu.min_vram_gb,
        min_vcpu=spec.cpu.min_vcpu,
        min_ram_gb=spec.cpu.min_ram_gb,
        providers=names_within(spec.location.providers),
        excluded_providers=names_within(spec.location.excluded_providers),
        regions=names_within(spec.location.regions),
        jurisdictions=names_within(spec.location.jurisdictions),
        excluded_jurisdictions=names_within(spec.location.excluded_jurisdictions),
        compliance=names_within(proven_programmes(spec)),
        pricing=spec.pricing,
        max_term_months=longest_commitment(spec) if commits else 0,
        top_k=None,
    )


def longest_commitment(spec: WorkloadSpec) -> int:
    """Months that a reserved price may bind."""
    return spec.commitment_months or COMMITMENT_MONTHS


def package_query(roles: tuple[Role, ...]) -> PackageQuery:
    """The charts that may fill the roles, best first within each."""
    rules = stack_rules()
    of_roles = [name for role in roles for name in role.names]
    beside = [name for chart in of_roles for name in rules.companions.get(chart, ())]
    names = names_within((*of_roles, *beside))
    return PackageQuery(
        names=names, last_repositories=rules.last_resort_repositories, top_k=max(1, CHARTS_PER_NAME * len(names))
    )


def model_queries(spec: WorkloadSpec, top_k: int) -> tuple[ModelQuery, ...]:
    """The models the user named, those that can do the task, and for retrieval-augmented generation also an embedder
    and a reranker.

    No licence filter hides a model that was named: placement says why it cannot be used. Nothing is asked where the
    recommended approach is no model: those for small tables are none for a hundred million rows.
    """
    if approach_for(spec) is not None:
        return ()
    # Of documents the model that was named may be the one that searches, which only its row tells.
    open_to_us = spec.model_copy(update={"models": ()}) if spec.task_type == "rag" else spec
    smallest, largest = _common_sizes(open_to_us)
    task, domains = task_of(spec), domains_of(spec)
    for_the_task = ModelQuery(
        text=_in_words(spec)[:LONGEST_TEXT],
        domain=domains[0] if len(domains) == 1 else None,
        task=task.key if task else None,
        languages=languages_told(spec) if task else (),
        prefer=preference_of(spec) if task else None,
        licenses=names_within(spec.license.allowed),
        commercial=spec.license.commercial,
        min_params_b=smallest,
        max_params_b=largest,
        top_k=top_k,
    )
    queries = [for_the_task]
    queries += [
        for_the_task.model_copy(
            update={"min_params_b": least, "max_params_b": most, "top_k": MOST_LARGER, "prefer": "quality"}
        )
        for least, most in larger_sizes(open_to_us)
    ]
    if spec.models:
        named = named_models((model.name, model.params_b) for model in spec.models)
        queries.insert(0, ModelQuery(named=named, domain=spec.domain, top_k=top_k))
        queries[1] = queries[1].model_copy(update=_size_alone(spec))
    if spec.task_type == "rag":
        queries += [
            for_the_task.model_copy(
                update={
                    "text": text, "task": key, "domain": "embeddings", "top_k": MOST_BESIDE,
                    "languages": languages_told(spec), "min_params_b": None, "max_params_b": None,
                }
            )
            for key, text in BESIDE_A_GENERATOR.items()
            if task is None or task.key != key
        ]  # fmt: skip
    return tuple(queries)


def named_models(said: Iterable[tuple[str, float | None]]) -> tuple[NamedModel, ...]:
    """As many as a query takes; a name longer than any model's names none."""
    asked = (NamedModel(name=name, params_b=size) for name, size in said if len(name) <= LONGEST_NAME)
    return tuple(dict.fromkeys(asked))[:MOST_NAMES]


def _size_alone(spec: WorkloadSpec) -> dict[str, object]:
    """Filters for models of a size that was said without a name; none where a model was named."""
    sizes = [m.params_b or parameter_count_b(m.name) for m in spec.models if names_a_size_alone(spec, m)]
    told = max((size for size in sizes if size), default=None)
    if told is None or (len(sizes) < len(spec.models) and spec.task_type != "rag"):
        return {}
    return {"min_params_b": told / ROUNDED, "max_params_b": told * ROUNDED, "commercial": True, "include_gated": False}


def to_place(spec: WorkloadSpec, found: Iterable[ModelCard]) -> tuple[ModelCard, ...]:
    """The models to run on the GPUs asked for, each once; what was found to ride along beside them is left out."""
    each = tuple({model.key: model for model in found}.values())
    if primary_request(spec, each) is not None:
        return each
    # Those that were named to search tell by their rows that they are not the one that answers.
    named = [model for model in each if any(is_requested(one, model) for one in spec.models)]
    return tuple(dict.fromkeys((*fitting(spec, each), *named)))


def languages_told(spec: WorkloadSpec) -> tuple[str, ...]:
    """ISO 639-1 codes of the languages named in the user's words that the spec quotes or found no place for."""
    quotes = (*(item.quote for item in spec.evidence.values()), *(item.quote for item in spec.unplaced))
    return languages_in(" ".join(quotes))


def languages_in(text: str) -> tuple[str, ...]:
    """ISO 639-1 codes of the languages whose names are among the words."""
    words = set(re.findall(r"\w+", text))
    either_case = words | {word.lower() for word in words}
    return tuple(code for code, names in _languages().items() if not either_case.isdisjoint(names))


def language_named(code: str) -> str:
    """The English name of a language; its code where the table has none."""
    return next((name.capitalize() for name in _languages().get(code, ())), code)


@lru_cache
def _languages() -> dict[str, tuple[str, ...]]:
    return own_yaml(LANGUAGES, dict[str, tuple[str, ...]])


def larger_sizes(spec: WorkloadSpec) -> tuple[tuple[float, float], ...]:
    """The classes of larger models that may be worth their memory: hardware at hand bears them for nothing, a budget
    may, and so does what is rented for a smaller one and has room. None where the size is not left to us, a small one
    does, or the cheapest is wanted."""
    usual = _common_sizes(spec)[1]
    if usual is None or spec.task_type not in ("inference", "rag") or "high" in (
        spec.priorities.cost, spec.priorities.quality,
    ):  # fmt: skip
        return ()
    if spec.owned or spec.hosting == "existing_cluster":
        return tuple(sizes for sizes in LARGER_SIZES_B if sizes[1] > usual)
    above = tuple(sizes for sizes in LARGER_SIZES_B if sizes[0] > usual)
    return above if usual >= COMMON_SIZES_B[1] else ()


def size_note(spec: WorkloadSpec, chosen: ModelCard | None = None) -> str | None:
    """The assumption that goes with the sizes asked for; null where the user settled them. `chosen`: the model that is
    placed."""
    chosen_b, kind = chosen.params_b if chosen else None, ""
    named = any(chosen is None or is_requested(m, chosen) or names_a_size_alone(spec, m) for m in spec.models)
    if spec.task_type == "rag" and spec.models and not named:
        spec, kind = spec.model_copy(update={"models": ()}), " that answers"
    smallest, largest = _common_sizes(spec)
    if smallest is None:
        return None
    sizes = f"of {smallest:g}B to {largest:g}B" if largest else f"from {smallest:g}B up, since quality comes first"
    for least, most in larger_sizes(spec):
        if chosen_b is not None and least <= chosen_b <= most:
            why = "it costs no more than a smaller one here" if spec.budget.amount is None else "the budget bears it"
            if spec.owned or spec.hosting == "existing_cluster":
                why = "what is at hand bears it"
            return f"No model{kind} was named: a language model of {least:g}B to {most:g}B is taken, since {why}."
    return f"No model{kind} was named: language models {sizes} are considered."


def _common_sizes(spec: WorkloadSpec) -> tuple[float | None, float | None]:
    """The range of sizes, billions, of a language model on GPUs whose name and size are left to us."""
    if spec.domain != "llm" or spec.models or spec.gpu_needed is False or domains_of(spec) != ("llm",):
        return None, None
    task, best = task_of(spec), spec.priorities.quality == "high"
    sizes: tuple[float, ...] | None = None
    if task is not None:
        sizes = task.quality_sizes if best else task.sizes
    if sizes is None:
        sizes = (LARGE_FROM_B,) if best else COMMON_SIZES_B
    return next(iter(sizes), None), sizes[1] if len(sizes) > 1 else None


def _in_words(spec: WorkloadSpec) -> str:
    """The task in the words of a model card: the spec's terms and the user's own words for the use case."""
    supported = ("use_case", "domain", "dataset.modality", "industry")
    quotes = [spec.evidence[field].quote for field in supported if field in spec.evidence]
    terms = [spec.use_case, spec.domain, spec.industry, spec.dataset.modality, spec.task_type]
    return " ".join(dict.fromkeys(term.replace("_", " ") for term in (*terms, *quotes) if term))
