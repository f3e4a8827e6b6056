"""Makes pictures or clips with a pipeline of diffusers.

    POST /v1/images/generations  {"prompt": "...", "size": "1024x1024", "n": 1}  ->  {"data": [{"b64_json": "..."}]}
    POST /v1/videos/generations  {"prompt": "...", "size": "832x480", "frames": 81}  ->  the same, of MP4

A picture to start from goes into `image`, as base64. Requests are worked off one after the other.
"""

import base64
import tempfile
from pathlib import Path

import torch
from diffusers import DiffusionPipeline
from diffusers.utils import export_to_video
from pydantic import BaseModel, Field
from serving import Together, application, device, parser, picture_of, run, text_of, told

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
MOST_PIXELS = 2048 * 2048


class Asked(BaseModel):
    prompt: str = Field(max_length=10_000)
    size: str | None = Field(default=None, pattern=r"^\d{2,4}x\d{2,4}$")
    n: int = Field(default=1, ge=1, le=4)
    steps: int | None = Field(default=None, ge=1, le=200)
    seed: int | None = None
    image: str | None = None
    frames: int | None = Field(default=None, ge=1, le=400)
    fps: int = Field(default=16, ge=1, le=60)


def settings(asked: Asked) -> dict[str, object]:
    """What the pipeline is called with: only what was said, the rest is the model's own."""
    found: dict[str, object] = {"prompt": asked.prompt}
    if asked.size:
        width, height = (int(side) for side in asked.size.split("x"))
        if width * height > MOST_PIXELS:
            raise ValueError("That is more pixels than this server makes.")
        found |= {"width": width, "height": height}
    if asked.steps:
        found["num_inference_steps"] = asked.steps
    if asked.seed is not None:
        found["generator"] = torch.Generator("cpu").manual_seed(asked.seed)
    if asked.image:
        found["image"] = picture_of(asked.image)
    if asked.frames:
        found["num_frames"] = asked.frames
    return found


def main() -> None:
    args = parser(__doc__).parse_args()
    model = DiffusionPipeline.from_pretrained(args.model, torch_dtype=DTYPES[args.precision]).to(device())
    model.set_progress_bar_config(disable=True)

    def pictures(asked: Asked):
        return [text_of(one) for _ in range(asked.n) for one in model(**settings(asked)).images]

    def clips(asked: Asked):
        found = []
        for _ in range(asked.n):
            with tempfile.NamedTemporaryFile(suffix=".mp4") as held:
                export_to_video(model(**settings(asked)).frames[0], held.name, fps=asked.fps)
                found.append(base64.b64encode(Path(held.name).read_bytes()).decode())
        return found

    app = application(f"pictures with {args.model}")
    together = Together(lambda questions: [make(asked) for make, asked in questions], 1)

    @app.post("/v1/images/generations")
    async def images(asked: Asked) -> dict[str, list[dict[str, str]]]:
        return {"data": [{"b64_json": one} for one in await told(together, (pictures, asked))]}

    @app.post("/v1/videos/generations")
    async def videos(asked: Asked) -> dict[str, list[dict[str, str]]]:
        return {"data": [{"b64_json": one} for one in await told(together, (clips, asked))]}

    run(app, args.port)


if __name__ == "__main__":
    main()
