"""Trains a language model from random weights on plain text.

Data: JSON lines, CSV or Parquet with a column `text`. The texts are joined, each with its end mark, and cut into pieces
of --max-tokens, so that no position is padding. --model takes the architecture and the tokenizer of a published model,
without its weights; else the figures make a Llama-like decoder, and a tokenizer is learnt from the data.
"""

from itertools import chain, islice
from pathlib import Path

import torch
from filelock import FileLock
from job import fetched, parser, rows, train, trainer_settings
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)

END, LEARNT_FROM = "<|end|>", 200_000
"""The mark between texts, and how many of them a tokenizer is learnt from."""


def arguments():
    made = parser(__doc__, learning_rate=3e-4)
    made.add_argument("--max-tokens", type=int, default=2048, help="of one piece")
    made.add_argument("--warmup", type=float, default=0.01, help="share of the steps that the rate rises in")
    for name, default in (("layers", 22), ("hidden", 2048), ("intermediate", 5632), ("heads", 32), ("kv-heads", 8)):
        made.add_argument(f"--{name}", type=int, default=default)
    made.add_argument("--vocabulary", type=int, default=32_000)
    return made.parse_args()


def learnt_tokenizer(texts, args) -> PreTrainedTokenizerFast:
    """Learnt by the first process that comes here, read by the others and after a restart."""
    folder = Path(args.output) / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not (folder / "tokenizer_config.json").exists():
            made = ByteLevelBPETokenizer()
            sample = (row["text"] for row in islice(texts, LEARNT_FROM))
            made.train_from_iterator(sample, vocab_size=args.vocabulary, special_tokens=[END])
            PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, eos_token=END).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def architecture(args, tokenizer):
    if args.model:
        return AutoConfig.from_pretrained(args.model)
    return LlamaConfig(
        num_hidden_layers=args.layers, hidden_size=args.hidden, intermediate_size=args.intermediate,
        num_attention_heads=args.heads, num_key_value_heads=args.kv_heads, vocab_size=args.vocabulary,
        max_position_embeddings=args.max_tokens, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip


def pieces(texts, tokenizer, args):
    """The texts as pieces of equal length; `datasets` keeps the result, so that a restart does not do it again."""

    def cut(batch):
        joined = list(chain.from_iterable([*ids, tokenizer.eos_token_id] for ids in tokenizer(batch["text"]).input_ids))
        whole = len(joined) // args.max_tokens * args.max_tokens
        cuts = [joined[start : start + args.max_tokens] for start in range(0, whole, args.max_tokens)]
        return {"input_ids": cuts, "labels": [list(piece) for piece in cuts]}

    return texts.map(cut, batched=True, remove_columns=["text"], num_proc=args.workers or None)


def main() -> None:
    args = arguments()
    set_seed(args.seed)
    texts = rows(fetched(args.data)).select_columns(["text"])
    tokenizer = AutoTokenizer.from_pretrained(args.model) if args.model else learnt_tokenizer(texts, args)
    config = architecture(args, tokenizer)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="sdpa")
    settings = TrainingArguments(**trainer_settings(args), warmup_steps=args.warmup, weight_decay=0.1, adam_beta2=0.95)
    trainer = Trainer(
        model, settings, train_dataset=pieces(texts, tokenizer, args), processing_class=tokenizer,
        data_collator=default_data_collator,
    )  # fmt: skip
    train(trainer, args.output)


if __name__ == "__main__":
    main()
