"""How large the volume of a job has to be: its dataset by what it consists of, and its checkpoints, counted."""

from math import ceil

from pydantic import Field

from artifacts.checkpoint import weights_gb
from artifacts.notation import count, figure
from artifacts.pins import pins
from artifacts.program_settings import INTO_STORE
from artifacts.programs import program_of
from artifacts.rented import node_disk_gb
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.amount_of_work import items_of_job, makes_its_items
from sizing.approaches import approach_for
from sizing.embedding_tables import tables_gb
from sizing.reference_workloads import reference_for

BYTES_PER_TOKEN = 4.0
"""Of plain text."""
GB_PER_AUDIO_HOUR = 16_000 * 2 * 3600 / 1e9
"""One channel of 16 bits, 16,000 times a second, as recognisers read it."""
BYTES_PER_VALUE = 10.0
"""Of a table as text, with its comma; Parquet takes less than half."""
BYTES_PER_PIXEL = 1.0
"""Of a photograph as JPEG of high quality; lossless ones take two to three times that."""
BYTES_PER_PROMPT = 1_000.0
"""Of what a picture or a clip is made from: a paragraph."""
MB_PER_PAGE = 0.5
"""A page scanned at 300 dpi, as JPEG."""
BYTES_PER_PARAMETER_IN_FULL = 16
"""Of a checkpoint that can be gone on from: weights and master weights, and two moments of Adam in 32 bits."""
BYTES_PER_ADAPTER_PARAMETER = 12
"""Of a checkpoint of adapters: their weights and two moments of Adam, in 32 bits."""
_ADAM_BYTES = 8
BYTES_PER_NUMBER = 2.0
"""Of a vector's, in 16 bits, as batch_requests.py writes them."""
BYTES_PER_PREPARED_POINT, BYTES_PER_POINT = 3.0, 2.0
"""Of a scan: 16 bits and a byte of its label as segment_volumes.py keeps them, 16 bits as scanners write them."""
BYTES_PER_ID = 60.0
"""Of a row that has its vector elsewhere: a line with its file and its place there."""
CHECKPOINTS_KEPT = 2
"""The programs keep the last two, and write the next before they drop the older one."""
LEAST_CHECKPOINT_GB, UNKNOWN_CHECKPOINT_GB = 1.0, 10.0
RUNS_KEPT = 3
"""Of a training that comes back, before old ones are removed."""
ROOM = 1.1
_SYSTEM_GB = 60
LEAST_GB = 10
_TEXTS = ("text", "texts", "documents", "logs", "code", "conversations", "chat", "tickets")
_PAGES = ("documents", "pdf", "pdfs", "pages", "scans", "invoices")


class Part(Frozen):
    """A part of what a volume holds."""

    name: str
    gb: float
    formula: str = Field(default="", description="with its numbers in; empty where it is as was said")
    known: bool = True


def dataset_part(spec: WorkloadSpec) -> Part:
    """As it was said, else by what it consists of; where nothing tells, zero and not known."""
    dataset, volume = spec.dataset, spec.volume
    if dataset.size_gb is not None:
        return Part(name="the dataset", gb=dataset.size_gb)
    once = volume.per in (None, "total")
    if volume.unit == "audio_hours" and volume.amount and (once or spec.task_type == "batch_inference"):
        formula = f"{figure(volume.amount)} h x 16,000 x 2 B a second"
        return Part(name="the recordings", gb=volume.amount * GB_PER_AUDIO_HOUR, formula=formula)
    if dataset.items and (columns := dataset.columns or _usual_columns(spec)):
        formula = f"{dataset.items:,} rows x {columns:,} columns x {BYTES_PER_VALUE:g} B as text"
        return Part(name="the table", gb=dataset.items * columns * BYTES_PER_VALUE / 1e9, formula=formula)
    if spec.training.tokens is not None:
        formula = f"{figure(spec.training.tokens / 1e6)}M tokens x {BYTES_PER_TOKEN:g} B"
        return Part(name="the text", gb=spec.training.tokens * BYTES_PER_TOKEN / 1e9, formula=formula)
    if volume.unit == "tokens" and volume.amount and once:
        formula = f"{figure(volume.amount / 1e6)}M tokens x {BYTES_PER_TOKEN:g} B"
        return Part(name="the text", gb=volume.amount * BYTES_PER_TOKEN / 1e9, formula=formula)
    if volume.unit == "pages" and volume.amount:
        return _pages(volume.amount)
    items = items_of_job(spec)
    if items and makes_its_items(spec):
        return Part(name="the prompts", gb=items * BYTES_PER_PROMPT / 1e9, formula=f"{figure(items)} prompts")
    if items:
        return _items(spec, items)
    return Part(name="the dataset", gb=0.0, known=False)


