"""The number format of each part of a checkpoint: which settings speak of it, by which of its names."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property
from typing import NamedTuple

PREFIXES = frozenset({"model", "language_model", "backbone", "transformer", "text_model", "decoder"})
"""First words of a module's name, which differ by the program that wrote the file."""
LONGEST_EXPRESSION = 200
REPEATED_GROUP = re.compile(r"\)[*+{]")
BEGINNINGS = ("", "model.", "model.language_model.", "language_model.model.", "backbone.")
NEVER = frozenset({"embed_tokens", "lm_head", "router", "conv1d", "towers"})
"""Parts that stay in 16 bits unless they are named."""


class Stored(NamedTuple):
    """How a part is stored: the format's name and the bits of one parameter, scales included."""

    dtype: str
    bits: float


SIXTEEN = Stored("bf16", 16.0)


@dataclass(frozen=True)
class Precision:
    """The settings of one checkpoint. `experts` is the format of the experts where it is another than the rest's.

    `unsure` says what the settings leave open and what was taken instead.
    """

    whole: Stored = SIXTEEN
    experts: Stored | None = None
    excluded: tuple[str, ...] = ()
    by_name: Mapping[str, Stored] = field(default_factory=dict)
    by_pattern: tuple[tuple[re.Pattern[str], Stored], ...] = ()
    only_named: bool = False
    only_experts: bool = False
    unsure: str | None = None

    def of(self, names: Collection[str], role: str) -> Stored:
        """The format of a module that is known by any of these names."""
        spans = [span for name in names for span in _spans(name)]
        for span in spans:
            if (named := self.by_name.get(span)) is not None:
                return named
        for pattern, stored in self.by_pattern:
            if _matches(pattern, names):
                return stored
        if self.whole.dtype in ("fp16", "fp32"):
            return self.whole
        if role in NEVER or self.only_named or any(span in self._literal for span in spans):
            return SIXTEEN
        if self._globs is not None and any(self._globs.match(name) for name in names):
            return SIXTEEN
        if self._expressions is not None and _matches(self._expressions, names):
            return SIXTEEN
        if role == "experts" and self.experts is not None:
            return self.experts
        return SIXTEEN if self.only_experts and role != "experts" else self.whole

    @cached_property
    def _literal(self) -> frozenset[str]:
        plain = (p for p in self.excluded if not p.startswith("re:") and not set(p) & set("*?["))
        return frozenset(stripped(p) for p in plain)

    @cached_property
    def _globs(self) -> re.Pattern[str] | None:
        globs = (p for p in self.excluded if not p.startswith("re:") and set(p) & set("*?["))
        plain = [stripped(pattern) for pattern in globs]
        return _any_of([rf"(?:.*\.)?{translate(text + end)}" for text in plain for end in ("", ".*")])

    @cached_property
    def _expressions(self) -> re.Pattern[str] | None:
        texts = (checked(p.removeprefix("re:")) for p in self.excluded if p.startswith("re:"))
        return _any_of([text for text in texts if text is not None])


def _any_of(texts: Collection[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{text})" for text in texts)) if texts else None


def _matches(pattern: re.Pattern[str], names: Collection[str]) -> bool:
    """An expression may begin with the words that stand for the whole model."""
    return any(pattern.match(beginning + name) for beginning in BEGINNINGS for name in names)


def checked(text: str) -> str | None:
    """A regular expression of a file if it can be read and cannot run for ever: short, and no group is repeated."""
    if len(text) > LONGEST_EXPRESSION or REPEATED_GROUP.search(text):
        return None
    try:
        re.compile(text)
    except re.error:
        return None
    return text


def stripped(name: str) -> str:
    """A module's name without the words that stand for the whole model."""
    words = name.strip().split(".")
    while len(words) > 1 and words[0] in PREFIXES:
        words = words[1:]
    return ".".join(words)


def _spans(name: str) -> list[str]:
    """Every run of a name's words: a file may except `gate`, `mlp.gate` or `layers.3.mlp`."""
    words = name.split(".")
    return [".".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
