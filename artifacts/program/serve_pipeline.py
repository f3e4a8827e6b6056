"""Answers with a pipeline of transformers: pictures, recordings or texts in, JSON out.

    POST /predict  {"inputs": ["<base64 of a picture or recording, or a text>"], "parameters": {"threshold": 0.5}}
    ->             {"answers": [...]}, one for each input

`parameters` are those of the pipeline, such as `candidate_labels` where labels are not the model's own.
"""

from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, Field
from serving import bytes_of, device, parser, picture_of, predict, text_of
from transformers import pipeline

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
OF_PICTURES = {
    "image-classification", "object-detection", "image-segmentation", "depth-estimation", "image-feature-extraction",
    "zero-shot-image-classification", "zero-shot-object-detection", "mask-generation",
}  # fmt: skip
OF_RECORDINGS = {"automatic-speech-recognition", "audio-classification"}
MOST = 64


class Asked(BaseModel):
    inputs: list[str] = Field(min_length=1, max_length=MOST)
    parameters: dict[str, Any] = Field(default_factory=dict)


def loaded(item: str, task: str):
    if task in OF_PICTURES:
        return picture_of(item)
    if task in OF_RECORDINGS:
        from io import BytesIO

        import soundfile

        samples, rate = soundfile.read(BytesIO(bytes_of(item)), dtype="float32", always_2d=True)
        return {"raw": samples.mean(axis=1), "sampling_rate": rate}
    return item


def plain(found):
    """As JSON; a picture becomes base64 of PNG."""
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [plain(value) for value in found]
    if hasattr(found, "save"):
        return text_of(found)
    if torch.is_tensor(found):
        return found.float().tolist()
    if isinstance(found, np.generic | np.ndarray):
        return found.tolist()
    return found


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--task", default="image-classification", help="as transformers calls its pipelines")
    args = made.parse_args()
    model = pipeline(args.task, model=args.model, device=device(), dtype=DTYPES[args.precision])

    def answers(questions):
        """Those of the same parameters go through the model at once."""
        found: list[Any] = [None] * len(questions)
        for parameters in {repr(asked): asked for _, asked in questions}.values():
            same = [number for number, (_, asked) in enumerate(questions) if asked == parameters]
            items = [loaded(questions[number][0], args.task) for number in same]
            for number, one in zip(same, model(items, batch_size=len(items), **parameters), strict=True):
                found[number] = plain(one)
        return found

    def questions(asked: Asked):
        return [(item, asked.parameters) for item in asked.inputs]

    predict(f"{args.task} with {args.model}", args, Asked, answers, questions)


if __name__ == "__main__":
    main()
