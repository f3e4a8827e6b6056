"""Licences, models and places that are named for another reason than to be wanted."""

import pytest

from tests.understanding.talking import spec_of, starter_reader


@pytest.mark.parametrize(
    "text",
    [
        "YOLO11m or similar for 6 cams, AGPL is a no go for us",
        "No AGPL models. OCR of 40k pages a day",
        "we can't ship AGPL code; object detection on 30 cams",
        "Object detection on 12 cameras, not AGPL",
    ],
)
async def test_a_licence_that_is_ruled_out_is_held(text: str) -> None:
    assert (await spec_of(text)).license.excluded == ("agpl-3.0",)


@pytest.mark.parametrize(
    "text", ["legal burned us on XTTS already, need TTS in French", "We had bad luck with Mixtral, a chat for 40 users"]
)
async def test_a_model_with_which_somebody_had_bad_luck_is_not_asked_for(text: str) -> None:
    assert (await spec_of(text, reader=starter_reader())).models == ()


async def test_the_documentation_of_a_component_is_no_component() -> None:
    spec = await spec_of("I want vLLM for Llama 3.3 70B, 5 people. It is not listed as supported in the vLLM docs")
    assert (spec.components.wanted, spec.components.excluded) == (("vllm",), ())


@pytest.mark.parametrize(
    "text",
    [
        "9 designers in Tel Aviv and Warsaw use Wan 2.2 for 350 clips a day",
        "continue-pretrain Mistral 7B on 9B tokens of Icelandic + Faroese law",
        "fine-tune Qwen3 8B on 200M tokens of Danish court rulings",
    ],
)
async def test_where_people_are_and_what_texts_are_written_in_is_no_place_to_run(text: str) -> None:
    spec = await spec_of(text, reader=starter_reader())
    assert (spec.location.regions, spec.location.jurisdictions, spec.gpu.vendors) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LLM for 40 lawyers, nothing may leave France", "FR"),
        ("no data may leave the EU, chatbot for 200 people", "EU"),
        ("nichts darf Deutschland verlassen, Llama 3.3 70B für 80 Nutzer", "DE"),
        ("rien ne doit sortir de France. Mistral Small pour 30 juristes", "FR"),
        ("nada puede salir de España, un chatbot para 30 abogados", "ES"),
    ],
)
async def test_what_may_not_leave_a_country_is_placed_and_nothing_is_left(text: str, code: str) -> None:
    spec = await spec_of(text)
    assert (spec.location.jurisdictions, spec.unplaced) == ((code,), ())


@pytest.mark.parametrize(
    ("text", "model"),
    [("Train ALBERT from scratch on 2B words", "ALBERT"), ("Dia for real time TTS, 20 voices", "Dia")],
)
async def test_a_model_whose_name_is_a_word_is_kept(text: str, model: str) -> None:
    assert [one.name for one in (await spec_of(text, reader=starter_reader())).models] == [model]
