"""Work follows the sizes that were said; the figures beside it were measured by others, or reckoned by hand."""

import pytest

from domain.models import ModelCard
from domain.offers import Gpu
from domain.workload import RequestedModel, WorkloadSpec
from sizing.architecture import card_shape
from sizing.candidates import candidates, is_requested
from sizing.demand import demand_of
from sizing.item_work import ItemServing
from sizing.known_work import known_work, known_works, of_size
from sizing.published_networks import PublishedNetwork, network_named, published_networks
from sizing.reference_workloads import ReferenceWorkload
from sizing.request import SizeRequest
from sizing.size_speed import item_speed
from sizing.sized_work import work_for, work_of
from sizing.speeds import speeds


def work(models: tuple[ModelCard, ...], key: str | None, **asked: object) -> ReferenceWorkload:
    spec = WorkloadSpec.model_validate({"task_type": "inference", **asked})
    card = next((model for model in models if model.key == key), None)
    assert card is not None or key is None, key
    return work_for(spec, card, card_shape(card) if card else None)


def seconds_of(row: ReferenceWorkload, gpu: Gpu, params_b: float | None = None) -> float:
    spec = WorkloadSpec.model_validate({"task_type": "inference", "domain": row.domain})
    rate = ItemServing(row, row.name, params_b or row.params_b, "bf16", demand_of(spec)).rate_on(gpu)
    assert rate is not None
    return 1 / rate


@pytest.mark.parametrize(
    ("key", "gpu", "measured_s"),
    [
        ("black-forest-labs/FLUX.1-dev", "H100-SXM", 6.5),  # TheStageAI/Elastic-FLUX.1-dev, original
        ("black-forest-labs/FLUX.1-dev", "L40S", 16.0),
        ("hunyuanvideo-community/HunyuanVideo", "H100-SXM", 1904.0),  # its README, one GPU of 80 GB
        ("THUDM/CogVideoX-5b", "H100-SXM", 90.0),  # its model card
        ("THUDM/CogVideoX-2b", "H100-SXM", 45.0),
    ],
)
def test_known_models_take_about_what_was_measured(
    key: str, gpu: str, measured_s: float,
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...],
) -> None:  # fmt: skip
    domain = next(model.domain for model in starter_models if model.key == key)
    assert seconds_of(work(starter_models, key, domain=domain), starter_gpus[gpu]) == pytest.approx(
        measured_s, rel=0.35
    )


@pytest.mark.parametrize(
    ("model", "size", "gpu", "measured_s"),
    [
        ("Ultralytics/YOLOv8", "yolov8n", "A100-80GB", 1 / 0.99e-3),
        ("Ultralytics/YOLOv8", "yolov8x", "A100-80GB", 1 / 3.53e-3),
        ("Ultralytics/YOLO11", "yolo11n", "T4", 1 / 1.5e-3),
        ("Ultralytics/YOLO11", "yolo11x", "T4", 1 / 11.3e-3),
        ("Ultralytics/YOLOv5", "yolov5n", "V100-16GB", 1 / 6.3e-3),
        ("Ultralytics/YOLOv5", "yolov5x", "V100-16GB", 1 / 12.1e-3),
        ("microsoft/resnet-50", None, "L4", 358.6),
        ("google/vit-base-patch16-224", None, "L4", 238.0),
    ],
)
def test_small_networks_answer_no_faster_than_pictures_are_fed(
    model: str, size: str | None, gpu: str, measured_s: float, starter_models: tuple[ModelCard, ...],
    starter_gpus: dict[str, Gpu],
) -> None:  # fmt: skip
    """Ultralytics' tables (TensorRT on A100 and T4, PyTorch on V100); Roboflow's Inference benchmarks (ONNX Runtime on
    L4): from an engine that is tuned to one picture after another, within the band."""
    card = next(card for card in starter_models if card.key == model)
    asked = of_size(card, size)[0] if size else card
    speed = item_speed(SizeRequest(gpu=starter_gpus[gpu], model=asked))
    assert speed is not None
    assert speed.low < measured_s < speed.high


def test_a_clip_of_720p_is_75600_tokens_and_four_times_the_work_of_480p(
    starter_models: tuple[ModelCard, ...],
) -> None:
    """21 latent frames x 45 x 80; 14B x 75,600 + 2 x 40 x 5,120 x 75,600^2 = 3.40e15, against 8.98e14 for 32,760."""
    row = known_work("Wan-AI/Wan2.2-T2V-A14B-Diffusers")
    assert row is not None
    assert row.tokens((1280, 720), 5.0) == 75_600
    key = "Wan-AI/Wan2.1-T2V-14B-Diffusers"
    small, large = (
        work(starter_models, key, domain="video", media={"width": w, "height": h, "seconds": 5})
        for w, h in ((832, 480), (1280, 720))
    )
    assert small.gmacs_per_item == pytest.approx(8.98e5, rel=0.01)
    assert large.gmacs_per_item == pytest.approx(3.40e6, rel=0.01)
    assert "1,280 x 720 px of 5 s" in large.name


