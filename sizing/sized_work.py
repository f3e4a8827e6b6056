"""The work of one item at the sizes that were said: pixels, seconds, steps, tokens, points, streams.

`reference_workloads.yaml` says what stands in for a model nobody knows, `known_work.yaml` what known models take. Both
are scaled here: a network of patches or of text by its tokens and attention's square, convolutions by pixels.
"""

import re
from dataclasses import replace

from domain.models import ModelCard
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TEXT_TOKENS, TRAINING_TASKS, is_heard_live, is_spoken_live, text_tokens
from sizing.architecture import Shape
from sizing.known_work import KnownWork, known_work, known_work_of
from sizing.live_speech import listening, speaking
from sizing.published_networks import PublishedNetwork
from sizing.reference_workloads import (
    CLOUDS,
    READ_GB_PER_GFLOP,
    VOLUMES,
    ReferenceWorkload,
    for_task,
    reference_for,
    workload_named,
)
from sizing.speeds import item_speed

Sides = tuple[int, int]
MADE: tuple[str, ...] = ("image_generation", "video")
"""Domains whose pictures are made at the size that was said."""
WHOLE: tuple[str, ...] = ("segmentation",)
"""Reference workloads that read every pixel, in tiles."""
SCALED: tuple[str, ...] = ("image-classification",)
"""Those whose networks have one size of input, to which pictures are scaled."""
RECOGNITION, SPEAKERS = "speech-recognition", "speaker-diarization"
DOES = {
    "object-detection": "object-detection", "zero-shot-object-detection": "object-detection",
    "image-segmentation": "segmentation", "mask-generation": "segmentation",
    "image-classification": "image-classification", "zero-shot-image-classification": "image-classification",
    "text-to-speech": "speech-synthesis", "text-to-audio": "speech-synthesis",
    "automatic-speech-recognition": "speech-recognition",
    "video-classification": "video-classification",
}  # fmt: skip
"""What models of a kind do -> the workload that stands for it."""
ENCODES_PICTURES = "image-feature-extraction"
SEES = {"segmentation": "segmentation", "detection": "object-detection", "classification": "image-classification"}
"""What an encoder of pictures is tuned for -> the workload that stands for it."""
LARGEST_SCALED_PIXELS = 9e6
"""Up to a camera's 4K a detector gets a picture scaled down; larger ones are tiled, or small things are lost."""
LARGEST_TRAINED_SIDE = 1024
"""Classifiers are trained on pictures of up to so many pixels a side."""
RERANKED = 1000
"""Up to so many texts are the passages of one query."""
COLUMNS = 50
"""Of a row, where nobody said."""
POINTS = 120_000
"""Of one cloud in the reference for point clouds."""
GIGA = 1e9


def work_for(spec: WorkloadSpec, card: ModelCard | None = None, shape: Shape | None = None) -> ReferenceWorkload:
    """The work of one item by this model, or by the reference where none is known."""
    row = _row(spec, card)
    if row.key == RECOGNITION and card is not None:
        row = replace(row, token_gb=_decoder_gb(row, card))
    if row.key == RECOGNITION and card is not None and _tells_speakers(spec, card):
        row = _with_speakers(row, card)
    known = known_work_of(card) if card is not None else None
    if row.key == "speech-synthesis":
        row = _spoken(row, known, card)
    if row.domain == "speech" and is_heard_live(spec):
        return listening(spec, row, known, card)
    if row.domain == "speech" and is_spoken_live(spec):
        return speaking(row, known, card)
    if row.key == "text-embedding":
        return _of_text(spec, row, card, shape)
    if row.key == "tabular" and card is None and spec.models and spec.task_type not in TRAINING_TASKS:
        return _of_rows(spec, row)
    if row.domain in MADE and row.kind == "diffusion":
        return _made(spec, row, known, card)
    if row.key == CLOUDS:
        return _of_points(spec, row)
    if row.domain == "vision" and row.key not in (VOLUMES, "document-parsing"):
        return _seen(spec, row, known, card)
    return row


def borrowed_from(spec: WorkloadSpec, card: ModelCard) -> str | None:
    """The reference workload whose figures stand for a model that is no such network, so that they prove nothing of
    it: a model of the weather is none of proteins. Null where they are of its kind, or its own."""
    row = work_for(spec, card)
    if not row.tags or card.pipeline_tag in row.tags or known_work(card.key) is not None:
        return None
    return row.name


