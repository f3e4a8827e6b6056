"""Trees, forecasts and piles of work go on after a kill, without doing again what is done."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.programs.conftest import Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)


@pytest.mark.parametrize(("library", "ending"), [("xgboost", "json"), ("lightgbm", "txt")])
def test_trees_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path, library: str, ending: str) -> None:
    import pandas as pd

    noise = np.random.default_rng(0)
    table = pd.DataFrame(noise.normal(0, 1, (4000, 8)), columns=[f"c{n}" for n in range(8)])
    table["kind"], table["target"] = np.where(table.c0 > 0, "a", "b"), (table.c1 + table.c2 > 0).astype(int)
    (tmp_path / "data").mkdir()
    table.to_parquet(tmp_path / "data" / "part-0.parquet")
    job = run("train_trees", f"--library={library}", f"--data={tmp_path / 'data'}", "--trees=200", "--save-every=5",
              "--patience=200", "--leaves=63")  # fmt: skip
    progress = job.output / "progress.json"
    job.killed_and_resumed(progress.exists)
    assert json.loads(progress.read_text())["trees"] == 200
    assert (job.output / "final" / f"model.{ending}").exists()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_table_is_scored_in_pieces_as_it_would_be_at_once(
    run: Callable[..., Run], tmp_path: Path, library: str
) -> None:
    """Also where a file holds one of the categories alone, and its columns stand in another order."""
    import lightgbm
    import pandas as pd
    import xgboost

    noise = np.random.default_rng(0)
    rows = pd.DataFrame({"c0": noise.normal(0, 1, 3000), "kind": pd.Categorical(noise.choice(list("abcd"), 3000))})
    wanted = (rows.kind.cat.codes + rows.c0 > 1.5).astype(int)
    (tmp_path / "model").mkdir()
    if library == "xgboost":
        told = xgboost.DMatrix(rows, wanted, enable_categorical=True)
        trees = xgboost.train({"objective": "binary:logistic"}, told, 10)
        trees.save_model(str(tmp_path / "model" / "model.json"))
        at_once = trees.predict(told)
    else:
        trees = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(rows, wanted), 10)
        trees.save_model(str(tmp_path / "model" / "model.txt"))
        at_once = trees.predict(rows)
    (tmp_path / "data" / "rest").mkdir(parents=True)
    table = rows.assign(kind=rows.kind.astype(str), who=[f"w{n}" for n in range(3000)])[["who", "kind", "c0"]]
    table[table.kind == "d"].to_parquet(tmp_path / "data" / "d.parquet")
    table[table.kind != "d"].to_csv(tmp_path / "data" / "rest" / "rest.csv", index=False)
    job = run(
        "score_trees", f"--data={tmp_path / 'data'}", f"--model={tmp_path / 'model'}", "--keep=who", "--piece=700"
    )
    assert job.to_the_end().count('"rows"') == 2
    scores = pd.concat(pd.read_parquet(file) for file in job.output.glob("answers-0.*.parquet")).set_index("who").score
    assert np.allclose(scores.loc[table.who].to_numpy(), at_once)
    assert '"rows"' not in job.to_the_end(), "what has its scores is left out"
    table[table.kind == "d"].to_parquet(tmp_path / "data" / "d.parquet")
    assert job.to_the_end().count('"rows"') == 1, "a file that came anew is scored again"


def test_a_forecast_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    import pandas as pd

    days, noise = pd.date_range("2025-01-01", periods=200), np.random.default_rng(0)
    table = pd.concat([
        pd.DataFrame({"unique_id": f"s{n}", "ds": days, "y": 10 + 5 * np.sin(np.arange(200) * 2 * np.pi / 7)
                      + noise.normal(0, 0.1, 200), "shop": f"shop{n % 3}"}) for n in range(20)
    ])  # fmt: skip
    (tmp_path / "data").mkdir()
    table.to_parquet(tmp_path / "data" / "series.parquet")
    job = run("forecast_series", f"--data={tmp_path / 'data'}", "--trees=200", "--save-every=5", "--horizon=14")
    printed = job.killed_and_resumed((job.output / "measured.txt").exists)
    told = pd.read_parquet(job.output / "final" / "forecast.parquet")
    assert (len(told), told.forecast.between(4, 16).all()) == (20 * 14, True)
    measured = next(json.loads(line) for line in printed.splitlines() if '"naive"' in line)
    assert measured["error"] < 1.0


class Engine(BaseHTTPRequestHandler):
    """What answers in place of the model's server; it counts what it was asked."""

    asked: list[str]
    stored: dict[str, list[float]]
    made: list[str]

    def do_GET(self) -> None:
        told = {"exists": bool(self.made)} if self.path.endswith("/exists") else {"points_count": len(self.stored)}
        self._say(json.dumps({"result": told}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.005)
        if self.path == "/v1/audio/transcriptions":
            self.asked.append(str(len(body)))
            self._say(json.dumps({"text": "heard"}).encode())
            return
        told = json.loads(body)
        texts = told.get("input") or [told["messages"][0]["content"]]
        if isinstance(texts[0], list):
            kind, text = texts[0]
            texts = [f"{kind['image_url']['url'][:22]} {text['text']}"]
        self.asked.extend(json.dumps(text) for text in texts)
        if self.path == "/v1/embeddings":
            data = [{"index": at, "embedding": [float(len(text)), 0.25]} for at, text in enumerate(texts)]
            self._say(json.dumps({"data": data[::-1]}).encode())
        else:
            self._say(json.dumps({"choices": [{"message": {"content": "short"}}]}).encode())

    def do_PUT(self) -> None:
        """The vector store's end: every point is kept under its id."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.made.append(self.path)
        self.stored |= {point["payload"]["id"]: point["vector"] for point in told.get("points", ())}
        self._say(b'{"result": {}}')

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def engine() -> Iterator[tuple[str, list[str]]]:
    Engine.asked, Engine.stored, Engine.made = [], {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Engine.asked
    server.shutdown()


def answers(job: Run, shard: int = 0) -> list[dict]:
    path = job.output / f"answers-{shard}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("task", ["chat", "embeddings"])
def test_a_pile_of_texts_is_asked_once_each(
    run: Callable[..., Run], tmp_path: Path, engine: tuple[str, list[str]], task: str
) -> None:
    url, asked = engine
    source = random.Random(0)
    data = tiny.lines(tmp_path / "data" / "texts.jsonl", [{"id": n, "text": tiny.sentence(source)} for n in range(900)])
    job = run("batch_requests", f"--task={task}", f"--data={data}", f"--url={url}", "--model=m", "--at-once=4",
              "--prompt=Say less: {text}", "--", "sleep", "600")  # fmt: skip
    job.killed_and_resumed(lambda: len(asked) > 200)
    found = answers(job)
    assert sorted(int(row["id"]) for row in found) == list(range(900))
    each = 32 if task == "embeddings" else 1
    assert len(asked) <= 900 + 4 * each, "no more than was under way when it was killed is asked again"
    assert asked[0].startswith('"Say less: ')
    if task == "embeddings":
        vectors = np.fromfile(job.output / "answers-0.f16", "float16").reshape(-1, found[0]["numbers"])
        texts = {str(row["id"]): row["text"] for row in map(json.loads, data.joinpath("texts.jsonl").open())}
        assert len(vectors) == 900
        assert all(vectors[row["row"]].tolist() == [len(f"Say less: {texts[row['id']]}"), 0.25] for row in found)


def test_vectors_go_into_the_store_that_was_asked_for(
    run: Callable[..., Run], tmp_path: Path, engine: tuple[str, list[str]]
) -> None:
    url, asked = engine
    texts = [{"id": n, "text": "a" * (n % 7 + 1)} for n in range(900)]
    data = tiny.lines(tmp_path / "data" / "texts.jsonl", texts)
    job = run("batch_requests", "--task=embeddings", f"--data={data}", f"--url={url}", "--model=m", "--at-once=4",
              "--into-store=qdrant")  # fmt: skip
    job.environment |= {"STORE_URL": url, "STORE_KEY": "k"}
    printed = job.killed_and_resumed(lambda: len(asked) > 200)
    assert Engine.stored == {str(row["id"]): [float(len(str(row["text"]))), 0.25] for row in texts}
    assert '"in_store": 900' in printed
    assert all("embedding" not in row for row in answers(job))


def test_copies_share_a_pile_of_recordings(
    run: Callable[..., Run], tmp_path: Path, engine: tuple[str, list[str]]
) -> None:
    for n in range(5):
        tiny.recording(tmp_path / "data" / f"{n}.wav")
    given = ["--task=transcription", f"--data={tmp_path / 'data'}", f"--url={engine[0]}", "--model=m", "--shards=2"]
    for shard in (0, 1):
        job = run("batch_requests", *given, f"--shard={shard}")
        job.to_the_end()
    assert [len(answers(job, shard)) for shard in (0, 1)] == [3, 2]
    assert {row["text"] for row in answers(job)} == {"heard"}


def test_a_model_that_sees_is_asked_of_each_picture_and_each_page(
    run: Callable[..., Run], tmp_path: Path, engine: tuple[str, list[str]]
) -> None:
    import pypdfium2

    tiny.pictures(tmp_path / "data", [f"{n}.png" for n in range(3)])
    scan = pypdfium2.PdfDocument.new()
    for _ in range(2):
        scan.new_page(120, 160)
    scan.save(tmp_path / "data" / "scan.pdf")
    (tmp_path / "data" / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    given = ["--task=chat", f"--data={tmp_path / 'data'}", f"--url={engine[0]}", "--model=m", "--sees"]
    job = run("batch_requests", *given, "--prompt=OCR:")
    job.to_the_end()
    found = {row["id"]: row for row in answers(job)}
    assert sorted(found) == ["0.png", "1.png", "2.png", "scan.pdf:1", "scan.pdf:2", "torn.pdf"]
    assert {row.get("text") for name, row in found.items() if name != "torn.pdf"} == {"short"}
    assert "error" in found["torn.pdf"]
    assert sorted(engine[1]) == ['"data:image/jpeg;base64 OCR:"'] * 2 + ['"data:image/png;base64, OCR:"'] * 3
    job.to_the_end()
    assert len(engine[1]) == 5, "what has its answer is not asked again"
    Engine.asked.clear()
    unasked = run("batch_requests", *given, f"--output={tmp_path / 'more'}")
    unasked.to_the_end()
    assert all("Write down all that stands in this picture" in text for text in Engine.asked)


def test_a_pile_of_pictures_is_looked_at_once_each(run: Callable[..., Run], tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    tiny.pictures(tmp_path / "data", [f"{n:03d}.png" for n in range(200)])
    config = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8
    )
    ViTForImageClassification(config).save_pretrained(tmp_path / "model")
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    job = run("batch_files", f"--data={tmp_path / 'data'}", f"--model={tmp_path / 'model'}", "--batch=2")
    job.killed_and_resumed(lambda: len(answers(job)) > 4)
    assert sorted(row["id"] for row in answers(job)) == [f"{n:03d}.png" for n in range(200)]
