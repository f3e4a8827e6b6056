"""Teaches an encoder, such as BERT or ModernBERT, to classify texts, or to mark the words of texts (named entities).

Data: JSON lines, CSV or Parquet with `text` and `label`; or JSON lines or Parquet with `tokens` and `tags`, one tag a
token (B-PER, I-PER, O ...). Labels and tags are words or numbers; the model learns those that occur.
"""

from itertools import pairwise

import numpy as np
import torch
from job import fetched, parser, rows, train, trainer_settings
from peft import LoraConfig, TaskType, get_peft_model
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

NO_WORD = -100
"""The label of what the loss leaves out: special tokens, and all parts of a word but its first."""


def arguments():
    made = parser(__doc__, micro_batch=16, learning_rate=2e-5)
    made.add_argument("--method", choices=["full", "lora", "qlora"], default="full", help="qlora is lora here")
    made.add_argument("--max-tokens", type=int, default=512, help="of one text; the rest is cut off")
    made.add_argument("--rank", type=int, default=16, help="of the adapters")
    return made.parse_args()


def labels_of(found, marks: bool) -> list[str]:
    column = found["tags" if marks else "label"]
    return sorted({str(one) for row in column for one in (row if marks else [row])})


def read(found, marks: bool, tokenizer, names: list[str], most: int):
    """Token ids with the labels' numbers."""
    number = {name: index for index, name in enumerate(names)}

    def texts(batch):
        return tokenizer(batch["text"], truncation=True, max_length=most) | {
            "labels": [number[str(label)] for label in batch["label"]]
        }

    def words(batch):
        made = tokenizer(batch["tokens"], truncation=True, max_length=most, is_split_into_words=True)
        told = []
        for row, tags in enumerate(batch["tags"]):
            places = made.word_ids(row)
            first = [place is not None and place != before for before, place in pairwise([None, *places])]
            told.append(
                [number[str(tags[place])] if one else NO_WORD for place, one in zip(places, first, strict=True)]
            )
        return made | {"labels": told}

    return found.map(words if marks else texts, batched=True, remove_columns=found.column_names)


def right(answered) -> dict[str, float]:
    """The share of labels that the model tells."""
    told, labels = np.argmax(answered.predictions, axis=-1), answered.label_ids
    counted = labels != NO_WORD
    return {"accuracy": float((told == labels)[counted].mean())}


def main() -> None:
    args = arguments()
    found = rows(fetched(args.data))
    marks = "tags" in found.column_names
    names = labels_of(found, marks)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    kind = AutoModelForTokenClassification if marks else AutoModelForSequenceClassification
    model = kind.from_pretrained(
        args.model, dtype=torch.float32, num_labels=len(names), id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
    )  # fmt: skip
    if args.method != "full":
        task = TaskType.TOKEN_CLS if marks else TaskType.SEQ_CLS
        # The new head is trained whole.
        adapters = LoraConfig(task_type=task, r=args.rank, lora_alpha=2 * args.rank, target_modules="all-linear",
                              exclude_modules=["classifier", "score"])  # fmt: skip
        model = get_peft_model(model, adapters)
    parts = read(found, marks, tokenizer, names, args.max_tokens).train_test_split(0.1, seed=args.seed)
    collator = (DataCollatorForTokenClassification if marks else DataCollatorWithPadding)(tokenizer)
    settings = TrainingArguments(**trainer_settings(args), weight_decay=0.01)
    trainer = Trainer(
        model, settings, train_dataset=parts["train"], eval_dataset=parts["test"], data_collator=collator,
        processing_class=tokenizer, compute_metrics=right,
    )  # fmt: skip
    train(trainer, args.output, last=lambda: trainer.log_metrics("eval", trainer.evaluate()))


if __name__ == "__main__":
    main()