def test_a_longer_clip_is_more_than_proportional_work(starter_models: tuple[ModelCard, ...]) -> None:
    five, ten = (
        work(starter_models, "Wan-AI/Wan2.1-T2V-14B-Diffusers", domain="video", media={"seconds": s}) for s in (5, 10)
    )
    assert 2 < ten.gmacs_per_item / five.gmacs_per_item < 4


@pytest.mark.parametrize(
    ("key", "passes"),
    [
        ("black-forest-labs/FLUX.1-dev", 28),
        ("black-forest-labs/FLUX.1-schnell", 4),
        ("Tongyi-MAI/Z-Image-Turbo", 8),
        ("stabilityai/stable-diffusion-xl-base-1.0", 100),
        ("stabilityai/sdxl-turbo", 1),
    ],
)
def test_steps_are_doubled_only_where_guidance_is_not_distilled(
    key: str, passes: int, starter_models: tuple[ModelCard, ...]
) -> None:
    assert work(starter_models, key, domain="image_generation").passes == passes
    asked = work(starter_models, key, domain="image_generation", media={"steps": 20}).passes
    assert asked == (40 if passes == 100 else 20)


def test_a_large_picture_takes_more_than_its_pixels(starter_models: tuple[ModelCard, ...]) -> None:
    """SDXL at 2,048 px: 2,614 GMACs x 4 of convolutions and 376 x 16 of attention."""
    row = work(
        starter_models, "stabilityai/stable-diffusion-xl-base-1.0", domain="image_generation",
        media={"width": 2048, "height": 2048},
    )  # fmt: skip
    assert row.gmacs_per_item == pytest.approx(2614 * 4 + 376 * 16, rel=0.01)


def test_a_vision_transformer_counts_its_patches(starter_models: tuple[ModelCard, ...]) -> None:
    """ViT-L with patches of 14 at 224 px: 257 tokens, 81 GMACs as timm counts."""
    row = work(starter_models, "facebook/dinov2-large", domain="vision", use_case="classification")
    assert row.gmacs_per_item == pytest.approx(81.1, rel=0.01)


@pytest.mark.parametrize(
    ("asked", "times"),
    [
        ({"use_case": "segmentation", "media": {"width": 4096, "height": 3000}}, 23.4),
        ({"use_case": "segmentation", "task_type": "training", "training": {"resolution": "4096x3000"}}, 23.4),
        ({"use_case": "detection", "media": {"width": 5164, "height": 3873}}, 23.5),
        ({"use_case": "detection", "media": {"width": 1920, "height": 1080}}, 1.0),
        ({"use_case": "classification", "media": {"width": 3000, "height": 3000}}, 1.0),
    ],
)
def test_every_pixel_counts_where_small_things_are_looked_for(asked: dict[str, object], times: float) -> None:
    """12.3 megapixels are 23.4 times 1,024 x 512; a camera's picture and a classifier's are scaled down."""
    spec = {"task_type": "inference", "domain": "vision", **asked}
    plain = work_for(WorkloadSpec.model_validate({**spec, "media": {}, "training": {}}))
    row = work_for(WorkloadSpec.model_validate(spec))
    assert row.gmacs_per_item / plain.gmacs_per_item == pytest.approx(times, rel=0.01)
    assert row.note


def test_pictures_that_train_a_classifier_are_scaled_to_a_side() -> None:
    spec = {"task_type": "training", "domain": "vision", "use_case": "classification"}
    at_512, at_1024, at_4096 = (
        work_for(WorkloadSpec.model_validate({**spec, "training": {"resolution": f"{side}x{side}"}}))
        for side in (512, 1024, 4096)
    )
    assert at_4096.gmacs_per_item == at_1024.gmacs_per_item == pytest.approx(4 * at_512.gmacs_per_item)
    assert (at_512.note, at_1024.note) == (None, None)
    assert at_4096.note


