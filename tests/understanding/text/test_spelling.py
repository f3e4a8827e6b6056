"""Misspelt words are put right where only one thing can be meant, and words of other languages are understood."""

from functools import lru_cache

import pytest

from catalog.embedder import known_words
from graph.understanding.mentions.index import index_of
from graph.understanding.text.spelling import Spelling, in_english
from graph.understanding.text.tokens import tokens_of
from tests.understanding.talking import starter_vocabulary

NEEDED = ("inference", "finetune", "quantized", "concurrent", "budget", "users")


@lru_cache
def spelling() -> Spelling:
    return Spelling((*index_of(starter_vocabulary()).words, *NEEDED), known_words())


def corrected(words: str) -> str:
    return " ".join(token.text for token in spelling().corrected(tokens_of(words)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mistrel", "mistral"),
        ("nvida", "nvidia"),
        ("azrue", "azure"),
        ("kafak", "kafka"),
        ("frankfrut", "frankfurt"),
        ("inferense", "inference"),
        ("fintune", "finetune"),
        ("elasticserch", "elasticsearch"),
        ("cocnurrent", "concurrent"),
        ("lama 70b", "llama 70 b"),
        ("gamma with 9b", "gemma with 9 b"),
    ],
)
def test_a_slip_is_put_right(typed: str, meant: str) -> None:
    assert corrected(typed) == meant


@pytest.mark.parametrize("words", ["a lama in the zoo", "gamma rays", "budgeted", "quantizing", "xyzzy", "usr"])
def test_what_may_be_meant_otherwise_stays(words: str) -> None:
    assert corrected(words) == words


def test_a_corrected_word_keeps_its_place() -> None:
    token = spelling().corrected(tokens_of("on azrue"))[1]
    assert (token.text, token.start, token.end) == ("azure", 3, 8)


def test_words_of_other_languages_are_understood() -> None:
    assert [token.text for token in in_english(tokens_of("maximal 100 Nutzer"))] == ["at", "most", "100", "users"]
