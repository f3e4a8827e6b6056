"""`stack8s size` proves the memory of the model that was named, and of no other."""

import json
from pathlib import Path

import pytest

from domain.speed import ServingSpeed
from server.commands.sizing import Sized
from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("unknown", "near"),
    [
        ("meta-lama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
        ("acme/Mistral-7B", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("Qwen/Qwen2.5-9B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("Qwen2 32B", "Qwen/Qwen2.5-32B-Instruct"),
        ("Llama 370B", "meta-llama/Llama-3.1-405B-Instruct"),
    ],
)
def test_an_unknown_model_is_refused_and_what_is_near_is_named(terminal: Terminal, unknown: str, near: str) -> None:
    done = terminal.run("size", unknown, "--gpu", "H100")
    assert (done.code, done.out) == (2, "")
    assert f"The catalogue has no model {unknown}." in done.err
    assert near in done.err


@pytest.mark.parametrize(
    ("asked", "model_id"),
    [
        ("Qwen/Qwen3-8B-Base", "Qwen/Qwen3-8B"),
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", "Qwen/Qwen3-30B-A3B-Instruct-2507"),
        ("google/gemma-3-27b-pt", "google/gemma-3-27b-it"),
        ("Qwen/Qwen3-Coder-Next", "Qwen/Qwen3-Next-80B-A3B-Instruct"),
        ("allenai/Olmo-3.1-32B-Instruct", "allenai/Olmo-3-1125-32B"),
    ],
)
def test_a_network_that_was_taught_otherwise_takes_as_much_and_that_is_said(
    terminal: Terminal, asked: str, model_id: str
) -> None:
    sized, same = (
        Sized.model_validate_json(terminal.run("size", name, "--gpu", "H200", "--json").out)
        for name in (asked, model_id)
    )
    assert (sized.model, sized.total_gib) == (model_id, same.total_gib)
    assert any("taught otherwise" in line.formula for line in sized.lines)


def test_a_model_that_nothing_is_near_to_is_refused_too(terminal: Terminal) -> None:
    done = terminal.run("size", "no/such-model", "--gpu", "H100")
    assert (done.code, done.out) == (2, "")
    assert "The catalogue has no model no/such-model." in done.err
    assert len(done.err.strip().splitlines()) == 1


@pytest.mark.parametrize(("gpu", "code"), [("RTX 4090", 1), ("L40S", 0)])
def test_text_encoders_stay_beside_the_network_that_makes_pictures(terminal: Terminal, gpu: str, code: int) -> None:
    """8.1B in 16 bits are 15 GiB, T5-XXL and two CLIPs another 10.4: more than a card of 24 GB has."""
    done = terminal.run("size", "stabilityai/stable-diffusion-3.5-large", "--gpu", gpu, "--json")
    proof = json.loads(done.out)
    encoders = next(line["value"] for line in proof["lines"] if line["label"] == "Text encoders")
    assert done.code == code
    assert encoders == pytest.approx(10.4, abs=0.1)
    assert proof["weights_gib"] == pytest.approx(15.0 + encoders, abs=0.1)


@pytest.mark.parametrize(("name", "gpus", "code"), [("facebook/opt-66b", 2, 0), ("opt-66b", 1, 1)])
def test_an_older_model_is_sized_by_its_configuration(terminal: Terminal, name: str, gpus: int, code: int) -> None:
    """65.7B in 16 bits are 122 GiB."""
    done = terminal.run("size", name, "--gpu", "A100-80GB", "--gpu-count", str(gpus), "--json")
    proof = json.loads(done.out)
    assert (done.code, proof["model"]) == (code, "facebook/opt-66b")
    assert proof["weights_gib"] * gpus == pytest.approx(122.4, rel=0.02)


def test_experts_of_no_known_mixture_are_counted_as_more_than_they_are(terminal: Terminal) -> None:
    done = terminal.run("size", "16x12B", "--gpu", "H200", "--gpu-count", "8")
    assert "192" in done.out
    assert "no mixture of 16x12b is known" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("Llama 70B", "meta-llama/Llama-3.3-70B-Instruct"),
        ("mistral-7b", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("QWEN/qwen2.5-omni-7b", "Qwen/Qwen2.5-Omni-7B"),
    ],
)
def test_a_model_goes_by_its_other_names(terminal: Terminal, name: str, model_id: str) -> None:
    assert terminal.run("size", name, "--json").out == terminal.run("size", model_id, "--json").out


@pytest.mark.parametrize(
    ("pasted", "model_id", "told"),
    [
        ("qwen3:30b-a3b-q8_0", "Qwen/Qwen3-30B-A3B", ("--quantization", "q8_0", "--engine", "llama.cpp")),
        ("TheBloke/Mixtral-8x7B-Instruct-v0.1-AWQ", "mistralai/Mixtral-8x7B-Instruct-v0.1", ("--quantization", "awq")),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct", ()),
        ("deepseek-r1-671b", "deepseek-ai/DeepSeek-R1", ()),
        ("8x7B", "mistralai/Mixtral-8x7B-Instruct-v0.1", ()),
        ("8x22b", "mistralai/Mixtral-8x22B-Instruct-v0.1", ()),
        ("8x7b-q4_K_M", "mistralai/Mixtral-8x7B-Instruct-v0.1", ("--quantization", "q4_k_m")),
        ("Wan-AI/Wan2.2-T2V-A14B", "Wan-AI/Wan2.2-T2V-A14B-Diffusers", ()),
    ],
)
def test_a_name_as_it_is_pasted_says_the_model_and_its_format(
    terminal: Terminal, pasted: str, model_id: str, told: tuple[str, ...]
) -> None:
    gpu = ("--gpu", "H200", "--json")
    assert terminal.run("size", pasted, *gpu).out == terminal.run("size", model_id, *told, *gpu).out


def test_a_model_of_several_sizes_is_sized_in_the_one_of_its_name(terminal: Terminal) -> None:
    small, large = (
        Sized.model_validate_json(terminal.run("size", name, "--gpu", "T4", "--json").out).weights_gib
        for name in ("yolov8n", "yolov8x")
    )
    assert large == pytest.approx(68.2e6 * 2 / 2**30, rel=0.02)
    assert small < large / 10


def test_figures_of_another_network_are_said_to_be(terminal: Terminal) -> None:
    sized = Sized.model_validate_json(terminal.run("size", "microsoft/aurora", "--gpu", "L4", "--json").out)
    assert any(line.label == "Not known" and "ESM-2" in line.formula for line in sized.lines)


def test_a_tag_without_a_format_says_which_one_was_taken(terminal: Terminal) -> None:
    done = terminal.run("size", "qwen3:30b-a3b", "--gpu", "RTX 4090", "--json")
    sized = Sized.model_validate_json(done.out)
    assert (done.code, sized.model, sized.engine) == (0, "Qwen/Qwen3-30B-A3B", "llama.cpp b11347")
    assert any("q4_k_m taken" in line.formula for line in sized.lines)


@pytest.mark.parametrize("written", ["8xH100", "H100:8", "H100x8"])
def test_a_gpu_with_its_number_is_told_how_to_say_both(terminal: Terminal, written: str) -> None:
    assert "--gpu H100 --gpu-count 8" in terminal.run("size", "13B", "--gpu", written).err


@pytest.mark.parametrize(
    ("reported", "gpu"),
    [
        ("NVIDIA H100 80GB HBM3", "H100-SXM"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX-PRO-6000"),
        ("NVIDIA RTX 5000 Ada Generation", "RTX-5000-Ada"),
        ("Apple M3 Max", "M3-Max-64GB"),
        ("RTX 3080 12GB", "RTX-3080-12GB"),
        ("RTX 3070 16GB", None),
        ("RTX 4080 Laptop GPU", None),
    ],
)
def test_facts_behind_a_gpus_name_must_be_true_of_it(terminal: Terminal, reported: str, gpu: str | None) -> None:
    done = terminal.run("size", "1B", "--gpu", reported, "--json")
    assert (Sized.model_validate_json(done.out).gpu if done.out else None) == gpu


def test_what_no_engine_starts_has_neither_room_nor_speed(terminal: Terminal) -> None:
    done = terminal.run("size", "8B", "--gpu", "H100", "--gpu-count", "1000", "--json")
    sized = Sized.model_validate_json(done.out)
    assert (done.code, sized.max_concurrency, sized.max_context, sized.throughput) == (1, 0, 0, None)


def test_where_llama_cpp_alone_runs_its_finest_files_are_taken(terminal: Terminal) -> None:
    sized = Sized.model_validate_json(terminal.run("size", "8B", "--gpu", "RX 7900 XTX", "--json").out)
    assert (sized.fits, sized.engine) == (True, "llama.cpp b11347")
    assert sized.weights_gib == pytest.approx(8e9 * 8.5 / 8 / 2**30, rel=0.01)


def test_weights_that_no_engine_loads_are_refused(terminal: Terminal) -> None:
    done = terminal.run("size", "turboderp/Llama-3.1-8B-Instruct-exl2", "--gpu", "RTX 3090")
    assert (done.code, done.out) == (2, "")
    assert "No engine here loads weights in exl2" in done.err


def test_a_configuration_is_sized_instead_of_a_model(terminal: Terminal, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32}))
    done = terminal.run("size", "--config", str(config), "--gpu", "L4", "--dtype", "fp16", "--json")
    proof = Sized.model_validate_json(done.out)
    assert not proof.fits
    assert done.code == 1
    assert proof.usable_gib < 24
    assert proof.model == str(config)


