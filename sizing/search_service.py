"""A service that searches by meaning: the model that embeds questions, the store of all vectors, and the first filling.

`retrieval.py` is for services that answer; here the plan's own machines run the embedder.
"""

import math
from collections.abc import Sequence

from domain.base import HOURS_PER_MONTH
from domain.models import ModelCard
from domain.offers import Offer
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.placement import PlacementOption, ProofLine
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS, text_tokens
from sizing.demand import requests_asked_per_s
from sizing.encoders import REFERENCE_WIDTH, embedder_of
from sizing.retrieval import cpu_machines, why_none
from sizing.standards import setup_hours, working_hours
from sizing.units_of_work import pieces_of, unit_counted, unit_note
from sizing.vector_store import QUANTIZATION, VectorStore, store_at_hand, store_for, store_meant, store_wanted

SEARCHES = ("search", "semantic_search", "image_search", "deduplication", "similarity_search")
SEEN = ("vision", "multimodal")
"""Domains of the models that make vectors of pictures."""
LEAST_ROWS = 1000
DAYS = 24.0


def needs_store(spec: WorkloadSpec) -> bool:
    """Whether vectors are kept and searched, and how many: a store was asked for, or what it does is search."""
    wanted = store_wanted(spec)
    vectors = spec.domain == "embeddings" or (spec.domain in SEEN and (wanted or spec.use_case in SEARCHES))
    if not vectors or spec.task_type in (*TRAINING_TASKS, "rag") or spec.use_case == "reranking":
        return False
    searched = spec.use_case in SEARCHES and spec.task_type == "inference"
    return (wanted or searched) and (spec.dataset.items or 0) >= LEAST_ROWS


def search_service(
    spec: WorkloadSpec, option: PlacementOption, models: Sequence[ModelCard], offers: Sequence[Offer] = ()
) -> Retrieval:
    """What is kept beside the embedder, and how long the first filling takes on the plan's machines."""
    cards = (option.model, *models) if option.model is not None else tuple(models)
    embedder = embedder_of(spec, cards)
    unit = unit_counted(spec, of_data=True)
    texts_each, said = pieces_of(spec, unit), text_tokens(spec)
    documents = float(spec.dataset.items or 0)
    rows = documents * texts_each
    length = min(said, embedder.longest_input or said)
    dimensions = spec.media.dimensions or (embedder.dimensions if embedder.key else REFERENCE_WIDTH)
    store = store_for(rows, dimensions, length, store_meant(spec))
    texts = ProofLine(
        label="Texts", unit="tokens", value=rows * length, formula=f"{rows:,.0f} texts x {length:,} tokens each"
    )  # fmt: skip
    rate = next((t.value for t in option.throughput if t.metric == "requests_per_second"), None)
    fill = None
    if rate:
        fill = ProofLine(
            label="Embedding all texts once", unit="h", value=rows / rate / 3600,
            formula=f"{rows:,.0f} texts / {rate:,.0f} a second of the plan's {option.gpus} GPUs, doing nothing else",
        )  # fmt: skip
    kept = _kept(spec, store, option, offers)
    own = WorkloadPart(
        name=option.runs, role="model", model=option.model.key if option.model else None, place="own GPUs",
        memory_gib=option.proof.total_gib if option.proof else None, usd_per_month=option.price_per_month_usd,
        where=f"{option.nodes} x {option.offer.instance_type}",
    )  # fmt: skip
    hours = fill.value if fill is not None and option.job_hours is None else None
    prices = [own.usd_per_month, kept.usd_per_month]
    return Retrieval(
        corpus=Corpus(
            documents=documents, chunks=rows, embedded_tokens=rows * length, chunk_tokens=length, lines=(texts,)
        ),
        dimensions=dimensions,
        parts=(own, kept),
        embed_hours=hours,
        embed_usd=hours * option.price_per_hour_usd if hours else None,
        usd_per_month=None if None in prices else sum(price for price in prices if price is not None),
        assumptions=(
            *((told,) if (told := unit_note(spec, unit)) else ()),
            *_notes(store, hours, option, spec.deadline_hours),
        ),
        lines=(fill,) if fill is not None and hours is not None else (),
    )


def _kept(spec: WorkloadSpec, store: VectorStore, option: PlacementOption, offers: Sequence[Offer]) -> WorkloadPart:
    """The store on machines without a GPU, near the model where there are any."""
    theirs = store_at_hand(spec)
    found = None if option.is_own or theirs else cpu_machines(spec, option, offers, store.memory_gib)
    shards = found[1] if found else 1
    searches = requests_asked_per_s(spec)
    search = store.search_line(searches, shards) if searches else None
    lines = (*store.lines, *((search,) if search is not None else ()))
    part = WorkloadPart(
        name="Vector store", role="vector store", memory_gib=store.memory_gib, disk_gib=store.disk_gib, shards=shards,
        quantization=QUANTIZATION if store.quantized else None, vcpu=search.value if search else None, lines=lines,
        place="CPU machine", where=f"machines of yours with {store.memory_gib:,.1f} GiB of RAM in all",
        usd_per_month=0.0 if option.is_own else None,
    )  # fmt: skip
    if theirs is not None:
        return part.model_copy(update={"place": "theirs", "where": store.at_yours(theirs.called), "usd_per_month": 0.0})
    if option.is_own:
        return part
    if found is None:
        where = f"{store.memory_gib:,.1f} GiB of RAM; {why_none(store.memory_gib, offers)}"
        return part.model_copy(update={"place": "unknown", "where": where})
    offer, count = found
    size = f"{offer.vcpu} vCPU, {offer.ram_gib:g} GiB"
    hours = option.hours_per_month if option.job_hours is None else HOURS_PER_MONTH  # what a job has filled stays
    return part.model_copy(
        update={
            "where": f"{count} x {offer.instance_type} ({size}) at {offer.provider} {offer.region}",
            "usd_per_month": count * (offer.price_per_hour_usd or 0.0) * hours,
            "offer_key": offer.key,
        }
    )


def filled_by(hours: float, option: PlacementOption, due: float) -> str:
    """What is rented for the first filling alone so that it is done in time, and what that costs."""
    work = hours * option.nodes
    machines = math.ceil(work / working_hours(due))
    took = work / machines + setup_hours(due)
    each = f"{machines} x {option.offer.instance_type}"
    if machines <= option.nodes:
        return f"The first filling takes {hours:,.1f} h on the plan's machines, within the {due:,.4g} h that were said."
    usd = took * machines * option.price_per_hour_usd / option.nodes
    spent = "" if option.is_own else f", ${usd:,.2f} in all"
    return (
        f"The first filling within {due:,.4g} h takes {each}, rented for it alone for {took:,.1f} h{spent}; the plan's "
        f"{option.nodes} would take {hours:,.0f} h and are given to the searches."
    )


def _notes(store: VectorStore, hours: float | None, option: PlacementOption, due: float | None) -> list[str]:
    notes = [*store.copies_told]
    if hours is not None and due is not None:
        notes.append(filled_by(hours, option, due))
    elif hours is not None and hours > DAYS:
        eight = hours * option.gpus / 8
        notes.append(
            f"The first filling is {hours * option.gpus:,.0f} GPU hours: on 8 such GPUs, rented for it alone, "
            f"{eight:,.1f} h."
        )
    return notes
