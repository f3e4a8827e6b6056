"""The request that shows whether a server works, and what its answer looks like.

The steps print it as a command and the bundle's smoke test sends it: both are made here.
"""

import json
from typing import Literal

from pydantic import Field

from artifacts.engines import Engine, asked_as
from domain.base import Frozen
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import Media, WorkloadSpec
from sizing.amount_of_work import is_heard_live
from sizing.known_work import known_work

KEY_HEADER = '-H "Authorization: Bearer $API_KEY"'
SAID = "Say hello."
_PICTURE = "a red chair in an empty room"
_OF_PICTURES = ("image-classification", "object-detection", "image-segmentation", "depth-estimation",
                "image-feature-extraction")  # fmt: skip
_OF_TEXTS = ("text-classification", "token-classification", "feature-extraction")
_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42mM4ISdHU8QwasGoBaMWjFowasGoBaMWjF"
    "owasGoBaMWDBULACXLED1gHZEpAAAAAElFTkSuQmCC"
)
"""A picture of 32 x 32 points."""


LIVE_PATH = "/v1/realtime"
"""https://docs.vllm.ai/en/v0.22.1/api/vllm/entrypoints/speech_to_text/realtime/api_router/"""


class Request(Frozen):
    """One HTTP request. `expects`: paths into the JSON answer, with the type that stands there."""

    method: Literal["GET", "POST"] = "POST"
    path: str
    body: str | None = Field(default=None, description="JSON")
    expects: dict[str, Literal["text", "number", "list", "object"]] = Field(default_factory=dict)
    saves: str | None = Field(default=None, description="file for an answer that is not JSON")
    counts: str | None = Field(default=None, description="path to the number of output tokens in the answer")
    recording: str | None = Field(
        default=None, description="field of a form that takes a sound file; the other fields are those of the body"
    )
    picture: tuple[int, int] | None = Field(default=None, description="size of the picture in the body's place of one")


def request_of(option: PlacementOption, engine: Engine, spec: WorkloadSpec | None = None) -> Request:
    """The smallest request that the model's server answers, of the kind and size that is asked of it."""
    model = option.model
    media = spec.media if spec is not None else Media()
    if engine is Engine.OWN_SERVER:
        return _of_our_server(option, spec or WorkloadSpec())
    if engine is Engine.VLLM_OMNI and model is not None:
        return _of_what_is_made(model, media)
    if model is None:
        return Request(method="GET", path="/v1/models", expects={"data": "list"})
    if engine is Engine.TEXT_EMBEDDINGS:
        if model.pipeline_tag == "text-ranking":
            ranked = _json({"query": SAID, "texts": ["hello"]})
            return Request(path="/rerank", body=ranked, expects={"0.score": "number"})
        return Request(path="/embed", body=_json({"inputs": "hello"}), expects={"0.0": "number"})
    tag = model.pipeline_tag
    if tag == "automatic-speech-recognition":
        heard = _json({"model": model.key})
        return Request(path="/v1/audio/transcriptions", body=heard, recording="file", expects={"text": "text"})
    if tag in ("text-generation", "image-text-to-text", "audio-text-to-text"):
        chat = {"model": asked_as(option), "messages": [{"role": "user", "content": SAID}], "max_tokens": 16}
        return Request(
            path="/v1/chat/completions", body=_json(chat), counts="usage.completion_tokens",
            expects={"choices.0.message.role": "text", "usage.completion_tokens": "number"},
        )  # fmt: skip
    if tag in ("feature-extraction", "sentence-similarity"):
        asked = {"model": model.key, "input": ["hello"]}
        return Request(path="/v1/embeddings", body=_json(asked), expects={"data.0.embedding": "list"})
    if tag == "text-ranking":
        asked = {"model": model.key, "query": SAID, "documents": ["hello"]}
        return Request(path="/v1/rerank", body=_json(asked), expects={"results.0.relevance_score": "number"})
    return Request(method="GET", path="/v1/models", expects={"data": "list"})


