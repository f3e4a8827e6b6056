"""Trains a click predictor of DLRM's kind: tables of vectors for the categories, a network for the numbers.

Data: Parquet files with `label` (0 or 1); columns of real numbers are features, columns of whole numbers or text are
categories, which are hashed to a row of their table. The files are read one after the other, in an order of each epoch.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch
from job import FIRST, fetched, files, parser, result
from loop import train


def arguments():
    made = parser(__doc__, micro_batch=16_384, learning_rate=1e-3)
    made.add_argument("--rows", type=int, default=1_000_000, help="of the table of each category")
    made.add_argument("--width", type=int, default=16, help="of a category's vector")
    made.add_argument("--layers", type=int, nargs="+", default=[512, 256, 64], help="widths of the network")
    return made.parse_args()


class Interactions(torch.utils.data.Dataset):
    """A batch for each item: a slice of a row group, so that a file is never read whole."""

    def __init__(self, paths: list[Path], batch: int, rows: int) -> None:
        self.rows, schema = rows, pq.read_schema(paths[0])
        names = [name for name in schema.names if name != "label"]
        self.numbers = [name for name in names if str(schema.field(name).type) in ("float", "double", "halffloat")]
        self.categories = [name for name in names if name not in self.numbers]
        self.slices = [
            (path, group, start, batch)
            for path in paths
            for group in range(pq.ParquetFile(path).num_row_groups)
            for start in range(0, pq.ParquetFile(path).metadata.row_group(group).num_rows, batch)
        ]

    def __len__(self) -> int:
        return len(self.slices)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        path, group, start, batch = self.slices[index]
        table = pq.ParquetFile(path).read_row_group(group).slice(start, batch).to_pandas()
        numbers = np.log1p(table[self.numbers].fillna(0).clip(lower=0).to_numpy("float32"))
        hashed = [pd.util.hash_array(table[name].astype(str).to_numpy(object)) % self.rows for name in self.categories]
        return {
            "numbers": torch.from_numpy(numbers), "label": torch.from_numpy(table["label"].to_numpy("float32")),
            "categories": torch.from_numpy(np.stack(hashed, axis=1).astype("int64")),
        }  # fmt: skip


def network(widths: list[int]) -> torch.nn.Sequential:
    pairs = pairwise(widths)
    return torch.nn.Sequential(*(torch.nn.Sequential(torch.nn.Linear(*pair), torch.nn.ReLU()) for pair in pairs))


class Predictor(torch.nn.Module):
    """Numbers and categories as vectors of one width; their products, two by two, and the numbers tell the click."""

    def __init__(self, numbers: int, categories: int, args) -> None:
        super().__init__()
        self.tables = torch.nn.ModuleList(torch.nn.Embedding(args.rows, args.width) for _ in range(categories))
        self.below = network([numbers, *args.layers, args.width])
        together = categories + 1
        self.above = network([args.width + together * (together - 1) // 2, *args.layers])
        self.last = torch.nn.Linear(args.layers[-1], 1)
        self.register_buffer("pairs", torch.tril_indices(together, together, offset=-1), persistent=False)

    def forward(self, numbers, categories):
        below = self.below(numbers)
        vectors = [below, *(table(categories[:, place]) for place, table in enumerate(self.tables))]
        stacked = torch.stack(vectors, dim=1)
        products = torch.bmm(stacked, stacked.transpose(1, 2))[:, self.pairs[0], self.pairs[1]]
        return self.last(self.above(torch.cat([below, products], dim=1)))[:, 0]


def main() -> None:
    args = arguments()
    torch.manual_seed(args.seed)
    clicks = Interactions(files(fetched(args.data), ".parquet"), args.micro_batch, args.rows)
    batches = torch.utils.data.DataLoader(
        clicks, 1, shuffle=True, num_workers=args.workers, collate_fn=lambda items: items[0]
    )

    def loss_of(model, batch):
        told = model(batch["numbers"], batch["categories"])
        return torch.nn.functional.binary_cross_entropy_with_logits(told.float(), batch["label"])

    trained = train(
        args, Predictor(len(clicks.numbers), len(clicks.categories), args), batches, loss_of, weight_decay=0
    )
    if FIRST:
        final = result(args.output)
        columns = {"numbers": clicks.numbers, "categories": clicks.categories}
        torch.save({"state": trained.state_dict(), "arguments": vars(args), **columns}, final / "model.pt")


if __name__ == "__main__":
    main()
