"""What stands in for a model nobody named: one published workload per kind of problem, so that memory, hours and
disk throughput are still arithmetic. A plan that uses a row says so.

The rows are those of `reference_workloads.yaml`, whose head says what each figure means. A training step costs three
forward passes of two FLOPs per MAC.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import Dataset, Domain, WorkloadSpec
from sizing.deployment import VCPU_PER_GPU
from sizing.memory import GIB
from sizing.speeds import ItemKind
from sizing.volumes import NNUNET_3D


@dataclass(frozen=True, slots=True)
class ReferenceWorkload:
    """A row. `note`: what to tell of it; `beside`: networks that stay on the GPU beside the model, in billions of
    parameters; `stream_gib`: what a copy keeps of each stream that it hears; `token_gb`: what is read for each token of
    an answer that is written alone, and shared by those that are written together."""

    key: str
    name: str
    domain: Domain
    params_b: float
    gmacs_per_item: float
    train_activation_gib: float
    serve_activation_gib: float
    train_batch: int
    item: str
    item_mb: float
    samples_per_item: float
    epochs: int
    default_items: int
    utilisation: float
    source: str
    words: frozenset[str] = field(default_factory=frozenset)
    tokens: int = 0
    growth: float = 0.0
    kind: ItemKind = "network"
    passes: float = 1.0
    read_gb: float = 0.0
    host_ms: float = 0.0
    answer_tokens: int = 0
    token_gb: float = 0.0
    sides: tuple[int, int] = (0, 0)
    stands_for: str = ""
    note: str | None = None
    stream_gib: float = 0.0
    tuned_epochs: int = 0
    vendors: tuple[str, ...] = ()
    tags: frozenset[str] = field(default_factory=frozenset)
    beside: tuple[tuple[str, float], ...] = ()
    vcpu_per_gpu: int = VCPU_PER_GPU
    grows: bool = False


_WORKLOAD = TypeAdapter(ReferenceWorkload)
WINDOW_VOXELS, WINDOW_STEP = 128, 64
"""nnU-Net's window and its step of half a window."""
MIRRORINGS = 8
"""nnU-Net predicts each window in every mirroring of its three axes."""
BYTES_PER_VOXEL = 2
USUAL_SCAN_MB = 122.0
READ_GB_PER_GFLOP = 1.2e-3
"""Of diffusion; fitted with the shares of `speeds.yaml`."""


def window_passes(scan_mb: float) -> float:
    """Forward passes of a sliding window over a scan of that size in 16 bits, taken as a cube."""
    side = float((scan_mb * 1e6 / BYTES_PER_VOXEL) ** (1 / 3))
    return float(MIRRORINGS * max(1.0, (side - WINDOW_VOXELS) / WINDOW_STEP + 1) ** 3)


VOLUMES, CLOUDS = "volume-segmentation", "point-clouds"


@lru_cache
def reference_workloads() -> tuple[ReferenceWorkload, ...]:
    """The rows of the file, read once, in its order: the first of a domain stands for it."""
    rows = own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[dict[str, object], ...]])["workloads"]
    return tuple(_WORKLOAD.validate_python(_derived(row)) for row in rows)


def _derived(row: dict[str, object]) -> dict[str, object]:
    """nnU-Net's figures follow from its net, what diffusion reads from its arithmetic."""
    if row["key"] == VOLUMES:
        activation_gib = NNUNET_3D.activation_bytes / GIB
        return {
            **row, "params_b": NNUNET_3D.params / 1e9, "gmacs_per_item": NNUNET_3D.forward_macs / 1e9,
            "train_activation_gib": activation_gib, "serve_activation_gib": activation_gib / 3,
            "passes": window_passes(USUAL_SCAN_MB),
        }  # fmt: skip
    if row.get("kind") == "diffusion" and isinstance(gmacs := row["gmacs_per_item"], int | float):
        return {**row, "read_gb": 2 * gmacs * READ_GB_PER_GFLOP}
    return row


def reference_for(spec: WorkloadSpec) -> ReferenceWorkload:
    """The row of the spec's domain that its use case names, else its modality; scans in 3-D before pictures."""
    rows = [row for row in reference_workloads() if row.domain == (spec.domain or "llm")]
    use_case, modality = _words(spec.use_case), _words(spec.dataset.modality)
    use_case |= {spec.use_case} if spec.use_case else set()
    programs = {squash(model.name) for model in spec.models}
    modality |= {spec.dataset.modality} if spec.dataset.modality else set()
    shaped = [row for row in rows if row.key in (VOLUMES, CLOUDS) and row.words & (use_case | modality | programs)]
    named = [row for words in (use_case, modality) for row in rows if row.words & words]
    row = for_task(spec, (shaped + named + rows)[0])
    return _of_size(row, spec.dataset) if row.key == VOLUMES else _of_length(row, spec.traffic.input_tokens)


def for_task(spec: WorkloadSpec, row: ReferenceWorkload) -> ReferenceWorkload:
    """What was trained before is trained on for fewer epochs, where a recipe says how many."""
    return replace(row, epochs=row.tuned_epochs) if row.tuned_epochs and spec.task_type == "fine_tuning" else row


def _of_size(row: ReferenceWorkload, scans: Dataset) -> ReferenceWorkload:
    """The row for scans of the size that a dataset's are."""
    if not scans.size_gb or not scans.items:
        return row
    return replace(row, passes=window_passes(scans.size_gb * 1e3 / scans.items))


def _of_length(row: ReferenceWorkload, tokens: int | None) -> ReferenceWorkload:
    """The row for items of so many tokens; activations of pairs grow with their square."""
    if not row.growth or not tokens:
        return row
    longer = tokens / row.tokens
    return replace(
        row, name=f"{row.name} of {tokens:,} tokens", gmacs_per_item=row.gmacs_per_item * longer**row.growth,
        serve_activation_gib=row.serve_activation_gib * longer**2,
    )  # fmt: skip


def workload_named(key: str) -> ReferenceWorkload:
    """The row of that key. Raises KeyError."""
    return {row.key: row for row in reference_workloads()}[key]


def is_volumetric(spec: WorkloadSpec) -> bool:
    """Scans in three dimensions: MRI, CT and the like."""
    return reference_for(spec).key == VOLUMES


def _words(text: str | None) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in (text or "").lower()).split())