def _usual_columns(spec: WorkloadSpec) -> int:
    """Of a table of which only the rows were said, as the plan sizes it; 0 for what is no table. Its rows are no tables
    of their own."""
    sized = approach_for(spec) if spec.domain in ("tabular", "time_series") else None
    return 0 if sized is None else sized.columns


def checkpoint_part(option: PlacementOption) -> Part:
    """The checkpoints that a training program keeps, with the one that is being written."""
    proof, model = option.proof, option.model
    mode = proof.mode if proof else None
    kept = CHECKPOINTS_KEPT + 1
    params = model.params_b if model else None
    if mode in ("lora", "qlora") and proof is not None and proof.optimizer_gib:
        trained = proof.optimizer_gib * 2**30 / _ADAM_BYTES
        each = max(trained * BYTES_PER_ADAPTER_PARAMETER / 1e9, LEAST_CHECKPOINT_GB)
    elif mode == "train" and params:
        each = params * BYTES_PER_PARAMETER_IN_FULL
    elif mode == "train" and proof is not None and proof.optimizer_gib:
        # A model that nobody published: what the proof counts of weights and states, over all that share it.
        share = option.gpus if option.zero_stage == 3 else 1
        each = max((proof.weights_gib + proof.optimizer_gib) * share * 2**30 / 1e9, LEAST_CHECKPOINT_GB)
    else:
        # Trees and forecasts are small; of a network that nobody published nothing is known.
        each = LEAST_CHECKPOINT_GB if proof is None and model is None else UNKNOWN_CHECKPOINT_GB
    return Part(
        name="checkpoints", gb=kept * each,
        formula=f"{count(kept, 'checkpoint')} x {figure(each, 1)} GB: {CHECKPOINTS_KEPT} are kept while the next is "
        "written",
    )  # fmt: skip


def _tables_in_checkpoints(tables_gb: float) -> Part:
    """What the optimizer keeps of a row of a table is one figure, which is little beside it."""
    kept = CHECKPOINTS_KEPT + 1
    formula = f"{count(kept, 'checkpoint')} x {figure(tables_gb)} GB of embedding tables"
    return Part(name="tables in checkpoints", gb=kept * tables_gb, formula=formula)


def weights_part(option: PlacementOption) -> Part | None:
    """What a job starts from, as fetched, and the trained model in one piece."""
    size = weights_gb(option)
    if size is None:
        return None
    return Part(name="weights", gb=size, formula=f"{figure(size, 1)} GB as published")


def volume_parts(option: PlacementOption, spec: WorkloadSpec) -> tuple[Part, ...]:
    """Everything that a job's volume holds."""
    dataset, trains = dataset_part(spec), spec.task_type in ("training", "fine_tuning")
    parts = [dataset]
    if trains:
        parts.append(checkpoint_part(option))
        if (size_gb := tables_gb(spec)) is not None:
            parts.append(_tables_in_checkpoints(size_gb))
        if option.schedule:
            each = checkpoint_part(option).gb / (CHECKPOINTS_KEPT + 1)
            formula = f"{RUNS_KEPT} x {CHECKPOINTS_KEPT + 1} x {figure(each, 1)} GB"
            parts.append(Part(name="earlier runs", gb=RUNS_KEPT * (CHECKPOINTS_KEPT + 1) * each, formula=formula))
        if option.program is not None and option.program.name == "segment_volumes":
            parts.append(_prepared(spec, dataset))
            if _is_dicom(spec):
                made = "as much again at most, of the scans that are made of DICOM"
                parts.append(Part(name="scans as NIfTI", gb=dataset.gb, formula=made, known=dataset.known))
    else:
        parts.append(_results(option, spec, dataset))
    return (*parts, *((weights,) if (weights := weights_part(option)) else ()))


def _results(option: PlacementOption, spec: WorkloadSpec, dataset: Part) -> Part:
    """What a batch writes: of texts that become vectors these, else little beside what it reads."""
    model, items = option.model, items_of_job(spec)
    width = model.architecture.hidden_size if model is not None and model.domain == "embeddings" else None
    if option.program is not None and any(told.startswith(INTO_STORE) for told in option.program.arguments):
        rows = items or 0.0
        formula = f"{figure(rows)} ids of about {BYTES_PER_ID:g} B: the vectors are in the store"
        return Part(name="results", gb=max(1.0, rows * BYTES_PER_ID / 1e9), formula=formula)
    if width and items:
        formula = (
            f"{figure(items)} vectors x ({width:,} numbers x {BYTES_PER_NUMBER:g} B + a line of {BYTES_PER_ID:g} B)"
        )
        return Part(name="results", gb=items * (width * BYTES_PER_NUMBER + BYTES_PER_ID) / 1e9, formula=formula)
    return Part(name="results", gb=max(1.0, dataset.gb * 0.1), formula="a tenth of what is read, at least 1 GB")


