"""The words of requirements, compiled once from `lexicon.yaml`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen

EXPLICIT, STRONG, MEDIUM, WEAK = 4, 3, 2, 1
_FILE = Path(__file__).with_name("lexicon.yaml")
_STRENGTHS = {"explicit": EXPLICIT, "strong": STRONG, "medium": MEDIUM, "weak": WEAK}

Graded = Mapping[str, Mapping[str, tuple[str, ...]]]
Plain = Mapping[str, tuple[str, ...]]


class _Lexicon(Frozen):
    """The file as it is written."""

    currencies: Mapping[str, str]
    currency_nations: Mapping[str, str]
    foreign: Mapping[str, str]
    fillers: tuple[str, ...]
    orders: tuple[str, ...]
    pretences: tuple[str, ...]
    corrections: tuple[str, ...]
    task_type: Graded
    domain: Graded
    use_case: Plain
    methods: Plain
    industry: Plain
    compliance: Plain
    pricing: Plain
    precision: Plain
    licenses: Plain
    commercial_yes: tuple[str, ...]
    commercial_no: tuple[str, ...]
    priorities: Graded
    gpu_words: tuple[str, ...]
    cpu_only: tuple[str, ...]
    components: Plain
    modality: Plain
    item_nouns: tuple[str, ...]
    user_nouns: tuple[str, ...]
    request_nouns: tuple[str, ...]
    empty_words: frozenset[str]
    spelled: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A pattern and what it says when it matches."""

    value: str
    strength: int
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Lexicon:
    """Compiled patterns. The order of rules is the order of preference between equally strong ones."""

    currencies: Mapping[str, str]
    currency_nations: Mapping[str, str]
    foreign: Mapping[str, str]
    fillers: re.Pattern[str]
    orders: re.Pattern[str]
    pretences: re.Pattern[str]
    corrections: re.Pattern[str]
    task_type: tuple[Rule, ...]
    domain: tuple[Rule, ...]
    use_case: tuple[Rule, ...]
    methods: tuple[Rule, ...]
    industry: tuple[Rule, ...]
    compliance: tuple[Rule, ...]
    pricing: tuple[Rule, ...]
    precision: tuple[Rule, ...]
    licenses: tuple[Rule, ...]
    commercial_yes: re.Pattern[str]
    commercial_no: re.Pattern[str]
    priorities: Mapping[str, tuple[Rule, ...]]
    gpu_words: re.Pattern[str]
    cpu_only: re.Pattern[str]
    components: tuple[Rule, ...]
    modality: tuple[Rule, ...]
    item_nouns: str
    user_nouns: str
    request_nouns: str
    empty_words: frozenset[str]
    spelled: tuple[str, ...]


@lru_cache
def lexicon() -> Lexicon:
    """The lexicon, compiled once a process."""
    read = _Lexicon.model_validate(yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    return Lexicon(
        currencies=read.currencies,
        currency_nations=read.currency_nations,
        foreign=read.foreign,
        fillers=_words(read.fillers),
        orders=re.compile("|".join(f"(?:{pattern})" for pattern in read.orders)),
        pretences=re.compile("|".join(f"(?:{pattern})" for pattern in read.pretences)),
        corrections=_words(read.corrections),
        task_type=_graded(read.task_type),
        domain=_graded(read.domain),
        use_case=_plain(read.use_case),
        methods=_plain(read.methods),
        industry=_plain(read.industry),
        compliance=_plain(read.compliance),
        pricing=_plain(read.pricing),
        precision=_plain(read.precision),
        licenses=_plain(read.licenses),
        commercial_yes=_words(read.commercial_yes),
        commercial_no=_words(read.commercial_no),
        priorities={name: _levels(levels) for name, levels in read.priorities.items()},
        gpu_words=_words(read.gpu_words),
        cpu_only=_words(read.cpu_only),
        components=_plain(read.components),
        modality=_plain(read.modality),
        item_nouns=_either(read.item_nouns),
        user_nouns=_either(read.user_nouns),
        request_nouns=_either(read.request_nouns),
        empty_words=read.empty_words,
        spelled=read.spelled,
    )


@lru_cache
def lexicon_words() -> frozenset[str]:
    """Every plain word of the lexicon: none of them is a spelling mistake."""
    return frozenset(re.findall(r"[a-z]{4,}", _FILE.read_text(encoding="utf-8")))


def _words(patterns: Sequence[str]) -> re.Pattern[str]:
    """Any of the patterns, at word boundaries (a boundary is a space: tokens are joined by them)."""
    return re.compile(r"(?<![^ ])(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + r")(?![^ ])")


def _graded(graded: Graded) -> tuple[Rule, ...]:
    return tuple(
        Rule(value, _STRENGTHS[strength], _words(patterns))
        for value, strengths in graded.items()
        for strength, patterns in strengths.items()
    )


def _plain(plain: Plain) -> tuple[Rule, ...]:
    return tuple(Rule(value, STRONG, _words(patterns)) for value, patterns in plain.items())


def _levels(levels: Mapping[str, tuple[str, ...]]) -> tuple[Rule, ...]:
    return tuple(Rule(level, STRONG, _words(patterns)) for level, patterns in levels.items())


def _either(alternatives: Sequence[str]) -> str:
    return "(?:" + "|".join(alternatives) + ")"
