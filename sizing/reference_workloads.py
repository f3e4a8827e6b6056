"""What stands in for a model nobody named: one published workload per kind of problem, so that memory, hours and
disk throughput are still arithmetic. A plan that uses a row says so.

`gmacs_per_item` counts multiply-accumulates of one forward pass, as papers do; a training step costs three forward
passes of two FLOPs per MAC. `item` is what the dataset is counted in, `samples_per_item` how many training samples
an epoch takes of each, `passes` how many forward passes an answer takes. `read_gb` is what a pass reads of the GPU's
memory besides what arithmetic hides, `host_ms` what an answer takes of the host, `kind` what decides the speed.
"""

from dataclasses import dataclass, replace

from domain.names import squash
from domain.workload import Dataset, Domain, WorkloadSpec
from sizing.memory import GIB
from sizing.speeds import ItemKind
from sizing.volumes import NNUNET_3D


@dataclass(frozen=True, slots=True)
class ReferenceWorkload:
    """`utilisation` is the share of dense 16-bit TFLOPS that training such a net reaches. The work of an item of
    `tokens` grows with them to the power of `growth`; 0: it does not."""

    key: str
    name: str
    domain: Domain
    words: frozenset[str]
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
    tokens: int = 0
    growth: float = 0.0
    kind: ItemKind = "network"
    passes: float = 1.0
    read_gb: float = 0.0
    host_ms: float = 0.0
    answer_tokens: int = 0
    sides: tuple[int, int] = (0, 0)
    """Width and height in pixels of the pictures that its work is of."""
    stands_for: str = ""
    """The known model (`known_work.yaml`) by which it grows with its sizes."""
    note: str | None = None
    """What to tell of it."""
    stream_gib: float = 0.0
    """What a copy keeps of each stream that it hears."""


WINDOW_VOXELS, WINDOW_STEP = 128, 64
"""nnU-Net's window and its step of half a window."""
MIRRORINGS = 8
"""nnU-Net predicts each window in every mirroring of its three axes."""
BYTES_PER_VOXEL = 2
DENOISING_PASSES = 100
"""50 steps, with and without the prompt."""
READ_GB_PER_GFLOP = 1.2e-3
"""Of diffusion; fitted with the shares of `speeds.yaml`."""


def window_passes(scan_mb: float) -> float:
    """Forward passes of a sliding window over a scan of that size in 16 bits, taken as a cube."""
    side = float((scan_mb * 1e6 / BYTES_PER_VOXEL) ** (1 / 3))
    return float(MIRRORINGS * max(1.0, (side - WINDOW_VOXELS) / WINDOW_STEP + 1) ** 3)


VOLUMES, CLOUDS = "volume-segmentation", "point-clouds"


def reference_for(spec: WorkloadSpec) -> ReferenceWorkload:
    """The row of the spec's domain that its use case names, else its modality; scans in 3-D before pictures."""
    rows = [row for row in REFERENCE_WORKLOADS if row.domain == (spec.domain or "llm")]
    use_case, modality = _words(spec.use_case), _words(spec.dataset.modality)
    use_case |= {spec.use_case} if spec.use_case else set()
    programs = {squash(model.name) for model in spec.models}
    modality |= {spec.dataset.modality} if spec.dataset.modality else set()
    shaped = [row for row in rows if row.key in (VOLUMES, CLOUDS) and row.words & (use_case | modality | programs)]
    named = [row for words in (use_case, modality) for row in rows if row.words & words]
    row = (shaped + named + rows)[0]
    return _of_size(row, spec.dataset) if row.key == VOLUMES else _of_length(row, spec.traffic.input_tokens)


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
    return {row.key: row for row in REFERENCE_WORKLOADS}[key]


def is_volumetric(spec: WorkloadSpec) -> bool:
    """Scans in three dimensions: MRI, CT and the like."""
    return reference_for(spec).key == VOLUMES


def _words(text: str | None) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in (text or "").lower()).split())


