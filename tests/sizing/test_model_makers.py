"""Models by where their makers sit."""

import pytest

from domain.models import ModelCard
from domain.workload import ModelOrigin
from sizing.model_makers import countries_of, makers, origin_refusal, origins_note

NO_CHINESE, EUROPEAN = ModelOrigin(excluded=("CN",)), ModelOrigin(allowed=("EU",))


@pytest.fixture(scope="module")
def by_key(starter_models: tuple[ModelCard, ...]) -> dict[str, ModelCard]:
    return {card.key: card for card in starter_models}


@pytest.mark.parametrize("key", ["Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "BAAI/bge-m3"])
def test_a_ban_reaches_every_model_of_that_country(by_key: dict[str, ModelCard], key: str) -> None:
    assert origin_refusal(NO_CHINESE, by_key[key]) == "its maker sits in CN, which was ruled out"


def test_who_publishes_weights_anew_is_not_who_made_them(by_key: dict[str, ModelCard]) -> None:
    copies = [
        card for key, card in by_key.items() if key.startswith(("RedHatAI/", "nvidia/")) and "qwen" in key.lower()
    ]
    assert copies
    assert all(origin_refusal(NO_CHINESE, card) for card in copies)


def test_a_union_stands_for_its_members(by_key: dict[str, ModelCard]) -> None:
    assert origin_refusal(EUROPEAN, by_key["mistralai/Mistral-7B-Instruct-v0.3"]) is None
    assert origin_refusal(EUROPEAN, by_key["meta-llama/Llama-3.3-70B-Instruct"]) == "its maker sits in US, asked was EU"


def test_an_unknown_maker_is_taken_by_nobody_who_limits_them(by_key: dict[str, ModelCard]) -> None:
    stranger = by_key["Qwen/Qwen3-8B"].model_copy(update={"key": "somebody/something"})
    assert countries_of(stranger.key) == frozenset()
    assert origin_refusal(NO_CHINESE, stranger) == "where its maker sits is not known"
    assert origin_refusal(ModelOrigin(), stranger) is None


def test_most_of_the_catalogue_is_known(starter_models: tuple[ModelCard, ...]) -> None:
    known = [card for card in starter_models if countries_of(card.key)]
    assert len(known) >= 0.9 * len(starter_models)


def test_every_owner_listed_is_one_of_the_catalogue(starter_models: tuple[ModelCard, ...]) -> None:
    owners = {card.key.partition("/")[0] for card in starter_models}
    assert {owner for listed in makers().owners.values() for owner in listed} <= owners


def test_who_limits_origins_reads_where_the_makers_sit(by_key: dict[str, ModelCard]) -> None:
    keys = ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "nobody/else", "nobody/else")
    told = origins_note(ModelOrigin(excluded=("CN",)), keys)
    assert "mistralai/Mistral-Small-3.2-24B-Instruct-2506 FR; nobody/else not known." in told
    assert origins_note(ModelOrigin(), keys) == ""
