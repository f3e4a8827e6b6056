"""Teaches an image model a subject or a style with LoRA: Stable Diffusion and SDXL.

Data: pictures, with captions in `metadata.jsonl` (`file_name`, `text`) or in a text file of the same name each. The
pictures and captions are encoded once and kept, so that only the denoising network stays on the GPU.
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import DDPMScheduler, DiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from filelock import FileLock
from job import FIRST, fetched, files, parser, result
from loop import train
from peft import LoraConfig, get_peft_model_state_dict
from PIL import Image, ImageOps

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def arguments():
    made = parser(__doc__)
    made.add_argument("--size", type=int, default=1024, help="edge of the square that pictures are cut to")
    made.add_argument("--rank", type=int, default=16, help="of the adapters")
    return made.parse_args()


def captioned(folder: Path) -> list[tuple[Path, str]]:
    listed = folder / "metadata.jsonl"
    if listed.exists():
        told = [json.loads(line) for line in listed.read_text().splitlines() if line.strip()]
        return [(folder / row["file_name"], row["text"]) for row in told]
    return [(p, p.with_suffix(".txt").read_text().strip()) for p in files(folder, *PICTURES)
            if p.with_suffix(".txt").exists()]  # fmt: skip


@torch.no_grad()
def encode(args, pipe, device: str, kept: Path) -> None:
    """Latents of the pictures and embeddings of the captions, a file for each picture; those that are there stay."""
    pipe.vae.to(device, torch.float32)
    large = hasattr(pipe, "text_encoder_2")
    for encoder in [pipe.text_encoder, *([pipe.text_encoder_2] if large else [])]:
        encoder.to(device)
    for number, (path, text) in enumerate(captioned(fetched(args.data))):
        target = kept / f"{number:06d}.pt"
        if target.exists():
            continue
        square = ImageOps.fit(Image.open(path).convert("RGB"), (args.size, args.size), Image.Resampling.LANCZOS)
        pixels = torch.from_numpy(np.asarray(square)).permute(2, 0, 1)[None].to(device, torch.float32) / 127.5 - 1
        made = {"latents": pipe.vae.encode(pixels).latent_dist.sample()[0] * pipe.vae.config.scaling_factor}
        told = pipe.encode_prompt(text, device=device, num_images_per_prompt=1, do_classifier_free_guidance=False)
        made["text"] = told[0][0]
        if large:
            made["pooled"] = told[2][0]
            made["times"] = torch.tensor([args.size, args.size, 0, 0, args.size, args.size])
        part = target.with_suffix(".part")
        torch.save({name: value.cpu() for name, value in made.items()}, part)
        part.rename(target)


class Encoded(torch.utils.data.Dataset):
    def __init__(self, folder: Path) -> None:
        self.paths = files(folder, ".pt")

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int):
        return torch.load(self.paths[index], weights_only=True)


def main() -> None:
    args = arguments()
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    kept = Path(args.output) / "encoded"
    kept.mkdir(parents=True, exist_ok=True)
    pipe = DiffusionPipeline.from_pretrained(args.model, torch_dtype=DTYPES[args.precision])
    if not hasattr(pipe, "unet"):
        raise SystemExit(f"{args.model} has no U-Net; this program is for Stable Diffusion and SDXL")
    with FileLock(kept / ".lock"):
        encode(args, pipe, device, kept)
    unet, noise_of = pipe.unet, DDPMScheduler.from_config(pipe.scheduler.config)
    del pipe
    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(r=args.rank, lora_alpha=args.rank, target_modules=ATTENTION))
    for parameter in unet.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    if args.checkpointing:
        unet.enable_gradient_checkpointing()
    batches = torch.utils.data.DataLoader(Encoded(kept), args.micro_batch, shuffle=True, num_workers=args.workers)

    def loss_of(model, batch):
        noise = torch.randn_like(batch["latents"])
        steps = torch.randint(0, noise_of.config.num_train_timesteps, (len(noise),), device=noise.device)
        noisy = noise_of.add_noise(batch["latents"], noise, steps)
        beside = {"text_embeds": batch["pooled"], "time_ids": batch["times"]} if "pooled" in batch else None
        told = model(noisy, steps, encoder_hidden_states=batch["text"], added_cond_kwargs=beside).sample
        velocity = noise_of.config.prediction_type == "v_prediction"
        wanted = noise_of.get_velocity(batch["latents"], noise, steps) if velocity else noise
        return torch.nn.functional.mse_loss(told.float(), wanted.float())

    trained = train(args, unet, batches, loss_of)
    if FIRST:
        weights = convert_state_dict_to_diffusers(get_peft_model_state_dict(trained))
        pipeline_of(args.model).save_lora_weights(result(args.output), unet_lora_layers=weights)


def pipeline_of(model: str):
    """The class of the pipeline, which knows how its adapters are stored."""
    import diffusers

    return getattr(diffusers, DiffusionPipeline.load_config(model)["_class_name"])


if __name__ == "__main__":
    main()
