"""Messages in other languages, by their frequent words."""

import pytest

from graph.small_talk import small_talk_reply
from graph.understanding.text.glosses import glossed
from graph.understanding.text.tokens import tokens_of


def english(message: str) -> str:
    return " ".join(token.text for token in glossed(tokens_of(message)))


@pytest.mark.parametrize(
    ("message", "read"),
    [
        ("Nous voulons servir Llama 70B en France, pas de spot", "in france , no spot"),
        (
            "Nous avons 1,2 milliard de tokens pour un fine-tuning complet, pas LoRA",
            "1,2 billion tokens for a full fine tuning , not lora",
        ),
        ("Queremos una GPU para 50 usuarios, sin instancias spot", "for 50 users , without spot instances"),
        (
            "Abbiamo bisogno di un modello per 80 medici, al massimo 900 euro al mese",
            "80 doctors , at most 900 euro per month",
        ),
        (
            "Precisamos de um modelo para 50 usuários simultâneos, até 900 reais por mês",
            "50 concurrent users , up to 900 reais per month",
        ),
        ("Wir haben einen Server im Büro, nicht in der Cloud: reicht das?", "is that enough"),
        ("予算は月150万円、遅延は500ms以下", "budget monthly 1500000 yen , latency at most 500 ms"),
        ("每月预算不超过2万美元,不要竞价实例", "monthly budget at most 20000 dollars , no spot instances"),
    ],
)
def test_frequent_words_are_read_in_their_language(message: str, read: str) -> None:
    assert read in english(message)


@pytest.mark.parametrize(
    "message",
    [
        "Serve Llama 70B for the Los Angeles office and the Paris one, sur place or not, no spot",
        "Le Chat of Mistral is what we want to replace, with 2x H100 on prem",
        "RAG over our docs in German and French for 40 lawyers",
        "serve Llama 8B at most $2 per hour",
    ],
)
def test_an_english_message_is_left_as_it_is(message: str) -> None:
    assert glossed(tokens_of(message)) == tokens_of(message)


def test_what_was_read_stands_where_it_was_written() -> None:
    message = "Nous voulons 200 utilisateurs simultanés dans notre bureau"
    users = next(token for token in glossed(tokens_of(message)) if token.text == "users")
    assert message[users.start : users.end] == "utilisateurs simultanés"


def test_a_language_that_is_not_read_is_told() -> None:
    assert "do not read this language" in small_talk_reply(
        "우리는 사용자 이백 명을 위해 모델을 배포하고 싶습니다", plan_stands=False
    )


def test_to_fine_tune_is_no_thanks() -> None:
    assert "welcome" not in small_talk_reply("fine-tune my resume for a data scientist role", plan_stands=False)
    assert "welcome" in small_talk_reply("great, thanks", plan_stands=False)
