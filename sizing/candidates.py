"""The models a spec may use: rows of the catalogue, or what stands in for a model the catalogue does not know."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz

from domain.models import ModelCard
from domain.names import TUNED, size_in
from domain.workload import LANGUAGE_DOMAINS, Domain, RequestedModel, WorkloadSpec
from sizing.amount_of_work import EDITING
from sizing.approaches import SizedApproach, approach_for
from sizing.architecture import Shape, card_shape, parameter_count_b, typical_shape
from sizing.constraints import plain_name
from sizing.known_work import of_size, sized_names
from sizing.model_facts import LongerContext, longer_context, refused_formats, unsupported
from sizing.model_makers import origin_refusal
from sizing.model_tasks import domains_of, task_of
from sizing.precision import known_format
from sizing.published_networks import network_begun_by, network_named
from sizing.reference_workloads import ReferenceWorkload, is_volumetric
from sizing.sized_work import work_for, work_of

SAME_WORD = 80
"""Similarity from which a misspelt word still means the name (rapidfuzz, 0 to 100)."""
TALKS = {"chat": "instruct"}
"""Another word that makers have for a model that was taught to talk."""
_VERSION = re.compile(r"\d+(?:\.\d+)*")
"""As the names write it: the 2 of "Qwen2" is not that of "Qwen2.5"."""
_JOINTS = re.compile(r"[-/:\s]+")
"""Between the words of a name; a colon stands before the size in those of Ollama: "deepseek-r1:671b"."""
_BASE = re.compile(r"\bbase\b", re.IGNORECASE)
SAME_NAME = 85
"""Likewise for a whole name without its spaces, where a size of two digits is a good part of it."""
SAID_ROUNDED = 1.03
"""A size beside a name may be rounded so far: "Qwen 70B" is the 72B, and a 30B is another model than a 32B."""
ROUNDED = 1.1
"""A size that is said in words is rounded: who says 14B means 14.8B too."""
FROM_A_PICTURE = "image_to_video"
NO_BUSINESS = ("education", "research", "academia", "science")
READS_ONLY = frozenset({
    "fill-mask", "text-classification", "token-classification", "zero-shot-classification", "question-answering",
})  # fmt: skip
"""What encoders do: they answer a text in one pass, and write none."""
_TRAINING = ("training", "fine_tuning")

LARGEST_ENCODER_B = 1.0
"""Billions of parameters: the encoders that embed have fewer, the decoders that embed more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`card` is null for a model known by its parameter count only, and for a reference workload.

    `approach` is what is recommended in place of a model; `refused_formats` are number formats it must not run in.
    """

    card: ModelCard | None
    name: str
    source: str
    domain: Domain
    params_b: float
    shape: Shape
    reference: ReferenceWorkload
    note: str | None = None
    asked_format: str | None = None
    approach: SizedApproach | None = None
    refused_formats: frozenset[str] = frozenset()

    @property
    def is_language(self) -> bool:
        """A decoder with a KV cache, as opposed to everything served in one forward pass."""
        return self.domain in LANGUAGE_DOMAINS


def only_reads(card: ModelCard) -> bool:
    """Whether it answers a text in one pass, as an encoder does, instead of writing."""
    return card.pipeline_tag in READS_ONLY and card.domain in LANGUAGE_DOMAINS


def each_choice(spec: WorkloadSpec) -> tuple[tuple[WorkloadSpec, ...], ...]:
    """The spec with each of the models of which one is to run in the place of them all; those that are as welcome
    together, and the next where none of these can be placed. Alone where there is nothing to choose."""
    turns = sorted({model.choice for model in spec.models if model.choice is not None})
    return tuple(
        tuple(with_model_chosen(spec, model) for model in spec.models if model.choice == turn) for turn in turns
    ) or ((spec,),)


def with_model_chosen(spec: WorkloadSpec, chosen: RequestedModel) -> WorkloadSpec:
    """Of the models to choose from it has this one alone."""
    wanted = (model for model in spec.models if model.choice is None)
    return spec.model_copy(update={"models": (chosen.model_copy(update={"choice": None}), *wanted)})


def with_choice_made(spec: WorkloadSpec, taken: ModelCard | None) -> WorkloadSpec:
    """With the model that is taken as the first of those to choose from."""
    first = next((m for m in spec.models if m.choice is not None and taken and is_requested(m, taken)), None)
    if first is None:
        return spec
    models = (
        m if m.choice is None else m.model_copy(update={"choice": 1 if m == first else m.choice + 1})
        for m in spec.models
    )
    return spec.model_copy(update={"models": tuple(models)})


def candidates(spec: WorkloadSpec, models: Sequence[ModelCard]) -> tuple[Candidate, ...]:
    """Best first, in the order given; of models to choose from those of the first, then the others. A model the user
    named excludes all others; none means the licence forbids it.

    Where the recommended answer is no model (`sizing/approaches.py`), that is the only candidate.
    """
    return tuple(found for welcome in each_choice(spec) for one in welcome for found in _candidates(one, models))


def _candidates(spec: WorkloadSpec, models: Sequence[ModelCard]) -> tuple[Candidate, ...]:
    if (approach := approach_for(spec)) is not None:
        return (_approach_candidate(approach),)
    sized = [m for m in models if m.params_b]
    requested = primary_request(spec, sized)
    if requested is not None:
        found = [m for m in sized if is_requested(requested, m)]
        if network_named(requested.name) and not any(_asked_names(requested.name) & _written_names(m) for m in found):
            found = []  # "ResNet-101" is no detector that is built on it
        if not found and names_a_size_alone(spec, requested):
            meant = tuple(_meant(spec, m, requested) for m in sized if _can_be_meant(spec, m, requested))
            return meant or (_stand_in(spec, requested),)
        if not found:
            return (_stand_in(spec, requested),)
        found = _of_its_size(requested, found)
        if goes_on_from_base(spec, requested):
            found = [m for m in found if not TUNED.search(m.key)] or found
    else:
        domains = domains_of(spec)
        found = [m for m in sized if not domains or m.domain in domains]
        if not found or _is_volume_training(spec):
            return (_reference_candidate(spec),)
    found = _suited(spec, requested, found)
    if requested is None:
        found.sort(key=lambda model: longer_context(model, spec.context_tokens) is not None)  # by its own context first
    if requested is not None and (encoders := _encoders_of(spec, requested, found)):
        note = "{} names a family: {} is taken, an encoder, as is usual; the larger members are decoders of billions."
        return tuple(
            replace(_from_card(spec, m, known_format(requested.quantization), requested.name),
                    note=note.format(requested.name, m.name))
            for m in encoders if model_refusal(spec, m) is None
        )  # fmt: skip
    asked_format = known_format(requested.quantization) if requested else None
    asked = requested.name if requested else None
    return tuple(_from_card(spec, m, asked_format, asked) for m in found if model_refusal(spec, m) is None)


def goes_on_from_base(spec: WorkloadSpec, requested: RequestedModel) -> bool:
    """Whether the model is meant as it was before it was taught to talk: pretraining goes on, or that was said."""
    is_base = spec.training.method == "pretraining" or _BASE.search(requested.name) is not None
    return is_base and TUNED.search(requested.name) is None


def _suited(spec: WorkloadSpec, requested: RequestedModel | None, found: Sequence[ModelCard]) -> list[ModelCard]:
    """Without models that change pictures where they are to be made, without those that animate one where none is there
    (or the others, where one is), and without those whose licence forbids business, where others are left. Who names a
    model by its own name means it; a hobby, a school or a laboratory is no business."""
    if requested is not None and any(_asked_names(requested.name) & _own_names(m) for m in found):
        return list(found)
    kept = list(found)
    if spec.domain == "image_generation" and spec.use_case not in EDITING and spec.task_type not in _TRAINING:
        kept = [m for m in kept if m.pipeline_tag != "image-to-image"] or kept
    if spec.domain == "video":
        animates = spec.use_case == FROM_A_PICTURE
        kept = [m for m in kept if (m.pipeline_tag == "image-to-video") == animates] or kept
    if is_business(spec):
        kept = [m for m in kept if m.commercial_use is not False] or kept
    return kept


def _encoders_of(spec: WorkloadSpec, requested: RequestedModel, found: Sequence[ModelCard]) -> list[ModelCard]:
    """Of a family of embedders that has decoders of billions of parameters as well the encoders, where the family alone
    was named."""
    sized = requested.params_b or parameter_count_b(requested.name)
    if spec.domain != "embeddings" or sized or any(_asked_names(requested.name) & _own_names(m) for m in found):
        return []
    small = [m for m in found if (m.params_b or 0.0) < LARGEST_ENCODER_B]
    return small if len(small) < len(found) else []


def _own_names(model: ModelCard) -> set[str]:
    return {plain_name(name) for name in (model.key, model.key.split("/")[-1], model.name)}


def primary_request(spec: WorkloadSpec, models: Sequence[ModelCard]) -> RequestedModel | None:
    """The largest of the models the user named, the one that decides over the GPUs, of models to choose from the one
    that is tried first; null when none was named, or for answers from documents none that writes them."""
    if spec.task_type == "rag" and (beside := _searches_only(spec, models)):
        spec = spec.model_copy(update={"models": tuple(named for named in spec.models if named not in beside)})

    def size(requested: RequestedModel) -> float:
        told = requested.params_b or parameter_count_b(requested.name)
        return told or next((m.params_b for m in models if m.params_b and is_requested(requested, m)), 0.0)

    largest = max(spec.models, key=size, default=None)
    if largest is None or largest.choice is None:
        return max(_for_business(spec, models), key=size, default=None)
    first = min(model.choice for model in spec.models if model.choice is not None)
    return max((model for model in spec.models if model.choice == first), key=size)


def _searches_only(spec: WorkloadSpec, models: Sequence[ModelCard]) -> list[RequestedModel]:
    """Of the models that were named those that embed or rerank: they stand beside the one that answers."""
    meant = ((named, [m.domain for m in models if is_requested(named, m)]) for named in spec.models)
    return [named for named, domains in meant if domains and set(domains) == {"embeddings"}]


def _for_business(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Sequence[RequestedModel]:
    """Of several models named those that a business may use, where there are such."""
    if not is_business(spec) or len(spec.models) < 2:
        return spec.models
    forbidden = [named for named in spec.models if _forbids_business(named, models)]
    return [named for named in spec.models if named not in forbidden] or spec.models


def _forbids_business(requested: RequestedModel, models: Sequence[ModelCard]) -> bool:
    meant = _of_its_size(requested, [m for m in models if is_requested(requested, m)])
    return bool(meant) and all(m.commercial_use is False for m in meant)


def is_business(spec: WorkloadSpec) -> bool:
    """A hobby, a school or a laboratory is none."""
    return spec.stakes != "hobby" and spec.industry not in NO_BUSINESS


def behind_for_its_licence(spec: WorkloadSpec, requested: RequestedModel, models: Sequence[ModelCard]) -> bool:
    """Whether the model that was named stands behind another that was named since its licence forbids business."""
    return requested.choice is None and requested not in _for_business(spec, models)


def names_a_size_alone(spec: WorkloadSpec, requested: RequestedModel) -> bool:
    """Whether who says "a 14B model" leaves to us which; one that is trained from nothing has no weights to take.

    A question about such a size is answered for the size.
    """
    return parameter_count_b(requested.name) is not None and spec.task_type != "training" and spec.question is None


def _can_be_meant(spec: WorkloadSpec, model: ModelCard, requested: RequestedModel) -> bool:
    """Of that size, of the domain, under a licence for business, open to all, and published in 16 bits."""
    size = requested.params_b or parameter_count_b(requested.name) or 0.0
    fits = model.params_b is not None and 1 / ROUNDED <= model.params_b / size <= ROUNDED
    return (
        fits and model.domain == (spec.domain or "llm") and model.commercial_use is True and not model.gated
        and known_format(model.native_dtype) in ("bf16", "fp16", "fp32")
        and unsupported(model) is None and model_refusal(spec, model) is None
    )  # fmt: skip


def _meant(spec: WorkloadSpec, model: ModelCard, requested: RequestedModel) -> Candidate:
    note = (
        f"No model of {requested.name} was named: {model.name} ({model.params_b:.1f}B, {model.license}) is taken, the "
        "first choice of that size that is open to all."
    )
    return replace(_from_card(spec, model, known_format(requested.quantization)), note=note)


def _is_volume_training(spec: WorkloadSpec) -> bool:
    """Scans are trained on with a 3-D network, whatever pictures a catalogue's vision models were made for."""
    return spec.task_type in ("training", "fine_tuning") and spec.domain == "vision" and is_volumetric(spec)


