"""Teaches a language model which of two answers is the better one: direct preference optimisation (DPO).

Data: JSON lines, CSV or Parquet with `prompt`, `chosen` and `rejected`. A pair is two sequences, so --max-tokens is of
each of them. Where all weights are trained, the reference model's probabilities are worked out before, not beside.
"""

from finetune_language import DTYPES, adapters, quantization
from job import fetched, parser, rows, train, trainer_settings
from trl import DPOConfig, DPOTrainer


def arguments():
    made = parser(__doc__, learning_rate=5e-6)
    made.add_argument("--method", choices=["full", "lora", "qlora"], default="lora")
    made.add_argument("--max-tokens", type=int, default=1024, help="of prompt and answer; the rest is cut off")
    made.add_argument("--rank", type=int, default=16, help="of the adapters")
    made.add_argument("--adapt", choices=["all-linear", "attention"], default="all-linear")
    made.add_argument("--beta", type=float, default=0.1, help="how strongly the model is held to what it was")
    return made.parse_args()


def main() -> None:
    args = arguments()
    pairs = rows(fetched(args.data)).select_columns(["prompt", "chosen", "rejected"])
    dtype = DTYPES["fp32" if args.method == "full" else args.precision]
    config = DPOConfig(
        **trainer_settings(args), max_length=args.max_tokens, beta=args.beta,
        precompute_ref_log_probs=args.method == "full", precompute_ref_batch_size=args.micro_batch,
        model_init_kwargs={"dtype": dtype, "attn_implementation": "sdpa"},
    )  # fmt: skip
    trainer = DPOTrainer(
        args.model, args=config, train_dataset=pairs, peft_config=adapters(args), quantization_config=quantization(args)
    )
    train(trainer, args.output)


if __name__ == "__main__":
    main()