def test_the_quantisation_file_beside_a_configuration_counts(terminal: Terminal, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({
        "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336,
        "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    }))  # fmt: skip
    (tmp_path / "hf_quant_config.json").write_text(
        json.dumps({"quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}})
    )
    done = terminal.run("size", "--config", str(config), "--gpu", "L4")
    assert done.code == 0
    assert f"{config} (llama)" in done.out.replace("\n", "")
    assert "6.979B x 1 B (fp8)" in done.out
    assert "2 x 8 KV heads x" in done.out


def test_an_option_that_makes_no_sense_is_one_line_and_2(terminal: Terminal) -> None:
    for option in (
        ("--gpu-count", "0"),
        ("--context", "0"),
        ("--zero", "4"),
        ("--mode", "dream"),
        ("--gpu", "H9000"),
        ("--quantization", "int3"),
    ):
        done = terminal.run("size", "13B", *option)
        assert (done.code, done.out) == (2, "")
        assert len(done.err.strip().splitlines()) == 1


def test_without_zero_every_gpu_holds_all_states(terminal: Terminal) -> None:
    asked = ("8B", "--mode", "train", "--gpu", "H200", "--gpu-count", "8", "--json")
    whole, shared = (
        Sized.model_validate_json(terminal.run("size", *asked, "--zero", stage).out).total_gib for stage in "01"
    )
    assert whole > shared


def test_it_says_which_model_it_sized_and_how_fast_it_is(terminal: Terminal) -> None:
    asked = "Llama 70B --gpu H200 --dtype fp8 --input-tokens 512 --output-tokens 128 --concurrency 32 --replicas 2"
    done = terminal.run("size", *asked.replace("Llama 70B", "Llama_70B").split(), "--json")
    sized = Sized.model_validate_json(done.out)
    assert (done.code, sized.model) == (0, "meta-llama/Llama-3.3-70B-Instruct")
    assert isinstance(sized.throughput, ServingSpeed)
    assert sized.context_tokens == 512 + 128
    assert sized.throughput.in_flight == 64
    assert sized.throughput.low < sized.throughput.output_tokens_per_second < sized.throughput.high
    whole = sized.throughput.tokens_per_second_per_user * sized.throughput.in_flight
    assert whole > sized.throughput.output_tokens_per_second  # each user's pace is counted from the first token on


def test_training_says_its_hours_where_the_amount_is_known(terminal: Terminal) -> None:
    asked = ("8B", "--mode", "lora", "--gpu", "H100", "--json")
    assert Sized.model_validate_json(terminal.run("size", *asked).out).hours is None
    hours = [
        Sized.model_validate_json(terminal.run("size", *asked, "--examples", "1000", "--epochs", epochs).out).hours
        for epochs in ("1", "3")
    ]
    assert hours[0] is not None
    assert hours[1] == pytest.approx(3 * hours[0])


def test_what_is_not_counted_in_tokens_says_how_many_requests(terminal: Terminal) -> None:
    done = terminal.run("size", "stabilityai/stable-diffusion-xl-base-1.0", "--gpu", "H100")
    assert done.code == 0
    assert "requests a second" in done.out