def model_refusal(spec: WorkloadSpec, model: ModelCard) -> str | None:
    """Why its licence or its maker's country rules the model out; null when neither does. An unread licence does not
    count as commercial."""
    return _licence_refusal(spec, model) or origin_refusal(spec.model_origin, model)


def _licence_refusal(spec: WorkloadSpec, model: ModelCard) -> str | None:
    wanted = spec.license
    if wanted.commercial and model.commercial_use is not True:
        return f"its licence ({model.license or 'unknown'}) is not known to allow commercial use"
    if plain_name(model.license or "") in {plain_name(name) for name in wanted.excluded}:
        return f"its licence is {model.license}, which is not wanted"
    if wanted.allowed and plain_name(model.license or "") not in {plain_name(name) for name in wanted.allowed}:
        return f"its licence is {model.license or 'unknown'}, asked was {' or '.join(wanted.allowed)}"
    return None


def is_requested(requested: RequestedModel, model: ModelCard) -> bool:
    """Whether the catalogue row is the model the user named: by id, name, alias, or family and size."""
    asked, names = _asked_names(requested.name), _names(model)
    if not names.isdisjoint(asked) or not names.isdisjoint(_spoken_names(requested.name)):
        return True
    size = requested.params_b or _last_words_size_b(requested.name)
    if size is not None:
        if model.params_b is None:
            return False
        fits = 0.85 <= model.params_b / size <= 1.15 or _says_its_size(requested, model)
        return fits and _shares_a_word(requested.name, model)
    return plain_name(model.family) in asked or any(word in name for word in asked for name in names)


