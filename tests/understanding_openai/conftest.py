import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stub server is shared with other folders' tests

from catalog.embedder import load_embedder
from graph.understanding.llm.reader import OpenAIReader
from graph.understanding.reading import BuiltinReader
from settings import Settings
from tests.stub_openai import StubOpenAI
from tests.understanding_openai.deaf_reader import DeafReader
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
def builtin() -> BuiltinReader:
    return BuiltinReader(VOCABULARY, load_embedder())


@pytest.fixture(scope="session")
def deaf(builtin: BuiltinReader) -> BuiltinReader:
    return DeafReader(builtin)


@pytest.fixture(scope="session")
def reader_with(server: StubOpenAI, builtin: BuiltinReader) -> Callable[..., OpenAIReader]:
    """A new reader of the stub, with some settings changed."""

    def make(behind: BuiltinReader = builtin, **changes: object) -> OpenAIReader:
        chosen = {"openai_api_key": KEY, "openai_base_url": server.base_url, **changes}
        return OpenAIReader(Settings.model_validate(chosen), behind, VOCABULARY)

    return make


@pytest.fixture(scope="session")
def reader(reader_with: Callable[..., OpenAIReader]) -> OpenAIReader:
    """Making a client takes a tenth of a second, and a reader keeps nothing of a turn that went well."""
    return reader_with()


@pytest.fixture(scope="session")
def model_alone(reader_with: Callable[..., OpenAIReader], deaf: BuiltinReader) -> OpenAIReader:
    """A reader behind which the built-in one claims nothing: what is read, the model has read."""
    return reader_with(deaf)
