"""What the servers of a plan share: the callers' key, health, and questions that are answered in one pass."""

import argparse
import asyncio
import base64
import contextlib
import hmac
import os
import signal
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Thread
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

WAIT_S = 0.005
"""How long a question waits for others to be answered with it."""


def parser(description: str) -> argparse.ArgumentParser:
    """Arguments that every server takes; MODEL_ID of the environment stands in for the model."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument(
        "--model", default=os.environ.get("MODEL_ID"), help="id on the Hub, a folder, s3://... or hf://..."
    )
    made.add_argument("--precision", choices=["bf16", "fp16", "fp32"], default="fp32")
    made.add_argument("--batch", type=int, default=8, help="questions that are answered in one pass")
    made.add_argument("--port", type=int, default=8000)
    return made


class Together:
    """Questions of many callers, answered in one thread by `answers`, at most `most` in one pass."""

    def __init__(self, answers: Callable[[Sequence[Any]], Sequence[Any]], most: int) -> None:
        self._answers, self._most = answers, most
        self._waiting: asyncio.Queue[tuple[Any, asyncio.Future[Any]]] = asyncio.Queue()
        self._thread, self._worker = ThreadPoolExecutor(1), None

    async def ask(self, question: Any) -> Any:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await self._waiting.put((question, answer))
        return await answer

    async def _work(self) -> None:
        while True:
            asked = [await self._waiting.get()]
            await asyncio.sleep(WAIT_S)
            while len(asked) < self._most and not self._waiting.empty():
                asked.append(self._waiting.get_nowait())
            await self._answer(asked)

    async def _answer(self, asked: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        """One bad question does not take the others with it."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._thread, self._answers, [question for question, _ in asked])
        except Exception as error:
            if len(asked) > 1:
                for one in asked:
                    await self._answer([one])
            elif not asked[0][1].done():
                asked[0][1].set_exception(error)
            return
        for (_, answer), told in zip(asked, found, strict=True):
            if not answer.done():
                answer.set_result(told)


def application(title: str) -> FastAPI:
    """With /health for all, and everything else for callers who show API_KEY, where it is set."""
    made = FastAPI(title=title, dependencies=[Depends(_is_allowed)])
    made.add_api_route("/health", lambda: {"status": "ok"})
    return made


def _is_allowed(request: Request) -> None:
    key, shown = os.environ.get("API_KEY", ""), request.headers.get("authorization", "")
    if key and request.url.path != "/health" and not hmac.compare_digest(shown.encode(), f"Bearer {key}".encode()):
        raise HTTPException(401, "The key is missing or wrong.")


async def told(together: Together, question: Any) -> Any:
    """The answer; what the model can make nothing of is the caller's error."""
    try:
        return await together.ask(question)
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise HTTPException(422, str(error)[:500]) from error


def predict(
    title: str, args: argparse.Namespace, kind: type[BaseModel], answers: Callable[[Sequence[Any]], Sequence[Any]],
    questions_of: Callable[[Any], Any], heard: socket.socket | None = None,
) -> None:  # fmt: skip
    """Serves POST /predict until it is stopped: a body of `kind` in, {"answers": ...} out.

    `questions_of` makes of a body what `answers` takes: one question, or a list of which each gets an answer. `heard`:
    the port where it is open already.
    """
    app, together = application(title), Together(answers, args.batch)

    async def predicted(asked: Any) -> dict[str, Any]:
        try:
            questions = questions_of(asked)
        except ValueError as error:
            raise HTTPException(422, str(error)[:500]) from error
        if isinstance(questions, list):
            return {"answers": await asyncio.gather(*(told(together, question) for question in questions))}
        return {"answers": await told(together, questions)}

    predicted.__annotations__["asked"] = kind
    app.post("/predict")(predicted)
    run(app, args.port, heard)


def bytes_of(text: str) -> bytes:
    """Base64, with or without the beginning of a data URL."""
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except ValueError as error:
        raise ValueError("Pictures and recordings come as base64.") from error


def picture_of(text: str) -> Any:
    from PIL import Image

    return Image.open(BytesIO(bytes_of(text))).convert("RGB")


def text_of(picture: Any) -> str:
    """A picture as base64 of PNG."""
    held = BytesIO()
    picture.save(held, format="PNG")
    return base64.b64encode(held.getvalue()).decode()


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def run(app: FastAPI, port: int, heard: socket.socket | None = None) -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="0.0.0.0", port=port, access_log=False))
    server.run(sockets=[heard] if heard else None)


def heard_by_all(port: int, processes: int) -> socket.socket:
    """A port that so many processes answer, each of which goes on from here.

    This one only waits, passes on what stops it, and ends in failure when one of them has ended; they end with it.
    """
    # Said to be TCP, or asyncio does not have it send small answers at once.
    heard = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.bind(("0.0.0.0", port))
    heard.listen(1024)
    lives, here = os.pipe()
    children: list[int] = []
    for _ in range(processes):
        if child := os.fork():
            children.append(child)
            continue
        os.close(here)
        Thread(target=lambda: os.read(lives, 1) or os._exit(1), daemon=True).start()
        return heard

    def stop(number: int, _: Any) -> None:
        for one in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _, status = os.wait()
    raise SystemExit(os.waitstatus_to_exitcode(status))
