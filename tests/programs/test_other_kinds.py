"""Sequences, clicks, tastes and agents are learnt, and a killed job goes on where it was."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.programs.conftest import Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)

STEPS = ["--max-steps=40", "--save-every=5", "--precision=fp32", "--workers=0"]


def test_checked_answers_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    tasks = [{"prompt": f"{n} and {n} is", "answer": str(2 * n)} for n in range(40)]
    data, model = tiny.lines(tmp_path / "data" / "tasks.jsonl", tasks), tiny.language_model(tmp_path / "model")
    job = run("reward_language", f"--data={data}", f"--model={model}", "--max-tokens=32", "--answers=2",
              "--micro-batch=2", "--max-steps=12", "--save-every=3", *STEPS[2:])  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 12


def test_sequences_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    from transformers import EsmConfig, EsmForMaskedLM, EsmTokenizer

    letters = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWC", "<mask>"]
    (tmp_path / "words.txt").write_text("\n".join(letters))
    reader = EsmTokenizer(str(tmp_path / "words.txt"))
    config = EsmConfig(
        vocab_size=len(letters), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        pad_token_id=1, mask_token_id=len(letters) - 1, position_embedding_type="rotary", max_position_embeddings=64,
    )  # fmt: skip
    EsmForMaskedLM(config).save_pretrained(tmp_path / "model")
    reader.save_pretrained(tmp_path / "model")
    source = random.Random(0)
    fasta = "".join(f">p{n}\n{''.join(source.choices('LAGVSERTID', k=30))}\n" for n in range(40))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "proteins.fasta").write_text(fasta)
    job = run("finetune_sequences", f"--data={tmp_path / 'data'}", f"--model={tmp_path / 'model'}", *STEPS)
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40


@pytest.mark.parametrize("marks", [False, True], ids=["texts", "words"])
def test_an_encoder_that_classifies_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path, marks: bool) -> None:
    from transformers import BertConfig, BertForMaskedLM

    reader = tiny.tokenizer()
    config = BertConfig(vocab_size=len(reader), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=64, max_position_embeddings=64)  # fmt: skip
    BertForMaskedLM(config).save_pretrained(tmp_path / "model")
    reader.save_pretrained(tmp_path / "model")
    source = random.Random(0)
    said = [tiny.sentence(source) for _ in range(60)]
    rows: list[dict[str, object]] = [{"text": text, "label": "model" if "model" in text else "other"} for text in said]
    if marks:
        rows = [{"tokens": text.split(), "tags": ["B-X" if word == "model" else "O" for word in text.split()]}
                for text in said]  # fmt: skip
    data = tiny.lines(tmp_path / "data" / "rows.jsonl", rows)
    job = run("finetune_texts", f"--data={data}", f"--model={tmp_path / 'model'}", "--max-tokens=32",
              f"--method={'lora' if marks else 'full'}", "--micro-batch=4", *STEPS)  # fmt: skip
    printed = job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40
    assert "eval_accuracy" in printed


def test_clicks_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    import pandas as pd

    noise = np.random.default_rng(0)
    rows = pd.DataFrame({"label": noise.integers(0, 2, 2000), "price": noise.random(2000), "seen": noise.random(2000),
                         "user": noise.integers(0, 50, 2000), "shop": noise.choice(["a", "b"], 2000)})  # fmt: skip
    (tmp_path / "data").mkdir()
    rows.to_parquet(tmp_path / "data" / "clicks.parquet")
    job = run("train_recommender", f"--data={tmp_path / 'data'}", "--rows=100", "--layers", "16", "8",
              "--micro-batch=100", *STEPS)  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.checkpoints()[-1] == 40
    assert (job.output / "final" / "model.pt").exists()


def test_tastes_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    import pandas as pd

    noise = np.random.default_rng(0)
    rows = pd.DataFrame({"user": noise.integers(0, 500, 20_000), "item": noise.integers(0, 300, 20_000)})
    (tmp_path / "data").mkdir()
    rows.to_parquet(tmp_path / "data" / "taken.parquet")
    job = run("factorise_interactions", f"--data={tmp_path / 'data'}", "--factors=32", "--rounds=60")
    printed = job.killed_and_resumed((job.output / "factors.npz").exists)
    assert '"step": 60' in printed
    assert np.load(job.output / "final" / "model.npz")["users"].shape == (500, 32)


def test_an_agent_goes_on_after_a_kill(run: Callable[..., Run]) -> None:
    job = run("train_agent", "--transitions=6000", "--worlds=1", "--horizon=256", "--micro-batch=64")
    job.killed_and_resumed((job.output / "agent.zip").exists)
    assert (job.output / "final" / "agent.zip").exists()