def is_streamed(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> bool:
    """Whether speech goes to the server while it is spoken, over vLLM's websocket."""
    made_for_it = option.model is not None and "realtime" in option.model.key.lower()
    return made_for_it and engine is Engine.VLLM and is_heard_live(spec)


def _of_what_is_made(model: ModelCard, media: Media) -> Request:
    """A picture, a clip or speech; what is not JSON is saved as a file."""
    if model.pipeline_tag == "text-to-image":
        size = f"{media.width}x{media.height}" if media.width and media.height else "1024x1024"
        asked = {"model": model.key, "prompt": _PICTURE, "size": size, "n": 1}
        if steps := _steps_of(model, media):
            asked["num_inference_steps"] = steps
        return Request(path="/v1/images/generations", body=_json(asked), expects={"data.0.b64_json": "text"})
    if model.pipeline_tag == "text-to-speech":
        asked = {"model": model.key, "input": SAID, "response_format": "wav"}
        return Request(path="/v1/audio/speech", body=_json(asked), saves="hello.wav")
    return Request(method="GET", path="/v1/models", expects={"data": "list"})


def _steps_of(model: ModelCard, media: Media) -> int | None:
    """Denoising steps as the speed was reckoned with: those that were said, else the model's own. A server that is told
    none takes its engine's, which may be seven times as many."""
    work = known_work(model.key)
    return media.steps or (work.steps if work is not None and work.steps > 1 else None)


def _of_our_server(option: PlacementOption, spec: WorkloadSpec) -> Request:
    """What the head of the program says; of a server that is one's own nothing is known."""
    name, arguments = (option.program.name, option.program.arguments) if option.program else ("", ())
    answered: dict[str, Literal["text", "number", "list", "object"]] = {"answers": "list"}
    if name == "serve_diffusion" and option.model and option.model.pipeline_tag == "text-to-image":
        media = spec.media
        size = {"size": f"{media.width}x{media.height}"} if media.width and media.height else {}
        asked = _json({"prompt": _PICTURE, "steps": _steps_of(option.model, media) or 4, **size})
        return Request(path="/v1/images/generations", body=asked, expects={"data.0.b64_json": "text"})
    if name == "serve_diffusion" and option.model and option.model.pipeline_tag in ("text-to-video", "image-to-video"):
        return _clip(option.model, spec.media)
    if name == "serve_trees" and spec.dataset.columns:
        return Request(path="/predict", body=_json({"rows": [[0.0] * spec.dataset.columns]}), expects=answered)
    if name == "serve_forecasts":
        return Request(path="/predict", body=_json({"series": [[1, 2, 3, 4] * 8], "horizon": 4}), expects=answered)
    if name == "serve_yolo" or any(f"--task={task}" in arguments for task in _OF_PICTURES):
        points = (spec.media.width, spec.media.height) if spec.media.width and spec.media.height else None
        return Request(path="/predict", body=_json({"inputs": [_DOT]}), expects=answered, picture=points)
    if any(f"--task={task}" in arguments for task in _OF_TEXTS):
        return Request(path="/predict", body=_json({"inputs": [SAID]}), expects=answered)
    return Request(method="GET", path="/health" if name else "/")


def _clip(model: ModelCard, media: Media) -> Request:
    """A short clip of the size that is wanted, from a picture where the model starts from one."""
    asked: dict[str, object] = {"prompt": _PICTURE, "frames": 17, "steps": _steps_of(model, media) or 4}
    if media.width and media.height:
        asked["size"] = f"{media.width}x{media.height}"
    if model.pipeline_tag == "image-to-video":
        asked["image"] = _DOT
    return Request(path="/v1/videos/generations", body=_json(asked), expects={"data.0.b64_json": "text"})


def curl(request: Request, address: str, *, key: bool = True) -> str:
    """The request as a command. A quote in the body can not close the shell's quotes: JSON writes it as \\u0027."""
    # A port that is being forwarded takes a moment to open.
    words = ["curl --fail --silent --show-error --retry 15 --retry-connrefused --retry-delay 2"]
    if key:
        words.append(KEY_HEADER)
    words.append(f"{address}{request.path}")
    if request.recording is not None:
        fields = "".join(f" -F {name}={value}" for name, value in json.loads(request.body or "{}").items())
        words.append(
            f'-F {request.recording}=@"${{RECORDING:?a recording of the kind that is sent, as in call.wav}}"{fields}'
        )
    elif request.body is not None:
        quoted = request.body.replace("'", "\\u0027")
        words.append(f"-H 'Content-Type: application/json' -d '{quoted}'")
    if request.saves is not None:
        words.append(f"--output {request.saves}")
    return " ".join(words)


def _json(value: object) -> str:
    return json.dumps(value)