REFERENCE_WORKLOADS: tuple[ReferenceWorkload, ...] = (
    ReferenceWorkload(
        "object-detection", "Faster R-CNN R50-FPN at 800 px", "vision",
        frozenset({"detection", "detector", "detect", "object", "tracking", "counting"}),
        0.0418, 134.4, 1.6, 0.6, 8, "image", 0.5, 1, 24, 118_000, 0.35,
        "torchvision model table (41.8M parameters, 134.4 GMACs); MMDetection model zoo (4.0 GB at 2 images)",
        kind="convolutions", sides=(1066, 800),
    ),
    ReferenceWorkload(
        "volume-segmentation", "nnU-Net 3-D full resolution, patches of 128^3, 2 a step", "vision",
        frozenset({"mri", "mris", "ct", "pet", "3d", "volume", "volumes", "volumetric", "dicom", "nifti",
                   "tomography", "nnunet", "totalsegmentator", "swinunetr", "unetr", "vnet", "medsam"}),
        NNUNET_3D.params / 1e9, NNUNET_3D.forward_macs / 1e9, NNUNET_3D.activation_bytes / GIB,
        NNUNET_3D.activation_bytes / GIB / 3, 2, "scan", 122.0, 4, 100, 1_000, 0.20,
        "Isensee et al., nnU-Net, Nature Methods 2021 (windows of half a step, eight mirrorings); scan size from "
        "LIDC-IDRI (1,018 CT scans, 124 GB)",
        kind="convolutions", passes=window_passes(122.0),
    ),
    ReferenceWorkload(
        "point-clouds", "PointPillars class detector, clouds of 120,000 points", "vision",
        frozenset({"point_clouds", "lidar", "pointcloud", "pointclouds", "pointpillars", "centerpoint", "pointnet",
                   "pvrcnn", "voxelnet"}),
        0.0048, 32.0, 1.2, 0.5, 4, "point cloud", 1.9, 1, 80, 100_000, 0.08,
        "PointPillars, arXiv 1812.05784 (4.8M parameters, about 32 GMACs a cloud of KITTI's 120,000 points); 16 bytes "
        "a point; a tenth of the dense rate is an allowance for sparse pillars",
        kind="convolutions",
    ),
    ReferenceWorkload(
        "segmentation", "DeepLabV3 R101 at 512 x 1024", "vision",
        frozenset({"segmentation", "segment", "mask", "satellite", "aerial"}),
        0.061, 258.7, 4.0, 1.0, 4, "image", 1.0, 1, 80, 20_000, 0.20,
        "torchvision model table (61.0M parameters, 258.7 GMACs); MMSegmentation model zoo (9.2 GB at 2 images)",
        kind="convolutions", sides=(1024, 512),
    ),
    ReferenceWorkload(
        "image-classification", "ResNet-50 at 224 px", "vision",
        frozenset({"classification", "classify", "recognition", "inspection", "xray", "image", "images"}),
        0.0256, 4.09, 0.09, 0.05, 64, "image", 0.11, 1, 90, 1_281_167, 0.20,
        "torchvision model table (25.6M parameters, 4.09 GMACs); ImageNet-1k (1,281,167 images, 138 GB)",
        kind="convolutions", sides=(224, 224),
    ),
    ReferenceWorkload(
        "document-parsing", "PaddleOCR-VL, one page", "vision", frozenset({"ocr", "documents"}),
        0.959, 1.8e4, 2.0, 1.0, 4, "page", 0.5, 1, 3, 100_000, 0.20,
        "PaddleOCR-VL model card (0.9B parameters); work a page set to 1.5 s on one A10G, as dots.ocr's card has it",
    ),
    ReferenceWorkload(
        "language-model", "dense decoder of 8B parameters", "llm", frozenset(),
        8.03, 8.03 * 512, 4.0, 0.0, 1, "example", 0.002, 1, 3, 10_000, 0.40,
        "Llama-3.1-8B model card; utilisation 38-43 % in The Llama 3 Herd of Models, arXiv 2407.21783",
    ),
    ReferenceWorkload(
        "text-embedding", "BERT-large class encoder, 512 tokens", "embeddings", frozenset(),
        0.335, 0.335 * 512, 0.40, 0.1, 32, "text", 0.002, 1, 3, 1_000_000, 0.35,
        "BERT, arXiv 1810.04805 (24 layers, 1,024 wide, 335M parameters)", tokens=512,
    ),
    ReferenceWorkload(
        "image-generation", "SDXL base, U-Net and text encoders, 1024 px", "image_generation", frozenset(),
        3.5, 2990.0, 9.0, 4.0, 1, "image", 1.0, 1, 10, 2_000, 0.30,
        "SDXL, arXiv 2307.01952 (U-Net 2.6B of 3.5B parameters); 6 TFLOPs a step at 1024 px",
        kind="diffusion", passes=DENOISING_PASSES, read_gb=2 * 2990.0 * READ_GB_PER_GFLOP,
        sides=(1024, 1024), stands_for="stabilityai/stable-diffusion-xl-base-1.0",
    ),
    ReferenceWorkload(
        "video-generation", "video diffusion transformer of 14B, 480p clip of 5 s", "video", frozenset(),
        14.0, 8.98e5, 24.0, 12.0, 1, "clip", 20.0, 1, 5, 2_000, 0.35,
        "Wan 2.1 technical report, arXiv 2503.20314 (14B, 40 layers, 5,120 wide; 21 x 30 x 52 latent tokens for 81 "
        "frames: 14B x 32,760 and 2 x 40 x 32,760^2 x 5,120 of attention)",
        kind="diffusion", passes=DENOISING_PASSES, read_gb=2 * 8.98e5 * READ_GB_PER_GFLOP,
        sides=(832, 480), stands_for="Wan-AI/Wan2.1-T2V-14B-Diffusers",
    ),
    ReferenceWorkload(
        "speech-recognition", "Whisper large-v3, chunks of 30 s", "speech", frozenset(),
        1.55, 1_150.0, 1.5, 0.6, 8, "chunk of 30 s", 0.96, 1, 5, 100_000, 0.30,
        "Whisper, arXiv 2212.04356 (encoder of 0.64B, 32 layers, 1,280 wide, 1,500 positions: 1,150 GMACs; each token "
        "reads 0.245 GB of cross attention); MLPerf Inference v5.1, 5.1-0076: 63.5 tokens a sample of 23.6 s, so 81 in "
        "30 s; 16 kHz 16-bit audio",
        kind="recognition", read_gb=81 * 0.245, host_ms=12.4, answer_tokens=81,
    ),
    ReferenceWorkload(
        "speech-synthesis", "speech synthesis by a 0.5B model, pieces of 30 s", "speech",
        frozenset({"text_to_speech", "speech_synthesis", "synthesis", "tts", "dubbing", "voice_cloning", "audiobooks"}),
        0.5, 3.8e4, 1.0, 1.0, 8, "piece of 30 s", 0.96, 1, 5, 100_000, 0.30,
        "VoxCPM-0.5B README: real-time factor 0.17 on one RTX 4090, a sentence at a time; work a piece set to that",
        kind="measured",
    ),
    ReferenceWorkload(
        "speaker-diarization", "pyannote speaker diarization, chunks of 30 s", "speech",
        frozenset({"diarization", "diarisation"}),
        0.0081, 1.6e4, 0.2, 0.5, 32, "chunk of 30 s", 0.96, 1, 5, 100_000, 0.30,
        "pyannote/speaker-diarization-3.0 model card: 2.5 % of real time on one V100; work a chunk set to that",
        kind="measured",
    ),
    ReferenceWorkload(
        "vision-language", "vision-language model of 8B parameters", "multimodal", frozenset(),
        8.3, 8.3 * 1_024, 5.0, 1.0, 1, "image and text", 0.5, 1, 3, 10_000, 0.35,
        "Qwen2.5-VL technical report, arXiv 2502.13923 (8.3B parameters)",
    ),
    ReferenceWorkload(
        "recommendation", "DLRM-DCNv2 without its tables", "recommendation", frozenset(),
        0.54, 0.016, 0.0001, 0.0001, 16_384, "interaction", 0.00025, 1, 1, 1_000_000_000, 0.14,
        "MLPerf DLRM-DCNv2 (three cross layers of rank 512 over 27 x 128 features, top network 1024-1024-512-256-1: 16 "
        "MMACs); utilisation as in MLPerf Training v5.1, 1.8M samples a second on one H200; 540M parameters as in "
        "DLRM, arXiv 1906.00091, Criteo Kaggle configuration",
        kind="interactions",
    ),
    ReferenceWorkload(
        "matrix-factorisation", "matrix factorisation, 1,000,000 users and items x 128 factors", "recommendation",
        frozenset(),
        0.128, 2.5e-4, 0.6, 0.6, 1, "interaction", 0.000016, 1, 1, 10_000_000, 0.01,
        "Hu, Koren and Volinsky, ICDM 2008: 128^2 operations an interaction, 15 times; solving left out",
    ),
    ReferenceWorkload(
        "time-series", "TimesFM class forecaster of 200M", "time_series", frozenset(),
        0.2, 0.2 * 512, 0.15, 0.1, 32, "series", 0.004, 1, 5, 1_000_000, 0.25,
        "TimesFM, arXiv 2310.10688 (200M parameters, context 512)",
    ),
    ReferenceWorkload(
        "gradient-boosted-forecasting", "one gradient-boosted model over all series", "time_series", frozenset(),
        0.0005, 0.0165, 1.0, 0.5, 1, "row", 0.0002, 1, 1, 1_000_000, 0.01,
        "szilard/GBM-perf: XGBoost on one V100, 10M rows x 8 columns x 100 trees in 25 s; work a row set to "
        "that at 50 columns and 500 trees of 255 leaves",
    ),
    ReferenceWorkload(
        "tabular", "TabPFN class network, 10,000 rows", "tabular", frozenset(),
        0.026, 0.026 * 1_000, 1.0, 0.5, 1, "table of 1,000 rows", 0.1, 1, 10, 100_000, 0.15,
        "TabPFN, arXiv 2207.01848 (26M parameters)",
    ),
    ReferenceWorkload(
        "gradient-boosted-trees", "gradient-boosted trees", "tabular", frozenset(),
        0.0005, 0.0325, 1.0, 0.5, 1, "row", 0.0004, 1, 1, 1_000_000, 0.01,
        "szilard/GBM-perf: XGBoost on one V100, 10M rows x 8 columns x 100 trees in 25 s; work a row set to "
        "that at 100 columns and 500 trees of 255 leaves",
    ),
    ReferenceWorkload(
        "reinforcement-learning", "actor-critic with a convolutional encoder", "reinforcement_learning", frozenset(),
        0.05, 0.1, 0.002, 0.002, 256, "transition", 0.03, 1, 10, 10_000_000, 0.10,
        "IMPALA, arXiv 1802.01561 (deep residual agent, scaled)",
    ),
    ReferenceWorkload(
        "scientific", "protein language model ESM-2 3B", "scientific", frozenset(),
        2.84, 2.84 * 1_024, 3.5, 1.0, 1, "sequence", 0.001, 1, 3, 1_000_000, 0.35,
        "ESM-2, Lin et al., Science 2023 (36 layers, 2,560 wide)",
    ),
    ReferenceWorkload(
        "structure-prediction", "structure prediction by AlphaFold 3", "scientific",
        frozenset({"structure", "structures", "folding", "fold", "docking", "binding", "affinity", "complex",
                   "complexes"}),
        0.368, 4.46e6, 2.8, 2.8, 1, "complex", 0.01, 1, 3, 1_000, 0.35,
        "AlphaFold 3, docs/performance.md: 1,024 tokens in 62 s on one A100-80GB, in 34 s on one H100; work set "
        "between them, growing as up to 5,120 tokens (2,547 s and 1,416 s), the most that an 80 GB card holds",
        tokens=1_024, growth=2.25,
    ),
    ReferenceWorkload(
        "molecular-dynamics", "molecular dynamics", "scientific",
        frozenset({"molecular", "dynamics", "gromacs", "openmm", "namd", "lammps"}),
        0.000001, 2.3e8, 1.0, 1.0, 1, "nanosecond", 10.0, 1, 1, 100, 0.35,
        "rkronberg/chem-benchmarks, GROMACS 2022.4 on STMV of 1,066,628 atoms: 20.6 ns a day on one A100, 13.7 on one "
        "V100; work a nanosecond set to the A100's",
    ),
)  # fmt: skip
