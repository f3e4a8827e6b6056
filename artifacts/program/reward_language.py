"""Teaches a language model by checking its answers: group relative policy optimisation (GRPO).

Data: JSON lines, CSV or Parquet with `prompt` and `answer`. An answer counts one where its last number is that of
`answer`, or, where there is no number, where it holds `answer`. --max-tokens is of the prompt and what is written
together, as the memory proof counts them.
"""

import re

from finetune_language import DTYPES, adapters, quantization
from job import fetched, parser, rows, train, trainer_settings
from trl import GRPOConfig, GRPOTrainer

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def arguments():
    made = parser(__doc__, learning_rate=1e-6)
    made.add_argument("--method", choices=["full", "lora", "qlora"], default="lora")
    made.add_argument("--max-tokens", type=int, default=2048, help="of prompt and answer")
    made.add_argument("--rank", type=int, default=16, help="of the adapters")
    made.add_argument("--adapt", choices=["all-linear", "attention"], default="all-linear")
    made.add_argument("--answers", type=int, default=8, help="to each prompt, compared with each other")
    return made.parse_args()


def is_right(completions, answer, **_) -> list[float]:
    """One for each completion that tells the answer."""
    told = [text if isinstance(text, str) else text[-1]["content"] for text in completions]
    return [float(_matches(text, str(wanted))) for text, wanted in zip(told, answer, strict=True)]


def _matches(text: str, wanted: str) -> bool:
    if NUMBER.fullmatch(wanted.strip()):
        found = NUMBER.findall(text)
        return bool(found) and float(found[-1].replace(",", "")) == float(wanted.replace(",", ""))
    return wanted.strip().lower() in text.lower()


def main() -> None:
    args = arguments()
    tasks = rows(fetched(args.data)).select_columns(["prompt", "answer"])
    dtype = DTYPES["fp32" if args.method == "full" else args.precision]
    config = GRPOConfig(
        **trainer_settings(args), num_generations=args.answers, max_completion_length=args.max_tokens // 2,
        generation_batch_size=None, steps_per_generation=None,
        model_init_kwargs={"dtype": dtype, "attn_implementation": "sdpa"},
    )  # fmt: skip
    trainer = GRPOTrainer(
        args.model, is_right, args=config, train_dataset=tasks, peft_config=adapters(args),
        quantization_config=quantization(args),
    )  # fmt: skip
    train(trainer, args.output)


if __name__ == "__main__":
    main()
