"""Merges trained adapters into the weights they were trained on, on the CPU: the result runs wherever the model does.

python3 merge_adapters.py --base OWNER/MODEL --adapter /data/checkpoints/final --output /data/merged
"""

import argparse
from pathlib import Path

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--base", required=True, help="id or folder of the model that was tuned: its tokenizer")
    made.add_argument("--adapter", default="/data/checkpoints/final")
    made.add_argument("--output", default="/data/merged")
    args = made.parse_args()
    if (Path(args.output) / "config.json").exists():
        print(f"{args.output} is there already")
        return
    merged = AutoPeftModelForCausalLM.from_pretrained(args.adapter, dtype=torch.bfloat16).merge_and_unload()
    held = args.adapter if (Path(args.adapter) / "tokenizer_config.json").exists() else args.base
    AutoTokenizer.from_pretrained(held).save_pretrained(args.output)
    # The configuration is written with the weights and last: it marks a result that is whole.
    merged.save_pretrained(args.output)
    print(f"merged into {args.output}")


if __name__ == "__main__":
    main()
