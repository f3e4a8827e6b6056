"""Scores rows with a network of one's own, as `torch.export.save` writes it (.pt2): floats in, floats out.

    POST /predict  {"rows": [[0.1, 3, ...], ...]}  ->  {"answers": [...]}, one for each row

The first dimension of its input must be exported as one of any size.
"""

from pathlib import Path

import torch
from job import fetched
from pydantic import BaseModel, Field
from serving import device, parser, predict

MOST = 10_000


class Asked(BaseModel):
    rows: list[list[float]] = Field(min_length=1, max_length=MOST)


def file_of(place: Path) -> Path:
    """The file itself, or the first of a folder."""
    file = place if place.is_file() else next(iter(sorted(place.rglob("*.pt2"))), None)
    if file is None:
        raise SystemExit(f"{place} holds no .pt2 file")
    return file


def main() -> None:
    args = parser(__doc__).parse_args()
    network = torch.export.load(str(file_of(fetched(args.model)))).module().to(device())

    def answers(questions):
        """The rows of several callers in one pass."""
        with torch.inference_mode():
            found = network(torch.cat(questions).to(device())).float().cpu()
        return [part.tolist() for part in found.split([len(rows) for rows in questions])]

    def table(asked: Asked):
        if len({len(row) for row in asked.rows}) != 1:
            raise ValueError("All rows have as many numbers.")
        return torch.tensor(asked.rows, dtype=torch.float32)

    predict(f"scores of {args.model}", args, Asked, answers, table)


if __name__ == "__main__":
    main()