def test_training_at_twice_the_side_is_four_times_the_work_and_a_smaller_batch(
    starter_models: tuple[ModelCard, ...],
) -> None:
    small, large = (
        work(starter_models, "Ultralytics/YOLO11", task_type="training", domain="vision",
             training={"resolution": f"{side}x{side}"}, dataset={"modality": "images"})
        for side in (640, 1280)
    )  # fmt: skip
    assert large.gmacs_per_item == pytest.approx(4 * small.gmacs_per_item)
    assert large.train_activation_gib * large.train_batch < 16


def test_texts_are_read_at_their_length(starter_models: tuple[ModelCard, ...]) -> None:
    """bge-m3 computes with 312M of its 568M parameters: 64 x (312M + 2 x 24 x 1,024 x 64) = 20.2 GMACs."""
    row = work(starter_models, "BAAI/bge-m3", domain="embeddings", traffic={"input_tokens": 64})
    assert row.gmacs_per_item == pytest.approx(20.2, rel=0.01)
    cut = work(starter_models, "BAAI/bge-large-en-v1.5", domain="embeddings", traffic={"input_tokens": 4000})
    assert "512 tokens" in cut.name
    assert "cut" in (cut.note or "")


def test_a_query_is_ranked_against_all_its_passages(starter_models: tuple[ModelCard, ...]) -> None:
    row = work(
        starter_models, "BAAI/bge-reranker-v2-m3", domain="embeddings", use_case="reranking",
        dataset={"items": 200}, traffic={"input_tokens": 300},
    )  # fmt: skip
    assert row.passes == 200


def test_live_streams_are_looked_at_again_and_again(starter_models: tuple[ModelCard, ...]) -> None:
    """80 calls with a word due after 500 ms are 160 windows a second for Whisper, 80 s of speech for what streams."""
    asked = {"domain": "speech", "traffic": {"concurrent_users": 80, "latency_ms": 500}}
    spec = WorkloadSpec.model_validate({"task_type": "inference", **asked})
    assert demand_of(spec).requests_per_s == 160
    again = work(starter_models, "openai/whisper-large-v3", **asked)
    once = work(starter_models, "nvidia/nemotron-speech-streaming-en-0.6b", **asked)
    assert again.gmacs_per_item == 1150
    assert "read again every 0.5 s" in again.name
    assert 2 * once.gmacs_per_item * 160 == pytest.approx(80 * 159)
    finished = WorkloadSpec.model_validate({"task_type": "inference", "domain": "speech"})
    assert demand_of(finished).requests_per_s is None


