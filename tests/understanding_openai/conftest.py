import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stub server is shared with other folders' tests

from grammar_double import Grammar
from stub_openai import StubOpenAI

from domain.vocabulary import ChartTerm, GpuTerm, ModelTerm, RegionTerm, Term, Vocabulary
from graph.understanding.openai_reader import OpenAIReader
from settings import Settings

KEY = "sk-very-secret-0123456789"

VOCABULARY = Vocabulary(
    providers=(Term(name="aws", aliases=("amazon",)), Term(name="gcp"), Term(name="azure"), Term(name="runpod")),
    regions=(
        RegionTerm(provider="aws", name="eu-central-1", country="DE", jurisdictions=("EU",), aliases=("Frankfurt",)),
    ),
    gpus=(
        GpuTerm(name="H100-SXM", family="H100", memory_gb=80),
        GpuTerm(name="H100-PCIe", family="H100", memory_gb=80),
        GpuTerm(name="L4", family="L4", memory_gb=24),
    ),
    models=(
        ModelTerm(
            key="meta-llama/Llama-3.3-70B-Instruct",
            name="Llama 3.3 70B Instruct",
            family="Llama",
            domain="llm",
            params_b=70.6,
        ),
    ),
    charts=(ChartTerm(name="mlflow", category="ml"), ChartTerm(name="qdrant", category="vector database")),
    licenses=("apache-2.0", "mit"),
)


@pytest.fixture(scope="session")
def server() -> Iterator[StubOpenAI]:
    with StubOpenAI() as server:
        yield server


@pytest.fixture
def stub(server: StubOpenAI) -> StubOpenAI:
    """The server with nothing scripted and nothing asked yet."""
    server.forget()
    return server


@pytest.fixture(scope="session")
def shared_grammar() -> Grammar:
    return Grammar()


@pytest.fixture
def grammar(shared_grammar: Grammar) -> Grammar:
    shared_grammar.task_type = None
    return shared_grammar


@pytest.fixture(scope="session")
def reader_with(server: StubOpenAI, shared_grammar: Grammar) -> Callable[..., OpenAIReader]:
    """A new reader of the stub, with some settings changed."""

    def make(**changes: object) -> OpenAIReader:
        chosen = {"openai_api_key": KEY, "openai_base_url": server.base_url, **changes}
        return OpenAIReader(Settings.model_validate(chosen), shared_grammar, VOCABULARY)

    return make


@pytest.fixture(scope="session")
def shared_reader(reader_with: Callable[..., OpenAIReader]) -> OpenAIReader:
    """Making a client takes a tenth of a second, and a reader keeps nothing from one turn to the next."""
    return reader_with()


@pytest.fixture
def reader(shared_reader: OpenAIReader, grammar: Grammar) -> OpenAIReader:
    return shared_reader
