"""Names of models as people paste them: a file, a repository of somebody who packed them, a tag of Ollama's library."""

import re
from typing import NamedTuple

from domain.hosted import without_maker
from domain.names import HUB
from sizing.precision import FORMATS, known_format

PACKING = frozenset({
    "gguf", "ggml", "mlx", "imatrix", "imat", "i1", "ud", "qat", "dynamic", "quantized", "quant", "marlin",
    "safetensors", "latest",
})  # fmt: skip
"""Words of how weights are packed, which no model has in its own name."""
TAUGHT = frozenset({
    "base", "pt", "pretrain", "instruct", "it", "inst", "chat", "sft", "dpo", "rl", "think", "thinking", "reasoning",
    "nothink", "speciale", "terminus", "preview", "hf",
})  # fmt: skip
"""Words of what a network was taught last, and of how far its makers are; so are four digits, its month or day."""
WITHOUT_ENGINE = frozenset({"exl2", "exl3", "aqlm", "hqq", "quanto", "eetq"})
"""Formats that no engine of a plan loads."""
OF_OLLAMA = "q4_k_m"
"""What a tag that names no format holds (ollama.com/library), unless the model itself is published in fewer bits."""
LONGEST = 3
_SIGNS = re.compile(r"[-_/\s@]+|\.(?!\d)|(?<!\d)\.")
_SHARD = re.compile(r"[-_.]\d{5}-of-\d{5}")
_TAG = re.compile(r"[A-Za-z][\w.-]*:[\w.-]+")
_PLAIN_BITS = frozenset({"int4", "int8"})


class PackedName(NamedTuple):
    """`name` without what tells of the packing; `format_name` is null where nothing names one."""

    name: str
    repository: str
    format_name: str | None
    from_ollama: bool
    unloadable: str | None = None


def packed_name(written: str) -> PackedName:
    """The parts of such a name. Two names of a format are one where the first is a method and the second its bits."""
    path = HUB.sub("", _SHARD.sub("", written.strip()), count=1)
    owner, _, rest = path.rpartition("/")
    repository, colon, tag = rest.partition(":")
    words = [word for word in _SIGNS.split(f"{repository} {tag}") if word]
    kept: list[str] = []
    formats: list[str] = []
    at = 0
    while at < len(words):
        counts = range(0 if words[at].lower() in PACKING else LONGEST, 0, -1)
        taken, found = next(((n, f) for n in counts if (f := known_format("_".join(words[at : at + n])))), (1, None))
        if found is not None:
            formats.append(found)
        elif words[at].lower() not in PACKING:
            kept.append(words[at])
        at += taken
    packed = {word.lower() for word in (*words, *_SIGNS.split(owner))}
    bare = "-".join(kept)
    tagged = bool(colon) and _TAG.fullmatch(rest) is not None and not owner
    return PackedName(
        f"{owner}/{bare}" if owner else bare, bare, _told(formats, packed), tagged,
        next((word for word in WITHOUT_ENGINE if word in packed), None),
    )  # fmt: skip


def network_name(repository: str) -> str:
    """What all trainings of one network share, word by word: Qwen3-8B-Base is Qwen3-8B, Llama 370B no Llama 3 70B."""
    return "-".join(word for word in _words(repository) if not _taught(word))


def is_of_network(key: str, name: str) -> bool:
    """Whether a model is the network that is asked for; an owner who was named must be its own."""
    owner = name.rpartition("/")[0].lower()
    return owner in ("", key.rpartition("/")[0].lower()) and network_name(key) == network_name(name)


def alike(repository: str, other: str) -> int:
    """How many words of their trainings two names share."""
    first, second = ({word for word in _words(name) if _taught(word)} for name in (repository, other))
    return len(first & second) - len(first ^ second)


def _words(repository: str) -> list[str]:
    return [word.lower() for word in _SIGNS.split(without_maker(repository.rpartition("/")[2])) if word]


def _taught(word: str) -> bool:
    return word in TAUGHT or (len(word) == len("2507") and word.isdigit())


def _told(formats: list[str], packed: set[str]) -> str | None:
    """The method, unless its bits are others than usual; files of MLX are as large as GGUF of so many bits."""
    if not formats:
        return OF_OLLAMA if packed & {"gguf", "ggml"} else None
    method = next((name for name in formats if name not in _PLAIN_BITS), formats[0])
    bits = next((name for name in formats if name in _PLAIN_BITS), None)
    if "mlx" in packed and bits is not None:
        return OF_OLLAMA if bits == "int4" else "q8_0"
    return "int8" if method in ("awq", "gptq") and bits == "int8" else method


def format_of_tag(published: str) -> str:
    """What Ollama's library holds under a tag without a format."""
    return published if FORMATS[published].bits < FORMATS[OF_OLLAMA].bits else OF_OLLAMA
