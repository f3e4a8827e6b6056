"""The table of tasks: which row a request is of, and which models can do it."""

import pytest

from domain.models import ModelCard
from domain.workload import Dataset, Evidence, Unplaced, WorkloadSpec
from sizing.model_facts import covers, refused_formats, unsupported
from sizing.model_tasks import fitting, model_tasks, task_of


def spec(said: str = "", **fields: object) -> WorkloadSpec:
    quotes = {"evidence": {"domain": Evidence(quote=said, turn=0)}} if said else {}
    return WorkloadSpec.model_validate({"task_type": "inference", **quotes, **fields})


@pytest.mark.parametrize(
    ("request_", "task"),
    [
        (spec(domain="speech", use_case="transcription"), "transcription"),
        (spec(domain="speech", use_case="text_to_speech"), "speech-synthesis"),
        (spec(domain="speech"), "transcription"),
        (spec(domain="vision", use_case="segmentation"), "segmentation"),
        (spec("Segment organs in CT scans", domain="vision", use_case="segmentation"), "medical-segmentation"),
        (spec(domain="vision", use_case="segmentation", dataset=Dataset(modality="mri")), "medical-segmentation"),
        (spec("sort scanned pages", domain="vision", use_case="classification"), "image-classification"),
        (spec("sort lung images", domain="vision", use_case="classification"), "medical-classification"),
        (spec("ctr prediction", domain="vision", use_case="segmentation"), "segmentation"),
        (spec(domain="llm", use_case="data_extraction"), "document-qa"),
        (spec("read scanned invoices", domain="llm", use_case="data_extraction"), "scanned-documents"),
        (spec(domain="llm", use_case="code_completion"), "code-completion"),
        (spec(domain="llm", use_case="code_completion", task_type="fine_tuning"), "language-training"),
        (spec(domain="llm"), "chat"),
        (spec("12 internal tools", domain="llm"), "agents-by-their-tools"),
        (spec("12 internal tools", domain="llm", use_case="summarization"), "summarisation"),
        (spec("a VLM for a robot", domain="multimodal", use_case="robotics"), "scene-description"),
        (spec("a VLA for a robot arm", domain="multimodal", use_case="robotics"), "robotics"),
        (spec(domain="embeddings", use_case="reranking"), "reranking"),
        (spec("GROMACS", domain="scientific", use_case="molecular_dynamics"), "molecular-dynamics"),
    ],
)
def test_a_request_is_of_the_task_it_names(request_: WorkloadSpec, task: str) -> None:
    found = task_of(request_)
    assert found is not None
    assert found.key == task


def test_a_request_without_a_domain_or_of_no_row_has_no_task() -> None:
    assert task_of(WorkloadSpec(use_case="chatbot")) is None
    assert task_of(spec(domain="vision", use_case="gesture_recognition")) is None


def test_the_usual_models_are_in_the_catalogue_and_can_do_their_task(starter_models: tuple[ModelCard, ...]) -> None:
    by_key = {model.key: model for model in starter_models}
    shared_lists = {"video-understanding"}  # takes the list of those who see pictures, some of whom see no films
    for task in model_tasks():
        for key in {*task.usual.default, *task.usual.quality, *task.usual.light, *task.usual.training}:
            assert key in by_key, task.key
            assert task.can_be_done_by(by_key[key]) or task.key in shared_lists, (task.key, key)
            assert unsupported(by_key[key]) is None, (task.key, key)


def test_speech_synthesis_gets_no_recogniser_and_recognition_no_voice(starter_models: tuple[ModelCard, ...]) -> None:
    voices = fitting(spec(domain="speech", use_case="text_to_speech"), starter_models)
    listeners = fitting(spec(domain="speech", use_case="transcription"), starter_models)
    assert {model.pipeline_tag for model in voices} == {"text-to-speech"}
    assert {model.pipeline_tag for model in listeners} == {"automatic-speech-recognition"}


def test_documents_are_read_by_models_of_two_domains_and_by_no_detector(starter_models: tuple[ModelCard, ...]) -> None:
    readers = fitting(spec(domain="vision", use_case="ocr"), starter_models)
    assert {model.domain for model in readers} == {"vision", "multimodal"}
    assert "object-detection" not in {model.pipeline_tag for model in readers}


def test_where_no_row_speaks_of_it_the_domain_decides(starter_models: tuple[ModelCard, ...]) -> None:
    found = fitting(spec(domain="vision", use_case="gesture_recognition"), starter_models)
    assert found == tuple(model for model in starter_models if model.domain == "vision")


@pytest.mark.parametrize(
    ("key", "languages", "covered"),
    [
        ("openai/whisper-large-v3", ("no",), True),
        ("distil-whisper/distil-large-v3", ("no",), False),
        ("distil-whisper/distil-large-v3", ("en",), True),
        ("nvidia/parakeet-tdt-0.6b-v3", ("da",), True),
        ("nvidia/parakeet-tdt-0.6b-v3", ("no",), False),
        ("BAAI/bge-large-en-v1.5", ("ja",), False),
        ("BAAI/bge-m3", ("ja",), True),
        ("meta-llama/Llama-3.3-70B-Instruct", ("pl",), False),
        ("meta-llama/Llama-3.3-70B-Instruct", ("de", "fr"), True),
        ("Qwen/Qwen3-8B", ("pl",), True),
    ],
)
def test_a_model_speaks_the_languages_it_was_made_for(
    key: str, languages: tuple[str, ...], covered: bool, starter_models: tuple[ModelCard, ...]
) -> None:
    assert covers({model.key: model for model in starter_models}[key], languages) is covered


def test_what_the_engine_dropped_is_known_for_what_it_serves(starter_models: tuple[ModelCard, ...]) -> None:
    by_key = {model.key: model for model in starter_models}
    mllama = unsupported(by_key["meta-llama/Llama-3.2-11B-Vision-Instruct"])
    assert mllama is not None
    assert mllama.until == "0.10.2"
    assert unsupported(by_key["meta-llama/Llama-3.2-3B-Instruct"]) is None
    assert unsupported(by_key["naver-clova-ix/donut-base"]) is None  # a vision model, which the engine does not serve
    assert "fp16" in refused_formats(by_key["google/embeddinggemma-300m"])
    assert not refused_formats(by_key["BAAI/bge-m3"])


def test_words_that_found_no_place_count_too() -> None:
    left = (Unplaced(quote="MRI", turn=0),)
    found = task_of(spec(domain="vision", use_case="segmentation", unplaced=left))
    assert found is not None
    assert found.key == "medical-segmentation"
