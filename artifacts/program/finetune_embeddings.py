"""Fine-tunes a model that turns texts into vectors, so that what belongs together comes close.

Data: JSON lines, CSV or Parquet with `anchor` and `positive` (a question and a text that answers it), and `negative`
where there are texts that look right and are not. The other pairs of a batch are negatives, too: the larger the batch,
the better; --cached-batch makes it larger than a GPU holds at once.
"""

from job import fetched, parser, rows, train, trainer_settings
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import CachedMultipleNegativesRankingLoss, MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers


def arguments():
    made = parser(__doc__, micro_batch=32, learning_rate=2e-5)
    made.add_argument("--max-tokens", type=int, help="of one text; else the model's own")
    made.add_argument("--cached-batch", type=int, default=0, help="pairs compared at once, in passes of --micro-batch")
    made.add_argument("--warmup", type=float, default=0.1, help="share of the steps that the rate rises in")
    return made.parse_args()


def main() -> None:
    args = arguments()
    pairs = rows(fetched(args.data))
    pairs = pairs.select_columns([name for name in ("anchor", "positive", "negative") if name in pairs.column_names])
    model = SentenceTransformer(args.model)
    if args.max_tokens:
        model.max_seq_length = args.max_tokens
    loss = MultipleNegativesRankingLoss(model)
    changed = {"warmup_steps": args.warmup, "batch_sampler": BatchSamplers.NO_DUPLICATES}
    if args.cached_batch:
        loss = CachedMultipleNegativesRankingLoss(model, mini_batch_size=args.micro_batch)
        # That loss goes over its passes itself, and keeps no activations that checkpointing could drop.
        changed |= {"per_device_train_batch_size": args.cached_batch, "gradient_checkpointing": False}
    settings = SentenceTransformerTrainingArguments(**trainer_settings(args) | changed)
    trainer = SentenceTransformerTrainer(model, settings, train_dataset=pairs, loss=loss)
    train(trainer, args.output)


if __name__ == "__main__":
    main()
