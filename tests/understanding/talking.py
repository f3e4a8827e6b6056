"""The built-in reader over the starter catalogue's names, read from its files, and conversations with it."""

import json
from functools import lru_cache
from pathlib import Path

import yaml

from catalog.embedder import load_embedder
from domain.reading import Clarification, Reading
from domain.vocabulary import Vocabulary
from domain.workload import WorkloadSpec
from evals.starter import starter_reader, starter_vocabulary
from graph.understanding.merge.conversation import next_round
from graph.understanding.merge.draft import without_evidence
from graph.understanding.reading import BuiltinReader

__all__ = ["converse", "said", "small_reader", "small_vocabulary", "spec_of", "starter_reader", "starter_vocabulary"]

HERE = Path(__file__).parent


@lru_cache
def small_vocabulary() -> Vocabulary:
    """A small catalogue written for the tests: its names stay, whatever the starter's do."""
    names = yaml.safe_load((HERE / "vocabulary.yaml").read_text(encoding="utf-8"))
    return Vocabulary.model_validate(names)


@lru_cache
def small_reader() -> BuiltinReader:
    return BuiltinReader(small_vocabulary(), load_embedder())


async def converse(turns: list[str], reader: BuiltinReader | None = None) -> tuple[Reading, tuple[Clarification, ...]]:
    """The last reading, and the rounds of questions that are open after it."""
    used = reader or small_reader()
    reading = Reading(spec=WorkloadSpec())
    asked: tuple[Clarification, ...] = ()
    for count in range(1, len(turns) + 1):
        reading = await used.read(turns[:count], reading.spec, asked=asked[-1] if asked else None)
        asked = next_round(reading, asked)
    return reading, asked


async def spec_of(*turns: str, reader: BuiltinReader | None = None) -> WorkloadSpec:
    """The spec after these turns, by the small catalogue unless another is given."""
    return (await converse(list(turns), reader))[0].spec


async def said(*turns: str) -> str:
    """The requirement alone, for comparing two ways of saying it."""
    return json.dumps(without_evidence(await spec_of(*turns)).model_dump(mode="json"), sort_keys=True)
