"""A model that fails is left alone for a while, twice as long each time, and asked again after that."""

import pytest

from domain.errors import EngineUnavailable
from graph.understanding.llm.answer import PhraseAnswer
from graph.understanding.llm.language_model import FIRST_REST_S, LONGEST_REST_S, LanguageModel, Unreachable
from settings import Settings
from tests.stub_openai import StubOpenAI, answers, fails, refuses


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(stub: StubOpenAI, clock: Clock) -> LanguageModel:
    return LanguageModel(Settings.model_validate({"openai_base_url": stub.base_url, "openai_max_retries": 0}), clock)


async def ask(model: LanguageModel) -> PhraseAnswer:
    return await model.ask(PhraseAnswer, "Say it better.", {"paragraph": "It runs."})


async def test_it_rests_twice_as_long_after_each_failure(model: LanguageModel, stub: StubOpenAI, clock: Clock) -> None:
    stub.reply(*[fails(503)] * 9)
    for failures in range(1, 10):
        with pytest.raises(Unreachable):
            await ask(model)
        clock.now += min(LONGEST_REST_S, FIRST_REST_S * 2 ** (failures - 1)) - 0.5
        with pytest.raises(Unreachable, match="trouble"):
            await ask(model)
        assert len(stub.requests) == failures
        clock.now += 1


async def test_an_answer_ends_it(model: LanguageModel, stub: StubOpenAI, clock: Clock) -> None:
    better = answers({"paragraph": "It runs well."})
    stub.reply(fails(503), better, fails(503), better)
    for _ in range(2):
        with pytest.raises(Unreachable):
            await ask(model)
        clock.now += FIRST_REST_S
        assert (await ask(model)).paragraph == "It runs well."


async def test_a_model_that_declines_or_refuses_one_request_is_asked_again(
    model: LanguageModel, stub: StubOpenAI
) -> None:
    stub.reply(refuses(), fails(400), answers({"paragraph": "It runs well."}))
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            await ask(model)
    assert (await ask(model)).paragraph == "It runs well."


async def test_what_it_may_write_is_limited(model: LanguageModel, stub: StubOpenAI) -> None:
    stub.reply(answers({"paragraph": "It runs well."}))
    await ask(model)
    limits = {stub.requests[0].get(name) for name in ("max_tokens", "max_completion_tokens")} - {None}
    assert limits == {8000}