def work_of(spec: WorkloadSpec, network: PublishedNetwork) -> ReferenceWorkload:
    """The work of one picture by a network that no catalogue lists, as it was published."""
    row = for_task(spec, workload_named(DOES[network.pipeline_tag]))
    seen = _seen(spec, row, KnownWork(keys=(), sides=network.sides, gmacs=network.gmacs, source=network.source), None)
    size = seen.name.rpartition(" at ")[2]
    return replace(seen, name=f"{network.name} at {size}", params_b=network.params_b)


def _row(spec: WorkloadSpec, card: ModelCard | None) -> ReferenceWorkload:
    """As the use says; where it says nothing of a picture, a clip or speech, as what the model is made for."""
    row = reference_for(spec)
    made_for = _made_for(card) if card is not None else None
    if made_for is None or row.key in (VOLUMES, CLOUDS):
        return row
    if spec.use_case in row.words and not (row.key == SPEAKERS and made_for == RECOGNITION):
        return row
    own = for_task(spec, workload_named(made_for))
    return own if own.domain == row.domain or (row.domain, own.domain) == ("scientific", "vision") else row


def _made_for(card: ModelCard) -> str | None:
    """The workload of what it does; for an encoder of pictures in a science, which is no model of proteins, what its
    maker tunes it for."""
    if card.pipeline_tag == ENCODES_PICTURES and card.domain == "scientific":
        return next((SEES[use] for use in card.use_cases if use in SEES), SEES["classification"])
    return DOES.get(card.pipeline_tag)


def _decoder_gb(row: ReferenceWorkload, card: ModelCard) -> float:
    """In 16 bits: 16 squares of the width a layer (attention to itself and to what was heard, a feed-forward of four
    widths) and the table of words; else in proportion to the parameters."""
    shape = card.architecture
    if not shape.layers or not shape.hidden_size or not shape.vocab_size:
        return row.token_gb * (card.params_b or row.params_b) / row.params_b
    return 2 * (16 * shape.layers * shape.hidden_size**2 + shape.vocab_size * shape.hidden_size) / GIGA


def _tells_speakers(spec: WorkloadSpec, card: ModelCard) -> bool:
    """Whether speakers are to be told apart beside a model that only writes down what they say."""
    if is_heard_live(spec) or spec.task_type in TRAINING_TASKS:
        return False
    words = workload_named(SPEAKERS).words
    return bool(words & {spec.use_case, *spec.features}) and not words & set(card.use_cases)


def _with_speakers(row: ReferenceWorkload, card: ModelCard) -> ReferenceWorkload:
    """A chunk that is written down and whose speakers are told apart, one after the other on the same GPU."""
    told = workload_named(SPEAKERS)
    size = (card.params_b or row.params_b) / row.params_b
    slower = item_speed(row.kind).share[16] / item_speed(told.kind).share[16]
    return replace(
        row, name=f"{card.name} with {told.name}", params_b=row.params_b * size,
        gmacs_per_item=row.gmacs_per_item * size + told.gmacs_per_item * slower, read_gb=row.read_gb * size,
        host_ms=row.host_ms * size, source=f"{row.source}; {told.source}",
        serve_activation_gib=row.serve_activation_gib + told.serve_activation_gib,
        note=f"{card.name} does not tell speakers apart: the work of {told.name} is added to each chunk.",
    )  # fmt: skip


def _spoken(row: ReferenceWorkload, known: KnownWork | None, card: ModelCard | None) -> ReferenceWorkload:
    """Speech by a model whose own work is known; else it scales with the parameters from the reference."""
    if known is None or card is None or not known.gmacs:
        return row
    return replace(
        row, name=f"{card.name}, pieces of 30 s", params_b=card.params_b or row.params_b, gmacs_per_item=known.gmacs,
        read_gb=0.0, host_ms=known.host_ms, source=known.source,
    )  # fmt: skip


def said_sides(spec: WorkloadSpec) -> Sides | None:
    """Width and height in pixels, as said of the pictures, else of what is trained on."""
    media = spec.media
    if media.width or media.height:
        return media.width or media.height or 0, media.height or media.width or 0
    parts = (spec.training.resolution or "").split("x")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 and all(part.isdecimal() for part in parts) else None


