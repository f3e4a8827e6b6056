"""Fine-tunes a language model, or one that sees images, on examples: all weights, LoRA, or LoRA over 4-bit weights.

Data: JSON lines, CSV or Parquet with a column `messages` (chat), `prompt` and `completion`, or `text`; models that see
images take `images` beside `messages`. Full training keeps 32-bit master weights and computes in --precision.
"""

import json

import torch
from job import FIRST, fetched, parser, rows, train, trainer_settings
from peft import LoraConfig
from transformers import BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
COLUMNS = {"messages", "prompt", "completion", "text", "images", "image"}


def arguments():
    made = parser(__doc__)
    made.add_argument("--method", choices=["full", "lora", "qlora"], default="lora")
    made.add_argument("--max-tokens", type=int, default=2048, help="of one example; the rest is cut off")
    made.add_argument("--rank", type=int, default=16, help="of the adapters")
    made.add_argument("--adapt", choices=["all-linear", "attention"], default="all-linear")
    return made.parse_args()


def quantization(args) -> BitsAndBytesConfig | None:
    """NF4 with its constants quantised again; stored in the type of the other weights, so that FSDP can shard them."""
    if args.method != "qlora":
        return None
    dtype = DTYPES[args.precision]
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype,
        bnb_4bit_quant_storage=dtype,
    )  # fmt: skip


def adapters(args) -> LoraConfig | None:
    if args.method == "full":
        return None
    return LoraConfig(
        r=args.rank, lora_alpha=2 * args.rank, lora_dropout=0.05, task_type="CAUSAL_LM",
        target_modules=ATTENTION if args.adapt == "attention" else "all-linear",
    )  # fmt: skip


def lengths(examples, most: int) -> dict[str, object]:
    """How many examples there are, and what part of them reaches --max-tokens and is cut there."""
    counted = examples["input_ids"] if "input_ids" in (examples.column_names or ()) else ()
    cut = sum(len(one) >= most for one in counted)
    return {"examples": len(examples), "cut": round(cut / len(counted), 4) if len(counted) else None}


def main() -> None:
    args = arguments()
    examples = rows(fetched(args.data))
    examples = examples.remove_columns([name for name in examples.column_names if name not in COLUMNS])
    dtype = torch.float32 if args.method == "full" else DTYPES[args.precision]
    config = SFTConfig(
        **trainer_settings(args), max_length=args.max_tokens,
        model_init_kwargs={"dtype": dtype, "attn_implementation": "sdpa"},
    )  # fmt: skip
    trainer = SFTTrainer(
        args.model, config, train_dataset=examples, peft_config=adapters(args), quantization_config=quantization(args)
    )
    if FIRST:
        print(json.dumps(lengths(trainer.train_dataset, args.max_tokens)), flush=True)
    train(trainer, args.output)


if __name__ == "__main__":
    main()
