"""The loop of the programs that no trainer fits: steps on all GPUs, whole checkpoints, going on after a restart."""

import json
import math
import shutil
from pathlib import Path

import torch
from accelerate import Accelerator
from job import FIRST, Metrics
from transformers import get_cosine_schedule_with_warmup


def steps_of(args, batches) -> int:
    """Steps of the whole training; `batches` as they come before they are divided among the processes."""
    if args.max_steps > 0:
        return args.max_steps
    together = args.gradient_accumulation * Accelerator(cpu=not torch.cuda.is_available()).num_processes
    return max(1, math.floor(args.epochs * math.ceil(len(batches) / together)))


def train(args, model, batches, loss_of, *, weight_decay: float = 0.01):
    """Trains what of the model has gradients; `loss_of(model, batch)` is what is made small. Returns the bare model.

    A checkpoint is a folder that gets its name when it is complete. After a restart the order of the data is as it was.
    """
    accelerator = Accelerator(
        gradient_accumulation_steps=args.gradient_accumulation,
        cpu=not torch.cuda.is_available(),
        mixed_precision="no" if args.precision == "fp32" else args.precision,
    )
    steps = steps_of(args, batches)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], args.learning_rate,
                                  weight_decay=weight_decay)  # fmt: skip
    # The schedule is stepped by hand, once a step, so it is not prepared.
    schedule = get_cosine_schedule_with_warmup(optimizer, max(1, steps // 100), steps)
    model, optimizer, batches = accelerator.prepare(model, optimizer, batches)
    accelerator.register_for_checkpointing(schedule)
    passes = _restored(accelerator, Path(args.output))
    step, metrics, model = passes // args.gradient_accumulation, Metrics(args.output), model.train()
    while step < steps:
        epoch, done = divmod(passes, len(batches))
        batches.set_epoch(epoch)
        for batch in accelerator.skip_first_batches(batches, done) if done else batches:
            passes += 1
            with accelerator.accumulate(model):
                loss = loss_of(model, batch)
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
            if not accelerator.sync_gradients:
                continue
            schedule.step()
            step += 1
            if step % min(10, args.save_every) == 0 or step == steps:
                metrics.log(step, loss=accelerator.reduce(loss.detach(), "mean").item())
            if step % args.save_every == 0 or step == steps:
                _save(accelerator, Path(args.output), step, passes)
            if step == steps:
                break
    accelerator.wait_for_everyone()
    bare = accelerator.unwrap_model(model)
    accelerator.end_training()
    return bare


def _save(accelerator: Accelerator, output: Path, step: int, passes: int) -> None:
    part, whole = output / "unfinished", output / f"checkpoint-{step}"
    accelerator.save_state(str(part))
    accelerator.wait_for_everyone()
    if FIRST:
        (part / "progress.json").write_text(json.dumps({"passes": passes}))
        shutil.rmtree(whole, ignore_errors=True)
        part.rename(whole)
        for older in _checkpoints(output)[:-2]:
            shutil.rmtree(older)
    accelerator.wait_for_everyone()


def _restored(accelerator: Accelerator, output: Path) -> int:
    """Passes over batches that were done before; 0 at the first start."""
    found = _checkpoints(output)
    if not found:
        return 0
    if FIRST:
        print(json.dumps({"resumes_from": found[-1].name}), flush=True)
    accelerator.load_state(str(found[-1]))
    return json.loads((found[-1] / "progress.json").read_text())["passes"]


def _checkpoints(output: Path) -> list[Path]:
    return sorted(output.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