def _named(row: ReferenceWorkload, card: ModelCard | None, size: str) -> str:
    return f"{card.name if card else re.split(', | at ', row.name)[0]} {size}"


def _made(
    spec: WorkloadSpec, row: ReferenceWorkload, known: KnownWork | None, card: ModelCard | None
) -> ReferenceWorkload:
    """A picture or a clip; what is not known of a model scales with its parameters from the reference."""
    known, media = known or known_work(row.stands_for), spec.media
    if known is None:
        return row
    sides, seconds = said_sides(spec) or known.sides, media.seconds
    of_its_own = card is not None and known_work(card.key) is not None
    params_b = card.params_b if of_its_own and card is not None and card.params_b else row.params_b
    gmacs, passes = known.gmacs_at(sides, seconds), known.passes(media.steps)
    larger = max(1.0, gmacs / known.gmacs_at(known.sides, None))
    clip = ""
    if known.fps:
        clip = f" of {seconds or (known.frames - 1) / known.fps:g} s"
    grown = (params_b / row.params_b) ** 0.5 if params_b > row.params_b else 1.0
    steps = media.steps or known.steps
    each = " with and without the prompt" if known.guided else ""
    size = f"at {sides[0]:,} x {sides[1]:,} px{clip}"
    if spec.task_type not in TRAINING_TASKS:
        size += f", {steps} steps{each}"
    return replace(
        row, name=_named(row, card if of_its_own else None, size),
        params_b=params_b, gmacs_per_item=gmacs, passes=passes, read_gb=2 * gmacs * READ_GB_PER_GFLOP,
        train_activation_gib=row.train_activation_gib * grown * larger,
        serve_activation_gib=row.serve_activation_gib * _area(sides, known.sides), source=known.source,
        beside=tuple(known.beside.items()) if of_its_own or card is None else (),
    )  # fmt: skip


def _area(sides: Sides, of: Sides) -> float:
    """How many times as large, and never less than once."""
    return max(1.0, sides[0] * sides[1] / (of[0] * of[1]))


def _seen(
    spec: WorkloadSpec, row: ReferenceWorkload, known: KnownWork | None, card: ModelCard | None
) -> ReferenceWorkload:
    """A picture that is read: whole in tiles, or scaled to what the network takes."""
    native = known.sides if known is not None and known.sides != (0, 0) else row.sides
    said, trains = said_sides(spec), spec.task_type in TRAINING_TASKS
    if native == (0, 0) or (known is None and said is None):
        return row
    sides, note = said or native, None
    tiled = False
    if said is not None:
        sides, tiled, note = _read_as(spec, row, said, native, trains)
    if known is not None and known.gmacs_at(native, None):
        tiles = _area(sides, native) if tiled else 1.0
        gmacs = known.gmacs_at(native, None) * tiles if tiled else known.gmacs_at(sides, None)
        params_b, source = (card.params_b if card and card.params_b else row.params_b), known.source
    else:
        larger = sides[0] * sides[1] / (native[0] * native[1])
        gmacs, params_b, source = row.gmacs_per_item * larger, row.params_b, row.source
    grown = 1.0 if tiled else max(1.0, gmacs / row.gmacs_per_item) if trains else _area(sides, native)
    mb = row.item_mb * (said[0] * said[1] / (row.sides[0] * row.sides[1]) if said and row.sides != (0, 0) else 1.0)
    return replace(
        row, name=_named(row, card if known is not None else None, f"at {sides[0]:,} x {sides[1]:,} px"), note=note,
        params_b=params_b, gmacs_per_item=gmacs, source=source, item_mb=mb,
        train_activation_gib=row.train_activation_gib * grown, train_batch=max(1, int(row.train_batch / grown)),
        serve_activation_gib=row.serve_activation_gib * grown,
    )  # fmt: skip


