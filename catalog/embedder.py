"""Text to vectors: the static embedder of the repository, or OpenAI's by name.

The static one is an average of token vectors, read straight from its files: importing model2vec for that takes
longer than everything here together, and numpy waits for the first text. Sums are float64, so that one text has one
vector, whatever is encoded beside it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from domain.errors import ArchitectError, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from langchain_openai import OpenAIEmbeddings

    from catalog.vectors import Vectors

DEFAULT_EMBEDDER = "minilm-256"
DIMENSIONS = 256

_FOLDER = Path(__file__).with_name("embedder")


class Embedder(Protocol):
    """`encode` gives one L2-normalised row per text; a text without words gives a row of zeros."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> "Vectors": ...


@lru_cache
def load_embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """The embedder of that name, loaded once a process (it blocks). Raises InvalidInput for an unknown one."""
    provider, _, model = name.partition(":")
    if provider == "openai" and model:
        return _OpenAIEmbedder(name, model)
    if "/" not in name and (_FOLDER / name / "model.safetensors").is_file():
        return _StaticEmbedder(name)
    raise InvalidInput(
        f"There is no embedder named {name!r}.",
        f"Set HF_EMBEDDING_MODEL_NAME to {DEFAULT_EMBEDDER} or to openai:text-embedding-3-small.",
    )


@lru_cache
def known_words() -> frozenset[str]:
    """The words the static embedder has vectors for: a misspelt word is not among them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_FOLDER / DEFAULT_EMBEDDER / "tokenizer.json"))
    return frozenset(word for word in tokenizer.get_vocab() if word.isalpha())


class _StaticEmbedder:
    """One int8 vector per token, with a scale per token that also carries the token's weight."""

    def __init__(self, name: str) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self.name = name
        self.dim = DIMENSIONS
        tensors = load_file(_FOLDER / name / "model.safetensors")
        self._vectors: npt.NDArray[np.int8] = tensors["vectors"]
        self._scales: npt.NDArray[np.float32] = tensors["scales"]
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(_FOLDER / name / "tokenizer.json"))
        self._unknown = self._tokenizer.token_to_id("[UNK]")

    def encode(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np

        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for row, encoding in zip(rows, encodings, strict=True):
            tokens = [token for token in encoding.ids if token != self._unknown]
            weighted = self._vectors[tokens] * self._scales[tokens, None].astype(np.float64)
            row[:] = _unit(weighted.sum(axis=0))
        return rows


class _OpenAIEmbedder:
    """OpenAI's embeddings, shortened to the dimensions of the schema."""

    def __init__(self, name: str, model: str) -> None:
        self.name = name
        self.dim = DIMENSIONS
        self._client = _openai_client(model)

    def encode(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np

        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        worded = [index for index, text in enumerate(texts) if text.strip()]
        if worded:
            for index, vector in zip(worded, self._ask([texts[i] for i in worded]), strict=True):
                rows[index] = _unit(np.asarray(vector, dtype=np.float64))
        return rows

    def _ask(self, texts: list[str]) -> list[list[float]]:
        from openai import OpenAIError

        try:
            return self._client.embed_documents(texts)
        except OpenAIError as error:
            raise ArchitectError(
                f"The embeddings of {self.name} could not be had: {type(error).__name__}.",
                f"Check OPENAI_API_KEY and OPENAI_BASE_URL, or set HF_EMBEDDING_MODEL_NAME={DEFAULT_EMBEDDER}.",
            ) from error


def _openai_client(model: str) -> "OpenAIEmbeddings":
    from langchain_openai import OpenAIEmbeddings

    from settings import settings

    configured = settings()
    if configured.openai_api_key is None:
        raise InvalidInput(
            f"The embedder openai:{model} needs a key.",
            f"Set OPENAI_API_KEY, or HF_EMBEDDING_MODEL_NAME={DEFAULT_EMBEDDER}.",
        )
    return OpenAIEmbeddings(
        model=model,
        dimensions=DIMENSIONS,
        openai_api_key=configured.openai_api_key,
        openai_api_base=configured.openai_base_url,
        request_timeout=configured.openai_timeout_s,
        max_retries=configured.openai_max_retries,
        check_embedding_ctx_length=False,  # counting tokens would download a tokenizer
    )


def _unit(vector: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    length = math.sqrt((vector * vector).sum())
    return vector / length if length > 0.0 else vector
