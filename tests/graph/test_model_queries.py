"""What the search for models is asked: the task, the languages, what leans the choice; and what rides along."""

import pytest

from database import Database
from domain.workload import Dataset, Evidence, Priorities, RequestedModel, Unplaced, WorkloadSpec
from graph.queries import languages_told, model_queries, size_note, to_place
from sizing.candidates import candidates
from tools import models

TOP_K = 10


def spec(**fields: object) -> WorkloadSpec:
    return WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm", "gpu_needed": True, **fields})


def test_retrieval_asks_for_a_generator_an_embedder_and_a_reranker() -> None:
    queries = model_queries(spec(task_type="rag", use_case="document_qa"), TOP_K)
    asked = [(query.task, query.domain, query.min_params_b) for query in queries]
    answers = [("document-qa", "llm", least) for least in (7.0, 24.0, 60.0)]  # larger ones, should they cost no more
    assert asked == [*answers, ("embedding", "embeddings", None), ("reranking", "embeddings", None)]


async def test_only_the_generator_is_placed(database: Database) -> None:
    asked = spec(task_type="rag", use_case="document_qa")
    found = [(await models.search(query, database)).items for query in model_queries(asked, TOP_K)]
    tags = [items[0].pipeline_tag for items in found]
    assert tags == [*["text-generation"] * 3, "feature-extraction", "text-ranking"]
    placed = to_place(asked, [model for items in found for model in items])
    assert {model.domain for model in placed} == {"llm"}


@pytest.mark.parametrize("named", ["bge-m3", "jina-embeddings-v3", "bge-reranker-v2-m3", "Qwen3-Embedding-0.6B"])
async def test_a_model_that_was_named_to_search_does_not_answer(database: Database, named: str) -> None:
    asked = spec(task_type="rag", use_case="document_qa", models=[{"name": named}])
    found = [(await models.search(query, database)).items for query in model_queries(asked, TOP_K)]
    placed = candidates(asked, to_place(asked, [model for items in found for model in items]))
    assert placed
    assert {one.domain for one in placed} == {"llm"}
    assert 7 <= placed[0].params_b <= 15
    assert "No model that answers was named" in (size_note(asked, placed[0].card) or "")


@pytest.mark.parametrize(
    ("quote", "codes"),
    [
        ("Norwegian", ("no",)),
        ("documents in Polish", ("pl",)),
        ("polish my texts", ()),
        ("from german to Japanese", ("de", "ja")),
        ("Chat", ()),
    ],
)
def test_languages_are_read_from_the_users_words(quote: str, codes: tuple[str, ...]) -> None:
    left = spec(unplaced=(Unplaced(quote=quote, turn=0),))
    quoted = spec(evidence={"use_case": Evidence(quote=quote, turn=0)})
    assert languages_told(left) == languages_told(quoted) == codes


def test_a_language_asked_for_reaches_every_query_for_a_task() -> None:
    asked = spec(task_type="rag", use_case="document_qa", unplaced=(Unplaced(quote="French", turn=0),))
    assert {query.languages for query in model_queries(asked, TOP_K)} == {("fr",)}


def test_quality_leans_the_choice_and_lifts_the_sizes() -> None:
    usual, *larger = model_queries(spec(use_case="chatbot"), TOP_K)
    (best,) = model_queries(spec(use_case="chatbot", priorities=Priorities(quality="high")), TOP_K)
    (cpu,) = model_queries(spec(use_case="chatbot", gpu_needed=False), TOP_K)
    assert (usual.prefer, usual.min_params_b, usual.max_params_b) == (None, 7.0, 15.0)
    assert [(one.prefer, one.min_params_b) for one in larger] == [("quality", 24.0), ("quality", 60.0)]
    assert (best.prefer, best.min_params_b, best.max_params_b) == ("quality", 30.0, None)
    assert (cpu.prefer, cpu.min_params_b, cpu.max_params_b) == ("light", None, None)


def test_sizes_that_are_looked_at_are_told_as_the_task_has_them() -> None:
    assert "7B to 35B" in (size_note(spec(use_case="code_generation")) or "")
    assert size_note(spec(use_case="content_moderation")) is None


def test_models_of_several_domains_are_looked_for_where_the_task_has_them() -> None:
    (query,) = model_queries(spec(domain="vision", use_case="ocr"), TOP_K)
    assert (query.domain, query.task) == (None, "ocr")


def test_no_model_is_looked_for_where_a_method_is_the_answer() -> None:
    rows = Dataset(items=100_000_000)
    assert model_queries(spec(task_type="training", domain="tabular", dataset=rows), TOP_K) == ()
    named = (RequestedModel(name="TabPFN"),)
    assert model_queries(spec(task_type="training", domain="tabular", dataset=rows, models=named), TOP_K)