def _read_as(
    spec: WorkloadSpec, row: ReferenceWorkload, said: Sides, native: Sides, trains: bool
) -> tuple[Sides, bool, str | None]:
    """The pixels that are worked through, whether in tiles, and what to tell of it."""
    width, height = said
    large = width * height > LARGEST_SCALED_PIXELS
    if row.key in WHOLE or (large and row.key not in SCALED):
        if _area(said, native) <= 1.0:
            return said, False, None
        times = f"{_area(said, native):,.1f} times {native[0]:,} x {native[1]:,}"
        return said, True, f"A picture of {width:,} x {height:,} px is worked through in tiles: {times}."
    if trains:
        longest = max(width, height)
        if row.key in SCALED and longest > LARGEST_TRAINED_SIDE:
            shrunk = (width * LARGEST_TRAINED_SIDE // longest, height * LARGEST_TRAINED_SIDE // longest)
            return shrunk, False, f"Pictures are scaled to {shrunk[0]:,} x {shrunk[1]:,} px to train a classifier."
        return said, False, None
    scaled = f"Pictures of {width:,} x {height:,} px are scaled to {native[0]:,} x {native[1]:,} for the network"
    return native, False, f"{scaled}; tiles of the whole picture would be {_area(said, native):,.1f} times the work."


def _of_text(
    spec: WorkloadSpec, row: ReferenceWorkload, card: ModelCard | None, shape: Shape | None
) -> ReferenceWorkload:
    """A text of so many tokens; of a reranker every passage of a query. A model reads no more than its context."""
    said = text_tokens(spec)
    length = min(said, shape.context) if card is not None and shape is not None and shape.context else said
    params_b = card.params_b if card is not None and card.params_b else row.params_b
    per_token = encoder_flops_per_token(shape, length) if card is not None and shape is not None else (
        2 * row.params_b * GIGA * (1 + ATTENTION_OF_REFERENCE * length)
    )  # fmt: skip
    passes, each = 1, ""
    items = spec.dataset.items
    if spec.use_case == "reranking" and items and items <= RERANKED and spec.task_type == "inference":
        passes, each = items, f", {items:,} passages a query"
    cut = f" Texts are cut at the {length:,} tokens that it reads." if length < said else ""
    assumed = " (assumed)" if spec.traffic.input_tokens is None and length == TEXT_TOKENS else ""
    name = card.name if card else "BERT-large class encoder"
    return replace(
        row, name=f"{name}, {length:,} tokens{each}", params_b=params_b, gmacs_per_item=per_token * length / 2 / GIGA,
        passes=passes, note=f"{name} reads {length:,} tokens a text{assumed}{each}.{cut}",
        train_activation_gib=row.train_activation_gib * length / row.tokens,
        item_mb=length * BYTES_PER_TOKEN / 1e6,
    )  # fmt: skip


BYTES_PER_TOKEN = 4.0
ATTENTION_OF_REFERENCE = 2 * 24 * 1024 / 0.335e9
"""Of 24 layers, 1,024 wide, for each token read, as a part of the work of 335M parameters."""


def encoder_flops_per_token(shape: Shape, length: int) -> float:
    """Two for each parameter but the table of words, which is only looked up; and attention over the text."""
    computing = shape.params - min(shape.embedding_params, 0.9 * shape.params)
    return 2 * computing + 4 * shape.layers * shape.heads * shape.head_dim * length


def _of_rows(spec: WorkloadSpec, row: ReferenceWorkload) -> ReferenceWorkload:
    """One row at a time by a transformer of one's own: every column is a token (FT-Transformer, arXiv 2106.11959)."""
    columns = spec.dataset.columns or COLUMNS
    assumed = "" if spec.dataset.columns else " (assumed)"
    return replace(
        row, name=f"transformer over rows of {columns} columns", item="row", gmacs_per_item=row.params_b * columns,
        serve_activation_gib=0.1, source="FT-Transformer, arXiv 2106.11959 (every column is a token)",
        note=f"A row has {columns} columns{assumed}, each a token that all parameters work on.",
    )  # fmt: skip


def _of_points(spec: WorkloadSpec, row: ReferenceWorkload) -> ReferenceWorkload:
    """A cloud of so many points: work and memory in proportion."""
    points = spec.media.points
    if not points:
        return row
    larger = points / POINTS
    return replace(
        row, name=f"{row.name.split(',')[0]}, clouds of {points:,} points", gmacs_per_item=row.gmacs_per_item * larger,
        item_mb=row.item_mb * larger, train_activation_gib=row.train_activation_gib * max(1.0, larger),
        serve_activation_gib=row.serve_activation_gib * max(1.0, larger),
    )  # fmt: skip