def test_streams_of_one_h100_are_those_that_were_published(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    asked = {"domain": "speech", "media": {"live": True}, "traffic": {"concurrent_users": 560}}
    row = work(starter_models, "nvidia/nemotron-speech-streaming-en-0.6b", **asked)
    assert 1 / seconds_of(row, starter_gpus["H100-SXM"]) == pytest.approx(560, rel=0.02)


def test_clouds_are_no_pictures() -> None:
    spec = {"task_type": "training", "domain": "vision", "dataset": {"modality": "point_clouds"}}
    small = work_for(WorkloadSpec.model_validate(spec))
    large = work_for(WorkloadSpec.model_validate({**spec, "media": {"points": 240_000}}))
    assert small.key == large.key == "point-clouds"
    assert large.gmacs_per_item == 2 * small.gmacs_per_item


def test_every_known_model_is_in_the_catalogue(starter_models: tuple[ModelCard, ...]) -> None:
    keys = [model.key for model in starter_models]
    lonely = [row.keys for row in known_works() if not any(row.is_about(key) for key in keys)]
    assert lonely == []


def test_every_stream_takes_memory_of_the_copy_that_hears_it(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    """200 hearings x 0.75 GiB beside 8.2 GiB of weights are more than one 80 GB card holds, whatever its speed."""
    asked = {"domain": "speech", "media": {"live": True}, "traffic": {"concurrent_users": 200}}
    row = work(starter_models, "mistralai/Voxtral-Mini-4B-Realtime-2602", **asked)
    spec = WorkloadSpec.model_validate({"task_type": "inference", **asked})
    serving = ItemServing(row, row.name, row.params_b, "bf16", demand_of(spec))
    found = serving.deploy(starter_gpus["H100-SXM"], 1, 1)
    assert found is not None
    assert found.replicas == 3
    proof = serving.proof(starter_gpus["H100-SXM"], 1, found)
    assert proof.fits
    assert any("67 streams x 0.75 GiB" in line.formula for line in proof.lines)


@pytest.mark.parametrize(("gpu", "least", "most"), [("H100-SXM", 60, 75), ("RTX-PRO-6000", 30, 60), ("L4", 5, 15)])
def test_streams_that_are_spoken_are_those_that_were_measured(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu], gpu: str, least: int, most: int
) -> None:
    """Of Qwen3-TTS 1.7B: 67.7 s a second on an H100 in vLLM-Omni, 30 to 60 streams on an RTX PRO 6000. Of Kokoro 82M:
    45.7 s a second on a small card, which a larger one does not raise."""
    asked = {"domain": "speech", "use_case": "text_to_speech", "traffic": {"concurrent_users": 40}}
    row = work(starter_models, "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice", **asked)
    assert row.item == "1 s of speech"
    assert least <= 1 / seconds_of(row, starter_gpus[gpu]) <= most
    smaller = work(starter_models, "coqui/XTTS-v2", **asked)
    assert seconds_of(smaller, starter_gpus[gpu]) == pytest.approx(seconds_of(row, starter_gpus[gpu]), rel=0.3)
    smaller = work(starter_models, "hexgrad/Kokoro-82M", **asked)
    assert 1 / seconds_of(smaller, starter_gpus[gpu]) == pytest.approx(45.7, rel=0.1)


def test_kokoro_takes_what_was_measured_of_it(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    """2.1 times as fast as it plays on 4 vCPU, 38.7 times on an RTX 4070, whose rate is 58.3 TFLOPS."""
    row = work(starter_models, "hexgrad/Kokoro-82M", domain="speech", use_case="audiobooks")
    measured_on = starter_gpus["RTX-4070-Ti-SUPER"].model_copy(
        update={"tflops_bf16": 58.3, "memory_bandwidth_gb_s": 504}
    )
    assert 30 / seconds_of(row, measured_on) == pytest.approx(38.7, rel=0.05)
    assert 30 / (2 * row.gmacs_per_item / (4 * speeds().cores.gflops)) == pytest.approx(2.13, rel=0.05)


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("text-to-speech", "speech-synthesis"),
        ("text-to-audio", "speech-synthesis"),
        ("automatic-speech-recognition", "speech-recognition"),
        ("video-classification", "video-classification"),
        ("text-to-video", "video-generation"),
        ("image-to-video", "video-generation"),
        ("mask-generation", "segmentation"),
    ],
)
def test_a_model_is_sized_by_what_it_does(tag: str, kind: str, starter_models: tuple[ModelCard, ...]) -> None:
    """Whatever else its row says it is used for; 5 that speak were taken for Whisper, 2 that watch for a clip made."""
    cards = [card for card in starter_models if card.pipeline_tag == tag]
    taken = {work_for(WorkloadSpec(domain=c.domain, use_case=" ".join(c.use_cases) or None), c).key for c in cards}
    assert cards
    assert taken == {kind}


def test_everyone_who_is_spoken_to_needs_a_second_of_speech_every_second() -> None:
    asked = {"task_type": "inference", "domain": "speech", "traffic": {"concurrent_users": 40}}
    spoken = demand_of(WorkloadSpec.model_validate({**asked, "use_case": "text_to_speech"}))
    music = demand_of(WorkloadSpec.model_validate({**asked, "use_case": "music_generation"}))
    assert spoken.requests_per_s == 40
    assert music.requests_per_s is None or music.requests_per_s < 40


@pytest.mark.parametrize(
    ("asked", "name", "gflops", "told"),
    [
        ("YOLO", "YOLOv8m", 78.9, True),
        ("yolov8x", "YOLOv8x", 257.8, False),
        ("YOLO 11 n", "YOLO11n", 6.5, False),
        ("YOLOv8m", "YOLOv8m", 78.9, False),
        ("ultralytics/yolov5", "YOLOv5m", 49.0, True),
    ],
)
def test_a_family_of_sizes_is_of_the_one_that_is_named_else_of_the_usual(
    starter_models: tuple[ModelCard, ...], asked: str, name: str, gflops: float, told: bool
) -> None:
    """The letters are Ultralytics'; the m of a name is no million."""
    spec = WorkloadSpec(task_type="inference", domain="vision", models=(RequestedModel(name=asked),))
    first = candidates(spec, starter_models)[0]
    assert first.name == name
    assert 2 * first.reference.gmacs_per_item == pytest.approx(gflops, rel=0.01)
    assert ("is published in sizes" in (first.note or "")) == told