def _says_its_size(requested: RequestedModel, model: ModelCard) -> bool:
    """Whether its names say the size that was asked for: a 30B is not the 32B that was named."""
    size = requested.params_b or size_in(requested.name)
    named = (size_in(name) for name in (model.key, model.name))
    return size is not None and any(said and 1 / SAID_ROUNDED <= said / size <= SAID_ROUNDED for said in named)


def _of_its_size(requested: RequestedModel, found: Sequence[ModelCard]) -> list[ModelCard]:
    """A name that is one model's, a typo apart, means it and its repackings, which are of its size and bear its name:
    neither a small one distilled from it nor another of the family that happens to be as large."""
    asked = _asked_names(requested.name)
    if not any(asked & _names(m) for m in found):
        asked |= _spoken_names(requested.name)
    near = [max(fuzz.ratio(mine, theirs) for mine in asked for theirs in _names(m)) for m in found]
    exact = found[near.index(max(near))] if max(near, default=0.0) >= SAME_NAME else None
    if exact is None or exact.params_b is None:
        return [m for m in found if _says_its_size(requested, m)] or list(found)
    names = _names(exact)
    return [
        m for m in found
        if m.params_b is not None and 0.85 <= m.params_b / exact.params_b <= 1.15
        and any(other.startswith(name) for name in names for other in _names(m))
    ]  # fmt: skip


