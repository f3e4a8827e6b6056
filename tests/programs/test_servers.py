"""Servers answer as their heads say, to callers who show the key."""

import base64
import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.programs.conftest import MOST_SECONDS, PROGRAMS, WITHOUT_CUDA

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)

KEY = "secret"


class Server:
    """One server of a plan in a process of its own."""

    def __init__(self, program: str, arguments: list[str], log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "API_KEY": KEY, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(WITHOUT_CUDA),
        }  # fmt: skip
        command = [sys.executable, str(PROGRAMS / f"{program}.py"), f"--port={port}", *arguments]
        self._written = log.open("w")
        self.process = subprocess.Popen(command, env=environment, stdout=self._written, stderr=subprocess.STDOUT)
        self.address, self.log = f"http://127.0.0.1:{port}", log

    def is_up(self) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                assert self.said("/health", None, key="")[0] == 200
                return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-4000:])

    def said(self, path: str, body: object, *, key: str = KEY) -> tuple[int, Any]:
        asked = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())


@contextlib.contextmanager
def served(program: str, folder: Path, *arguments: str) -> Iterator[Server]:
    server = Server(program, list(arguments), folder / f"{program}.log")
    try:
        server.is_up()
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def picture(size: int = 32) -> str:
    from PIL import Image

    held = BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(held, format="PNG")
    return base64.b64encode(held.getvalue()).decode()


def test_pictures_are_classified_for_callers_with_the_key(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    config = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8
    )
    ViTForImageClassification(config).save_pretrained(tmp_path / "model")
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    with served("serve_pipeline", tmp_path, f"--model={tmp_path / 'model'}", "--task=image-classification") as server:
        assert server.said("/predict", {"inputs": [picture()]}, key="wrong")[0] == 401
        status, told = server.said("/predict", {"inputs": [picture()] * 3, "parameters": {"top_k": 1}})
        assert (status, len(told["answers"])) == (200, 3)
        assert {"label", "score"} <= set(told["answers"][0][0])
        assert server.said("/predict", {"inputs": ["no picture"]})[0] == 422


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_rows_are_scored_as_the_trained_model_scores_them(tmp_path: Path, library: str) -> None:
    import lightgbm
    import numpy as np
    import xgboost

    rows = np.random.default_rng(0).normal(0, 1, (200, 3))
    wanted = (rows[:, 0] > 0).astype(int)
    file = tmp_path / "final" / f"model.{'json' if library == 'xgboost' else 'txt'}"
    file.parent.mkdir()
    if library == "xgboost":
        trees = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows, wanted), 5)
    else:
        trees = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(rows, wanted), 5)
    trees.save_model(str(file))
    with served("serve_trees", tmp_path, f"--model={file.parent}") as server:
        status, told = server.said("/predict", {"rows": [[2.0, 0, 0], [-2.0, 0, None]]})
        assert status == 200
        high, low = told["answers"]
        assert high > 0.6 > 0.4 > low
        assert server.said("/predict", {"rows": [[1.0]]})[0] == 422


def test_pictures_are_made_as_images_apis_answer(tmp_path: Path) -> None:
    tiny.diffusion_model(tmp_path / "model")
    with served("serve_diffusion", tmp_path, f"--model={tmp_path / 'model'}") as server:
        asked = {"prompt": "a red chair", "size": "64x64", "steps": 2, "seed": 0}
        status, told = server.said("/v1/images/generations", asked)
        assert status == 200, told
        assert base64.b64decode(told["data"][0]["b64_json"]).startswith(b"\x89PNG")
        assert server.said("/v1/images/generations", asked)[1] == told, "a seed makes the same picture"
        assert server.said("/v1/images/generations", asked | {"size": "9999x9999"})[0] == 422


@pytest.mark.skipif(importlib.util.find_spec("chronos") is None, reason="chronos-forecasting is not installed")
def test_series_are_forecast_with_their_bands(tmp_path: Path) -> None:
    tiny.forecaster(tmp_path / "model")
    with served("serve_forecasts", tmp_path, f"--model={tmp_path / 'model'}") as server:
        asked = {"series": [[float(n % 7) for n in range(64)], [1.0] * 32], "horizon": 8, "quantiles": [0.1, 0.9]}
        status, told = server.said("/predict", asked)
        assert status == 200, told
        assert [len(one["mean"]) for one in told["answers"]] == [8, 8]
        assert [len(one["quantiles"]) for one in told["answers"]] == [8, 8]
        assert len(told["answers"][0]["quantiles"][0]) == 2


def test_a_network_of_ones_own_scores_rows(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)).eval()
    any_number = ({0: torch.export.Dim("rows")},)
    torch.export.save(
        torch.export.export(network, (torch.zeros(2, 4),), dynamic_shapes=any_number), tmp_path / "model.pt2"
    )
    rows = [[1.0, 0.0, 2.0, -1.0], [0.5, 0.5, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]]
    with served("serve_network", tmp_path, f"--model={tmp_path / 'model.pt2'}", "--batch=4") as server:
        status, told = server.said("/predict", {"rows": rows})
        assert status == 200, told
        scores = [score for (score,) in told["answers"]]
        assert scores == pytest.approx(network(torch.tensor(rows)).flatten().tolist(), abs=1e-5)