def _is_dicom(spec: WorkloadSpec) -> bool:
    """Whether the scans were said to be as scanners write them."""
    return any("dicom" in said.quote.lower() for said in spec.evidence.values())


def _prepared(spec: WorkloadSpec, dataset: Part) -> Part:
    """Scans as the program keeps them after the first look, so that it prepares each once."""
    items, points = items_of_job(spec) or spec.dataset.items, _pixels(spec.training.resolution)
    if items and points and (spec.training.resolution or "").count("x") == 2:
        formula = f"{figure(items)} scans x {spec.training.resolution} x {BYTES_PER_PREPARED_POINT:g} B"
        return Part(name="prepared scans", gb=items * points * BYTES_PER_PREPARED_POINT / 1e9, formula=formula)
    times = BYTES_PER_PREPARED_POINT / BYTES_PER_POINT
    formula = f"{times:g} times the dataset: {BYTES_PER_PREPARED_POINT:g} B for each {BYTES_PER_POINT:g} B of a scan"
    return Part(name="prepared scans", gb=times * dataset.gb, formula=formula, known=dataset.known)


def volume_gb(option: PlacementOption, spec: WorkloadSpec) -> int:
    """All of it and a tenth more."""
    return max(LEAST_GB, ceil(ROOM * sum(part.gb for part in volume_parts(option, spec))))


def disk_gb(option: PlacementOption, spec: WorkloadSpec) -> int:
    """Of a machine alone: what the job or the model takes, the image and the system, in steps of 50."""
    if option.job_hours is not None:
        return 50 * -(-(volume_gb(option, spec) + _SYSTEM_GB) // 50)
    return node_disk_gb(option)


def volume_told(option: PlacementOption, spec: WorkloadSpec) -> str:
    """The sum in words: what is counted, how, and what nobody said."""
    parts = volume_parts(option, spec)
    told = [
        f"{part.name} {_told(part.gb)}" + (f" ({part.formula})" if part.formula else "") for part in parts if part.known
    ]
    unknown = [part.name for part in parts if not part.known]
    asked = f" How large {unknown[0]} is was not said: add it." if unknown else ""
    held = f"{figure(volume_gb(option, spec))} GB, a tenth to spare: {'; '.join(told)}."
    return f"{held}{asked}{_dicom_told(option, spec)}"


def _dicom_told(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What makes pictures of DICOM, for a program that reads pictures alone."""
    program = program_of(option)
    if program is None or not program.reads_pictures or not _is_dicom(spec):
        return ""
    version = pins().packages["simpleitk"].version
    picture = "SimpleITK.RescaleIntensity(SimpleITK.ReadImage(FILE)[:, :, 0])"
    return (
        " The program reads pictures, so DICOM files are made into them first, where the data are, with "
        f"simpleitk=={version}: for each file SimpleITK.WriteImage(SimpleITK.Cast({picture}, SimpleITK.sitkUInt8), "
        "NAME.png)."
    )


def _told(gb: float) -> str:
    return f"{figure(gb, 1 if gb < 10 else 0)} GB" if gb >= 0.1 else "less than 0.1 GB"


def _pages(pages: float) -> Part:
    return Part(name="the pages", gb=pages * MB_PER_PAGE / 1e3, formula=f"{figure(pages)} pages x {MB_PER_PAGE} MB")


def _items(spec: WorkloadSpec, items: float) -> Part:
    modality = (spec.dataset.modality or "").lower()
    side = spec.training.resolution
    if spec.domain in ("llm", "embeddings") or (modality in _TEXTS and spec.domain not in ("vision", "multimodal")):
        tokens = spec.context_tokens or spec.traffic.input_tokens
        if tokens:
            formula = f"{figure(items)} texts x {tokens:,} tokens x {BYTES_PER_TOKEN:g} B"
            return Part(name="the texts", gb=items * tokens * BYTES_PER_TOKEN / 1e9, formula=formula)
    if modality in _PAGES and spec.domain in ("vision", "multimodal"):
        return _pages(items)
    pixels = _pixels(side)
    if pixels and spec.domain in ("vision", "image_generation", "multimodal"):
        formula = f"{figure(items)} pictures x {side} x {BYTES_PER_PIXEL:g} B"
        return Part(name="the pictures", gb=items * pixels * BYTES_PER_PIXEL / 1e9, formula=formula)
    row = reference_for(spec)
    formula = f"{figure(items)} items x {row.item_mb:g} MB, as of the usual {row.item}"
    return Part(name="the dataset", gb=items * row.item_mb / 1e3, formula=formula)


def _pixels(resolution: str | None) -> int:
    sides = [int(part) for part in (resolution or "").split("x") if part.isdigit()]
    made = 1
    for side in sides:
        made *= side
    return made if len(sides) >= 2 else 0