@lru_cache(maxsize=256)
def _asked_names(name: str) -> frozenset[str]:
    return frozenset({plain_name(name), plain_name(name.split("/")[-1])})


@lru_cache(maxsize=256)
def _spoken_names(name: str) -> frozenset[str]:
    """The name without what it is to do, which not every maker writes in it: "Qwen3-32B chat"."""
    words = name.split()
    return frozenset({plain_name(" ".join(word for word in words if word.lower() not in TALKS))} - {""})


@lru_cache(maxsize=256)
def _last_words_size_b(name: str) -> float | None:
    return parameter_count_b((name.split() or [""])[-1])


def _names(model: ModelCard) -> frozenset[str]:
    names, sized = _written_names(model), sized_names(model)
    return names.union(sized) if sized else names


def _written_names(model: ModelCard) -> frozenset[str]:
    return _plain_names(model.key, model.name, model.aliases)


@lru_cache(maxsize=4096)
def _plain_names(key: str, name: str, aliases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(plain_name(one) for one in (key, key.split("/")[-1], name, *aliases))


def _shares_a_word(requested_name: str, model: ModelCard) -> bool:
    """Every word and version the user gave appears in the row's names, a typo apart; sizes were compared before."""
    words = [w for w in _JOINTS.split(requested_name) if w and parameter_count_b(w) is None]
    names = " ".join((model.key, model.name, model.family, *model.aliases))
    text, versions = plain_name(names), frozenset(_VERSION.findall(names))
    told = [plain_name(w) for w in words if len(w) > 1 or w.isdigit()]
    if "chatbot" in model.use_cases:
        told = [w for w in told if w not in TALKS] or told  # what it does need not be in its name
    same = all(version in versions for w in words for version in _VERSION.findall(w))
    return bool(told) and same and all(_appears(word, text) or _appears(TALKS.get(word, word), text) for word in told)


def _appears(word: str, text: str) -> bool:
    return word in text or (len(word) > 3 and word.isalpha() and fuzz.partial_ratio(word, text) >= SAME_WORD)


def _from_card(
    spec: WorkloadSpec, card: ModelCard, asked_format: str | None, asked_name: str | None = None
) -> Candidate:
    sized, of_which_size = of_size(card, asked_name)
    shape = card_shape(sized)
    assert shape is not None
    assert sized.params_b is not None
    domain: Domain = "embeddings" if only_reads(card) and spec.task_type not in _TRAINING else card.domain
    domain_spec = spec.model_copy(update={"domain": domain})
    stretched = longer_context(card, spec.context_tokens)
    if stretched is not None:
        shape = replace(shape, context=stretched.tokens)
    note = " ".join(filter(None, (of_which_size, _caution(card, stretched)))) or None
    return Candidate(
        card, sized.name, card.key, domain, sized.params_b, shape, work_for(domain_spec, sized, shape),
        note, asked_format, refused_formats=refused_formats(card),
    )  # fmt: skip


def _caution(card: ModelCard, stretched: LongerContext | None) -> str | None:
    """What whoever named the model must know: the engine of a plan cannot serve it, or its context is stretched."""
    fact = unsupported(card)
    if fact is None and stretched is not None:
        return (
            f"{card.name} reads {stretched.original:,} tokens as trained and up to {stretched.tokens:,} with YaRN, "
            f"which may cost quality on short texts ({stretched.source})."
        )
    if fact is None:
        return None
    since = f"{fact.until} was its last version that could" if fact.until else "no version could"
    return f"{card.name}: {fact.engine} does not serve {fact.what} ({since}); use {fact.instead} ({fact.source})."


def runs_without_gpu(spec: WorkloadSpec, models: Sequence[ModelCard]) -> bool:
    """Whether nobody asked for a GPU and the recommended approach needs none: then machines without one come first.

    Who asks which GPU to take, or whether one is needed, has not asked for one.
    """
    open_ = spec.question is not None and spec.question.kind in ("which", "compare", "fits")
    asked = spec.gpu_needed is True and "gpu_needed" not in spec.assumed and not open_
    wants_gpu = asked or bool(spec.gpu.models or spec.gpu.vendors or spec.gpu.min_count)
    first = next(iter(candidates(spec, models)), None)
    return not wants_gpu and first is not None and first.approach is not None and first.approach.approach.cpu


def _approach_candidate(sized: SizedApproach) -> Candidate:
    row = sized.workload
    shape = typical_shape(row.params_b)
    return Candidate(None, row.name, row.source, row.domain, row.params_b, shape, row, sized.note, approach=sized)


def _reference_candidate(spec: WorkloadSpec) -> Candidate:
    row, task = work_for(spec), task_of(spec)
    named = "No model was named"
    if spec.models:
        named = f"{spec.models[0].name} is not in the catalogue and its size was not said"
    elif task is not None and task.takes and not _is_volume_training(spec):
        named = f"The catalogue has no model for {task.name} that meets the request and whose size is known"
    note = f"{named}: sized as {row.name} ({row.params_b * 1e3:,.0f}M parameters; {row.source})."
    return Candidate(None, row.name, row.source, row.domain, row.params_b, typical_shape(row.params_b), row, note)


def _stand_in(spec: WorkloadSpec, requested: RequestedModel) -> Candidate:
    """A model the catalogue does not know: by what was published of it, else by its parameter count, a decoder where it
    writes, else as the domain's reference workload."""
    network, asked_format = network_begun_by(requested.name), known_format(requested.quantization)
    if network is not None:
        work = work_of(spec, network)
        note = f"{requested.name} is not in the catalogue: one pass is {network.gmacs:g} GMACs ({network.source})."
        return Candidate(
            None, requested.name, network.source, work.domain, network.params_b, typical_shape(network.params_b), work,
            note, asked_format,
        )  # fmt: skip
    params_b = requested.params_b or parameter_count_b(requested.name)
    if params_b is None:
        return _reference_candidate(spec)
    shape, domain, work = typical_shape(params_b), spec.domain or "llm", work_for(spec)
    sized = shape.inferred if domain in LANGUAGE_DOMAINS else f"sized as {work.name}, by its parameters ({work.source})"
    note = f"{requested.name} is not in the catalogue; {sized}."
    return Candidate(None, requested.name, "the request", domain, params_b, shape, work, note, asked_format)
