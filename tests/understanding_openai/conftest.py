import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stub server is shared with other folders' tests

from graph.understanding.openai_reader import OpenAIReader
from settings import Settings
from tests.stub_openai import StubOpenAI
from tests.understanding_openai.grammar_double import Grammar
from tests.understanding_openai.small_vocabulary import VOCABULARY

KEY = "sk-very-secret-0123456789"


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
