"""What the programs of a plan share: arguments, data from its store, whole checkpoints, metrics of one run."""

import argparse
import json
import os
from pathlib import Path

from filelock import FileLock

CACHE = Path(os.environ.get("DATA_CACHE", "/data/cache"))
RUN = int(os.environ.get("RUN_NUMBER", "0"))
"""Which of several runs this is."""
RESULT = "final"
"""Below the output: what the program was run for, and what is copied away when it has ended."""
WHOLE = "whole"
"""Marks a checkpoint that was written to its end."""
FIRST = int(os.environ.get("RANK", "0")) == 0
"""Whether this process is the first of all machines: the one that reports."""


def parser(description: str, *, micro_batch: int = 1, learning_rate: float = 1e-4) -> argparse.ArgumentParser:
    """Arguments that every training program takes; DATA, OUTPUT and MODEL_ID of the environment stand in for three."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--data", default=os.environ.get("DATA", "/data/dataset"), help="folder, s3://... or hf://...")
    made.add_argument("--output", default=os.environ.get("OUTPUT", "/data/checkpoints"), help="a lasting volume")
    made.add_argument("--model", default=os.environ.get("MODEL_ID"), help="id on the Hub, or a folder")
    made.add_argument("--precision", choices=["bf16", "fp16", "fp32"], default="bf16")
    made.add_argument("--micro-batch", type=int, default=micro_batch, help="of one GPU in one pass")
    made.add_argument("--gradient-accumulation", type=int, default=1, help="passes for one step")
    made.add_argument("--checkpointing", action=argparse.BooleanOptionalAction, default=False, help="of activations")
    made.add_argument("--epochs", type=float, default=3.0)
    made.add_argument("--max-steps", type=int, default=-1, help="instead of epochs")
    made.add_argument("--learning-rate", type=float, default=learning_rate)
    made.add_argument("--save-every", type=int, default=200, help="steps from one checkpoint to the next")
    made.add_argument("--workers", type=int, default=readers(), help="processes of each GPU that read data")
    made.add_argument("--seed", type=int, default=RUN)
    return made


def readers(processes: int = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))) -> int:
    """Processes that read data for each of so many that train: one for each processor, but for one."""
    share = len(os.sched_getaffinity(0)) // processes if hasattr(os, "sched_getaffinity") else 0
    return min(16, max(2, share - 1))


def result(output: str | Path) -> Path:
    """The folder that is copied away in the end."""
    folder = Path(output) / RESULT
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetched(location: str) -> Path:
    """A folder of this machine. What is in an object store or on the Hub is copied once; a restart copies the rest."""
    if "://" not in location:
        return Path(location)
    scheme, _, path = location.partition("://")
    folder = CACHE / scheme / path.strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(folder.name + ".lock")):
        if not (folder / ".complete").exists():
            _copy(location, folder)
            (folder / ".complete").touch()
    return folder


def _copy(location: str, folder: Path) -> None:
    if location.startswith("hf://datasets/"):
        from huggingface_hub import snapshot_download

        snapshot_download(location.removeprefix("hf://datasets/"), repo_type="dataset", local_dir=folder)
        return
    import fsspec

    store, root = fsspec.core.url_to_fs(location)
    for name, facts in store.find(root, detail=True).items():
        there = folder / os.path.relpath(name, root)
        if there.exists() and there.stat().st_size == facts["size"]:
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        part = there.with_name(there.name + ".part")
        store.get_file(name, str(part))
        part.rename(there)


def files(folder: Path, *endings: str) -> list[Path]:
    """All files below the folder with one of these endings, in order."""
    return sorted(path for path in folder.rglob("*") if path.name.lower().endswith(endings))


def rows(folder: Path):
    """The rows of all JSON lines, CSV or Parquet files below the folder, as a `datasets.Dataset`."""
    from datasets import concatenate_datasets, load_dataset

    readers = {"json": (".jsonl", ".json"), "csv": (".csv",), "parquet": (".parquet",)}
    found = {kind: [str(path) for path in files(folder, *ends)] for kind, ends in readers.items()}
    parts = [load_dataset(kind, data_files=paths, split="train") for kind, paths in found.items() if paths]
    if not parts:
        raise SystemExit(f"{folder} holds no .jsonl, .csv or .parquet file")
    return concatenate_datasets(parts)


def newest_checkpoint(output: str | Path) -> str | None:
    """The last checkpoint that was written to its end."""
    whole = [path.parent for path in Path(output).glob(f"checkpoint-*/{WHOLE}")]
    newest = max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)
    if newest is not None and FIRST:
        print(json.dumps({"resumes_from": newest.name}), flush=True)
    return str(newest) if newest else None


def trainer_settings(args: argparse.Namespace) -> dict[str, object]:
    """The part of `TrainingArguments` that all trainers have in common."""
    import torch

    return {
        "output_dir": args.output, "per_device_train_batch_size": args.micro_batch,
        "gradient_accumulation_steps": args.gradient_accumulation, "num_train_epochs": args.epochs,
        "max_steps": args.max_steps, "learning_rate": args.learning_rate, "lr_scheduler_type": "cosine",
        "bf16": args.precision == "bf16", "fp16": args.precision == "fp16",
        "gradient_checkpointing": args.checkpointing, "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "save_steps": args.save_every, "save_total_limit": 2, "logging_steps": min(10, args.save_every),
        "dataloader_num_workers": args.workers, "report_to": tracker(args.output), "seed": args.seed,
        # Without a GPU processes work together only if they are told that there is none.
        "use_cpu": not torch.cuda.is_available(),
    }  # fmt: skip


def train(trainer, output: str, folder: str = RESULT, *, last=lambda: None) -> None:
    """Goes on from the last whole checkpoint, and puts the trained weights in one piece into the folder. `last`: what
    all processes do together in the end."""
    from torch import distributed
    from transformers import TrainerCallback

    class Marks(TrainerCallback):
        """The trainer writes its state before the weights of FSDP: a checkpoint is whole when all have written."""

        def on_save(self, args, state, control, **_) -> None:
            if distributed.is_initialized():
                distributed.barrier()
            if state.is_world_process_zero:
                Path(args.output_dir, f"checkpoint-{state.global_step}", WHOLE).touch()

    trainer.add_callback(Marks())
    trainer.train(resume_from_checkpoint=newest_checkpoint(output))
    if trainer.is_fsdp_enabled:
        trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
    trainer.save_model(str(Path(output) / folder))
    last()
    # A process that ends with its connections open may fail there, and the launcher then stops the others.
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.end_training()


def tracker(output: str | Path) -> str:
    """`mlflow` where MLFLOW_TRACKING_URI names a server, else `none`. A restarted job goes on with the run it began."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return "none"
    begun = Path(output) / "mlflow_run_id"
    if FIRST and not begun.exists():
        import mlflow

        mlflow.set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME", "stack8s"))
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.write_text(mlflow.MlflowClient().create_run(_experiment(mlflow)).info.run_id)
    if begun.exists():
        os.environ["MLFLOW_RUN_ID"] = begun.read_text()
    return "mlflow"


def _experiment(mlflow) -> str:
    return mlflow.get_experiment_by_name(os.environ.get("MLFLOW_EXPERIMENT_NAME", "stack8s")).experiment_id


class Metrics:
    """Metrics of a program with a loop of its own: a line of JSON each, and the tracker's run."""

    def __init__(self, output: str | Path) -> None:
        self._tracked = FIRST and tracker(output) == "mlflow"

    def log(self, step: int, **values: float) -> None:
        if not FIRST:
            return
        print(
            json.dumps({"step": step, **{name: round(float(value), 6) for name, value in values.items()}}), flush=True
        )
        if self._tracked:
            import mlflow

            mlflow.log_metrics(values, step=step, run_id=os.environ["MLFLOW_RUN_ID"])


def answered(path: Path) -> set[str]:
    """Names of the rows that have an answer; a line that was cut off by a kill is taken away."""
    if not path.exists():
        return set()
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        path.write_bytes(whole)
    return {json.loads(line)["id"] for line in whole.splitlines()}
