"""Goes on training a model of sequences, such as ESM-2 for proteins, by having it tell hidden letters.

Data: FASTA files, or JSON lines, CSV or Parquet with a column `sequence`.
"""

from pathlib import Path

import torch
from datasets import Dataset
from job import fetched, files, parser, rows, train, trainer_settings
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

FASTA = (".fa", ".fasta", ".faa")


def arguments():
    made = parser(__doc__, learning_rate=1e-5)
    made.add_argument("--max-tokens", type=int, default=1024, help="of one sequence; the rest is cut off")
    made.add_argument("--hidden-share", type=float, default=0.15, help="of the letters that the model has to tell")
    return made.parse_args()


def sequences(folder: Path) -> Dataset:
    found = files(folder, *FASTA)
    if not found:
        return rows(folder).select_columns(["sequence"])
    records = (record for path in found for record in path.read_text().split(">")[1:])
    return Dataset.from_dict({"sequence": ["".join(record.split("\n")[1:]).strip() for record in records]})


def main() -> None:
    args = arguments()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForMaskedLM.from_pretrained(args.model, dtype=torch.float32)
    read = sequences(fetched(args.data)).map(
        lambda batch: tokenizer(batch["sequence"], truncation=True, max_length=args.max_tokens), batched=True,
        remove_columns=["sequence"],
    )  # fmt: skip
    hidden = DataCollatorForLanguageModeling(tokenizer, mlm_probability=args.hidden_share)
    settings = TrainingArguments(**trainer_settings(args), weight_decay=0.01)
    trainer = Trainer(model, settings, train_dataset=read, data_collator=hidden, processing_class=tokenizer)
    train(trainer, args.output)


if __name__ == "__main__":
    main()
