"""The phrase language: what each kind of item matches, and that matching is linear."""

import pytest

from graph.understanding.text.clauses import divided
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.text.tokens import tokens_of


def found(phrase: str, text: str, **classes: tuple[str, ...]) -> list[str]:
    divided_text = divided(text, tokens_of(text))
    book = PhraseBook("test", [(phrase, True)], classes)
    return [divided_text.quote(match.first, match.last) for match in book.find(divided_text.words)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("train a model", "We train a model.", ["train a model"]),
        ("train|tune", "tune or train", ["tune", "train"]),
        ("transcrib*", "transcribing what was transcribed", ["transcribing", "transcribed"]),
        ("our? data", "our data and data", ["our data", "data", "data"]),
        ("chat ..2 docs", "chat with our docs", ["chat with our docs"]),
        ("chat ..1 docs", "chat with our docs", []),
        ("chat ..3 docs", "chat, then read docs", []),
        ("[ stop", "Stop. Please stop", ["Stop"]),
        ("is out ]", "AWS is out, GCP is out of reach", ["is out"]),
        ("training !data|set", "training data, training runs, training", ["training", "training"]),
        ("!not|no train", "train, do not train", ["train"]),
        ("use _ now", "use this now", ["use this now"]),
        ("run it", "They run. It works", []),
    ],
)
def test_an_item_matches_what_the_language_says(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


def test_a_class_stands_for_its_words() -> None:
    assert found("our @papers", "our contracts, our cats", papers=("contract*", "pdfs")) == ["our contracts"]


@pytest.mark.parametrize("phrase", ["..2 docs", "[ our?", "a||b"])
def test_a_phrase_that_is_not_of_the_language_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"test|empty"):
        PhraseBook("test", [(phrase, True)])


def test_of_overlapping_phrases_the_longest_holds() -> None:
    text = divided("not only that", tokens_of("not only that"))
    book = PhraseBook("test", [("not", "denied"), ("not only", "let in")])
    assert [match.value for match in book.longest(text.words)] == ["let in"]