def test_telling_speakers_apart_takes_what_was_measured(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    row = work(starter_models, "pyannote/speaker-diarization-3.1", domain="speech", use_case="diarization")
    assert seconds_of(row, starter_gpus["V100-16GB"]) == pytest.approx(0.025 * 30, rel=0.1)


@pytest.mark.parametrize(
    "said", [{"use_case": "diarization"}, {"use_case": "transcription", "features": ["diarization"]}]
)
@pytest.mark.parametrize("key", ["openai/whisper-large-v3", "openai/whisper-large-v3-turbo", "openai/whisper-small"])
def test_a_transcriber_that_tells_speakers_apart_does_the_work_of_both(
    key: str, said: dict[str, object], starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    """The other model's work is its own, however large the transcriber is."""
    gpu, speech = starter_gpus["L40S"], {"domain": "speech", "task_type": "batch_inference"}
    params_b = next(model.params_b for model in starter_models if model.key == key)
    heard = seconds_of(work(starter_models, key, **speech, use_case="transcription"), gpu, params_b)
    told = seconds_of(work(starter_models, "pyannote/speaker-diarization-3.1", **speech, use_case="diarization"), gpu)
    both = seconds_of(work(starter_models, key, **speech, **said), gpu, params_b)
    assert both == pytest.approx(heard + told, rel=0.02)


@pytest.mark.parametrize("domain", ["scientific", "vision"])
def test_an_encoder_of_satellite_pictures_is_sized_by_pictures(
    domain: str, starter_models: tuple[ModelCard, ...]
) -> None:
    row = work(starter_models, "ibm-nasa-geospatial/Prithvi-EO-2.0-300M", domain=domain)
    assert row.domain == "vision"
    assert row.item == "image"


@pytest.mark.parametrize(
    ("named", "gflops"),
    [("yolov4-tiny", 6.93), ("YOLO v3", 65.98), ("ssd_mobilenet_v2", 3.78), ("detectnet_v2 resnet18", 62.0)],
)
def test_a_network_that_no_catalogue_lists_takes_what_was_published_of_it(
    starter_models: tuple[ModelCard, ...], named: str, gflops: float
) -> None:
    asked = {"task_type": "inference", "domain": "vision", "use_case": "detection", "models": [{"name": named}]}
    (candidate,) = candidates(WorkloadSpec.model_validate(asked), starter_models)
    assert candidate.name == named
    assert 2 * candidate.reference.gmacs_per_item == pytest.approx(gflops, rel=0.01)


@pytest.mark.parametrize("network", published_networks(), ids=lambda network: network.name)
def test_each_published_network_stands_for_its_own_name_alone(
    starter_models: tuple[ModelCard, ...], network: PublishedNetwork
) -> None:
    """A name or alias that a model of the catalogue has would never reach its row."""
    for name in (network.name, *network.aliases):
        asked = WorkloadSpec(task_type="inference", domain="vision", models=(RequestedModel(name=name),))
        assert network_named(name) == network
        assert [found.source for found in candidates(asked, starter_models)] == [network.source], name
        assert work_of(asked, network).gmacs_per_item == pytest.approx(network.gmacs)


def test_a_film_model_that_nobody_lists_is_no_decoder(starter_models: tuple[ModelCard, ...]) -> None:
    asked = {"task_type": "inference", "domain": "video", "models": [{"name": "Gan-T2V-14B", "params_b": 14.0}]}
    (candidate,) = candidates(WorkloadSpec.model_validate(asked), starter_models)
    assert candidate.note is not None
    assert "decoder" not in candidate.note
    assert "diffusion" in candidate.note


def test_a_size_in_a_models_name_means_it_whatever_all_its_parts_weigh(
    starter_models: tuple[ModelCard, ...],
) -> None:
    """Wan's I2V-14B has 16.4B with the encoder of its picture."""
    named = RequestedModel(name="Wan-I2V-14B-720P", params_b=14.0)
    found = [model.key for model in starter_models if is_requested(named, model)]
    assert found == ["Wan-AI/Wan2.1-I2V-14B-720P-Diffusers"]


def test_one_recording_alone_waits_for_the_decoders_weights_at_every_token(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    """81 tokens of 1.81 GB over 57 % of the A4000's 448 GB/s are 0.57 s; turbo has an eighth of the layers."""
    served = {}
    for key in ("openai/whisper-large-v3", "openai/whisper-large-v3-turbo"):
        row = work(starter_models, key, domain="speech", use_case="transcription")
        spec = WorkloadSpec.model_validate({"task_type": "inference", "domain": "speech"})
        footprint = ItemServing(row, row.name, 1.55, "fp16", demand_of(spec))
        deployment = footprint.deploy(starter_gpus["RTX-A4000"], 1, 1)
        assert deployment is not None
        served[key] = deployment.answer_ms or 0.0
    whole, turbo = served.values()
    assert whole > 81 * 1.81 / (448 * 0.57) * 1000
    assert turbo < whole / 2
