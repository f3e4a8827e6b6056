"""Forecasts series with a model of the Chronos family.

POST /predict  {"series": [[12.0, 14.5, ...]], "horizon": 24, "quantiles": [0.1, 0.5, 0.9]}
->             {"answers": [{"mean": [...], "quantiles": [[...], ...]}]}, one for each series
"""

from typing import Any

import torch
from chronos import BaseChronosPipeline
from pydantic import BaseModel, Field
from serving import device, parser, predict

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
MOST, LONGEST = 256, 1024


class Asked(BaseModel):
    series: list[list[float]] = Field(min_length=1, max_length=MOST)
    horizon: int = Field(ge=1, le=LONGEST)
    quantiles: list[float] = Field(default=[0.1, 0.5, 0.9])


def rows(band: torch.Tensor) -> list[list[float]]:
    """A row a step, whether or not the model tells several variables apart."""
    return (band.squeeze(0) if band.dim() > 2 else band).tolist()


def main() -> None:
    args = parser(__doc__).parse_args()
    model = BaseChronosPipeline.from_pretrained(args.model, device_map=device(), dtype=DTYPES[args.precision])

    def answers(questions):
        found: list[Any] = []
        for asked in questions:
            series = [torch.tensor(one, dtype=torch.float32) for one in asked.series]
            bands, means = model.predict_quantiles(
                series, prediction_length=asked.horizon, quantile_levels=asked.quantiles
            )
            told_of = zip(bands, means, strict=True)
            found.append([{"mean": mean.flatten().tolist(), "quantiles": rows(band)} for band, mean in told_of])
        return found

    predict(f"forecasts with {args.model}", args, Asked, answers, lambda asked: asked)


if __name__ == "__main__":
    main()
