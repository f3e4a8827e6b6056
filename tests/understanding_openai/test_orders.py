"""Orders to the checklist that only the language model understands, in the user's own words."""

from domain.tasks import TaskOrder, Which
from domain.workload import WorkloadSpec
from graph.understanding.llm.reader import OpenAIReader
from tests.stub_openai import Json, StubOpenAI
from tests.understanding_openai.reply_shapes import reading

WORDS = "get the dentist onto my todos for tomorrow"


def order(**held: Json) -> Json:
    return {"which": None, "title": None, "due": None, "shown": None, "place": None, "beside": None, **held}


async def test_an_order_in_the_users_words_is_believed(stub: StubOpenAI, reader: OpenAIReader) -> None:
    said = order(action="add", title="the dentist", due="tomorrow")
    stub.reply(reading({}, {}, intent="tasks", tasks=[said]))
    got = await reader.read((WORDS,), WorkloadSpec(), asked=None)
    assert (got.intent, got.tasks) == ("tasks", (TaskOrder(action="add", title="the dentist", due="tomorrow"),))


async def test_words_of_the_models_own_are_no_order(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({}, {}, intent="tasks", tasks=[order(action="delete", which="all my tasks")]))
    got = await reader.read(("Serve it", WORDS), WorkloadSpec(), asked=None, plan_stands=True)
    assert got.tasks == ()


async def test_an_order_that_the_forms_know_asks_no_model(stub: StubOpenAI, reader: OpenAIReader) -> None:
    got = await reader.read(("mark step 3 done",), WorkloadSpec(), asked=None)
    assert got.tasks == (TaskOrder(action="complete", which=Which(numbers=(3,))),)
    assert (got.engine, stub.requests) == ("openai", [])
