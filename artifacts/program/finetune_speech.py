"""Fine-tunes a speech recogniser of Whisper's kind on recordings with their transcripts.

Data: JSON lines, CSV or Parquet with `file_name` (below the same folder) and `text`, and the recordings as WAV, FLAC,
OGG or MP3, of at most 30 seconds each: Whisper hears no more at once. Other sampling rates are brought to the model's.
"""

from math import gcd
from pathlib import Path

import soundfile
import torch
from job import fetched, parser, result, rows, train, trainer_settings
from peft import LoraConfig, get_peft_model
from scipy.signal import resample_poly
from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor, Seq2SeqTrainer, Seq2SeqTrainingArguments


def arguments():
    made = parser(__doc__, micro_batch=8, learning_rate=1e-5)
    made.add_argument("--method", choices=["full", "lora"], default="full")
    made.add_argument("--rank", type=int, default=32, help="of the adapters")
    made.add_argument("--language", help="spoken, as in english; else the model tells it itself")
    made.add_argument("--task", choices=["transcribe", "translate"], default="transcribe")
    made.add_argument("--warmup", type=float, default=0.05, help="share of the steps that the rate rises in")
    return made.parse_args()


def heard(path: Path, rate: int):
    """One channel at that rate."""
    samples, own = soundfile.read(path, dtype="float32", always_2d=True)
    mono, shared = samples.mean(axis=1), gcd(own, rate)
    return mono if own == rate else resample_poly(mono, rate // shared, own // shared)


class Recordings(torch.utils.data.Dataset):
    """Recordings as the model hears them, with the tokens of what is said."""

    def __init__(self, folder: Path, processor, longest: int) -> None:
        self.folder, self.processor, self.longest = folder, processor, longest
        self.rows = rows(folder).select_columns(["file_name", "text"])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int):
        row, ears = self.rows[index], self.processor.feature_extractor
        samples = heard(self.folder / row["file_name"], ears.sampling_rate)
        spectrum = ears(samples, sampling_rate=ears.sampling_rate, return_tensors="pt").input_features[0]
        return {"input_features": spectrum, "labels": self.processor.tokenizer(row["text"]).input_ids[: self.longest]}


class Collator:
    """Transcripts of one length: what is filled up, and the mark that the decoder sets itself, count for nothing."""

    def __init__(self, processor, start: int) -> None:
        self.tokenizer, self.start = processor.tokenizer, start

    def __call__(self, items):
        told = self.tokenizer.pad([{"input_ids": item["labels"]} for item in items], return_tensors="pt")
        labels = told.input_ids.masked_fill(told.attention_mask.ne(1), -100)
        if (labels[:, 0] == self.start).all():
            labels = labels[:, 1:]
        return {"input_features": torch.stack([item["input_features"] for item in items]), "labels": labels}


def main() -> None:
    args = arguments()
    processor = AutoProcessor.from_pretrained(args.model)
    processor.tokenizer.pad_token = processor.tokenizer.pad_token or processor.tokenizer.eos_token
    if args.language:
        processor.tokenizer.set_prefix_tokens(language=args.language, task=args.task)
    model = AutoModelForSpeechSeq2Seq.from_pretrained(args.model, dtype=torch.float32)
    model.config.use_cache = False
    start, longest = model.config.decoder_start_token_id, model.config.max_target_positions
    if args.method == "lora":
        model = get_peft_model(model, LoraConfig(r=args.rank, lora_alpha=2 * args.rank, lora_dropout=0.05,
                                                 target_modules=["q_proj", "v_proj"]))  # fmt: skip
    recordings = Recordings(fetched(args.data), processor, longest)
    settings = Seq2SeqTrainingArguments(**trainer_settings(args), warmup_steps=args.warmup, remove_unused_columns=False)
    trainer = Seq2SeqTrainer(
        model, settings, train_dataset=recordings, processing_class=processor,
        data_collator=Collator(processor, start),
    )  # fmt: skip
    if args.method == "full":
        train(trainer, args.output)
        return
    train(trainer, args.output, "adapter")
    if trainer.is_world_process_zero():  # whole again, as it is served
        whole = trainer.accelerator.unwrap_model(trainer.model).merge_and_unload()
        whole.save_pretrained(result(args.output))
        processor.save_pretrained(result(args.output))


if __name__ == "__main__":
    main()
