"""Hardware that people tell of without a word that says whose it is, and hardware that they wish for as briefly."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import converse, starter_reader


async def _read(words: str) -> WorkloadSpec:
    return (await converse([words], starter_reader()))[0].spec


@pytest.mark.parametrize(
    "words",
    [
        "Training of yolov8 on my images is weird. Specs: Ryzen 9, RTX 3090 24GB, 64gb ram. Epochs last an hour, why?",
        "I'm finetuning whisper medium on an A100 80GB, but the loss explodes after a while. What could be the reason?",
        "The checkpoint loads for me but generation stalls. Environment: Ubuntu, RTX 4090, 128GB ram. What causes it?",
    ],
)
async def test_the_machine_that_somebody_describes_is_not_asked_for(words: str) -> None:
    spec = await _read(words)
    assert (spec.gpu.models, spec.gpu.min_vram_gb, spec.cpu.min_ram_gb) == ((), None, None)


@pytest.mark.parametrize(
    ("words", "cards"),
    [
        (
            "Llama 3.1 70B for 300 people in our support team, 4x A100 80GB in Frankfurt, under $9k a month.",
            ("A100-80GB",),
        ),
        ("Fine-tune Mistral 7B with qlora on 40k examples, one L40S on spot in the EU, done by Friday.", ("L40S",)),
        ("RAG over 80k contracts for 60 lawyers, two H100 in Canada, answers below two seconds.", ("H100",)),
    ],
)
async def test_cards_that_are_ordered_in_few_words_are_asked_for(words: str, cards: tuple[str, ...]) -> None:
    assert (await _read(words)).gpu.models == cards


async def test_cards_at_hand_that_a_question_weighs_against_each_other_stay_at_hand() -> None:
    spec = await _read("I only have 2 * RTX 4090 or 2 * A100, which of them is better to fine-tune a 7B with LoRA?")
    assert ([(one.gpu, one.count) for one in spec.owned], spec.gpu.models) == ([("RTX-4090", 2), ("A100", 2)], ())


@pytest.mark.parametrize("words", ["How many A100 GPUs were used to train it?", "How many H100 GPUs did you use?"])
async def test_cards_that_others_trained_on_are_not_asked_for(words: str) -> None:
    assert (await _read(f"{words} I'd like to fine-tune Qwen 7B.")).gpu.models == ()


async def test_a_cpu_that_is_asked_about_leaves_open_whether_a_gpu_is_needed() -> None:
    assert (await _read("Is there a way to run a 7B chatbot with a CPU instead of a GPU?")).gpu_needed is not True


@pytest.mark.parametrize(
    "words",
    [
        "Self hosting an embeddings model is prohibitively expensive (~25k/month). What is cheaper?",
        "YOLOv8 inference stays at about 60 FPS on my Jetson. Is that expected?",
        "Can I train a vision model with 4*3090, 96 VRAM in total?",
    ],
)
async def test_a_price_that_is_told_and_a_figure_without_money_are_no_budget(words: str) -> None:
    assert (await _read(words)).budget.amount is None


async def test_cores_and_multiples_are_no_number_of_gpus() -> None:
    told = await _read("Llama-2 7B gives 65 tokens a second, is that normal? Hardware: NVIDIA RTX 4090, cpu cores: 32.")
    planned = await _read("Serve a 13B model for 50 people; later a better machine with 8 times the GPUs.")
    assert (told.gpu.min_count, planned.gpu.min_count) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        "I need to process 300 camera streams in real time with Yolov4-tiny. How many fit on one V100?",
        "I'm going to process 420 IP cameras at 18 FPS with 2 yolov4-tiny models. Which gpu do you recommend?",
    ],
)
async def test_cameras_are_watched_live(words: str) -> None:
    assert (await _read(words)).task_type == "inference"


async def test_the_nodes_of_our_cluster_are_at_hand_whatever_schedules_them() -> None:
    spec = await _read("Our Slurm cluster has 6 nodes with 4x V100 32GB. Can researchers run Llama 3.1 70B on it?")
    assert [(one.gpu, one.count, one.nodes) for one in spec.owned] == [("V100-32GB", 4, 6)]
    assert (spec.gpu.models, spec.gpu.min_count, spec.gpu.min_nodes) == ((), None, None)


async def test_of_two_cards_against_each_other_neither_is_left_out() -> None:
    spec = await _read("H100 vs MI300X for serving Llama 3.1 405B in FP8, 30 concurrent users")
    assert set(spec.gpu.models) == {"H100", "MI300X"}


async def test_the_maker_of_a_processor_is_no_wish_for_its_gpus() -> None:
    spec = await _read("CPU AMD 3955WX, RAM 128GB, GPU RTX 4000 16GB. Can I run boltz with the 16GB GPU?")
    assert (spec.gpu.vendors, spec.gpu.min_vram_gb) == ((), None)
