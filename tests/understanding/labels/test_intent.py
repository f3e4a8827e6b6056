"""What a message wants: measured over the labelled lines, each judged without itself, and over lines of other hands."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from catalog.embedder import load_embedder
from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.understanding.labels.labelled import Labelled, labelled_lines, leanings_of
from graph.understanding.mentions.line import Line
from graph.understanding.reading import BuiltinReader
from tests.understanding.talking import starter_reader, starter_vocabulary

STANDING = "Deploy Llama 3.3 70B for a chatbot with 150 users on AWS, under $5000 a month, with Kafka and Grafana"
NEW: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("intents.yaml").read_text(encoding="utf-8"))
FOLDS = 4
EVERY = [(name, text) for name, lines in labelled_lines().items() for text in lines]


class WithoutFold(BuiltinReader):
    """Every so many of the labelled lines left out; all else it has is that of the whole reader."""

    def __init__(self, fold: int) -> None:
        super().__init__(starter_vocabulary(), load_embedder())
        vars(self).update(vars(whole()))
        left = [line for at, line in enumerate(_labelled()) if at % FOLDS != fold]
        self._labelled = Labelled(self._embedder, leanings_of(self._embedder, left))


@lru_cache
def whole() -> BuiltinReader:
    """The starter's, with the tables that messages are read by."""
    reader = starter_reader()
    wanted(reader, "hello", plan_stands=False)
    return reader


@lru_cache
def _labelled() -> list[tuple[str, Line]]:
    return whole()._labelled_lines()


@lru_cache
def standing() -> WorkloadSpec:
    return starter_reader().read_at_once((STANDING,), WorkloadSpec(), None, False).spec


def wanted(reader: BuiltinReader, message: str, *, plan_stands: bool) -> Intent:
    if plan_stands:
        return reader.read_at_once((STANDING, message), standing(), None, True).intent
    return reader.read_at_once((message,), WorkloadSpec(), None, False).intent


@lru_cache
def of_the_labelled(name: str, *, plan_stands: bool) -> Counter[Intent]:
    readers = [_without(fold) for fold in range(FOLDS)]
    judged = [(at % FOLDS, text) for at, (of, text) in enumerate(EVERY) if of == name]
    return Counter(wanted(readers[fold], text, plan_stands=plan_stands) for fold, text in judged)


@lru_cache
def _without(fold: int) -> BuiltinReader:
    return WithoutFold(fold)


@pytest.mark.parametrize(
    ("name", "plan_stands", "intents", "least"),
    [("on_topic", False, {"plan", "question"}, 1.0), ("off_topic", False, {"decline"}, 0.96),
     ("revision", True, {"plan", "question"}, 1.0), ("revision", True, {"plan"}, 0.98),
     ("question", True, {"plan", "question"}, 1.0), ("question", True, {"question"}, 0.93),
     ("aside", True, {"decline"}, 0.93), ("aside", False, {"decline"}, 0.98),
     ("undo", True, {"undo"}, 0.95), ("tasks", True, {"tasks"}, 0.95)],
)  # fmt: skip
def test_the_labelled_lines(name: str, plan_stands: bool, intents: set[Intent], least: float) -> None:
    counted = of_the_labelled(name, plan_stands=plan_stands)
    assert sum(counted[intent] for intent in intents) >= least * counted.total(), counted


@pytest.mark.parametrize("name", ["on_topic", "revision", "question"])
def test_what_is_ours_is_never_declined(name: str) -> None:
    declined = [t for t in NEW[name] if wanted(starter_reader(), t, plan_stands=name != "on_topic") == "decline"]
    assert declined == []


@pytest.mark.parametrize(("name", "least"), [("off_topic", 0.95), ("aside", 0.86)])
def test_what_is_not_ours_is_declined(name: str, least: float) -> None:
    planned = [t for t in NEW[name] if wanted(starter_reader(), t, plan_stands=name == "aside") != "decline"]
    assert len(planned) <= (1 - least) * len(NEW[name]), planned


@pytest.mark.parametrize(
    ("message", "intent"),
    [("what GPU do I need for Llama 3.3 70B?", "question"), ("is one 4090 enough for an 8B model?", "question"),
     ("how much is an H100 per hour?", "question"), ("what is fine-tuning?", "question"), ("just decide", "plan"),
     ("I need some GPUs", "plan"), ("hi", "decline"), ("What can you do?", "decline"), ("thanks", "decline")],
)  # fmt: skip
def test_first_messages(message: str, intent: Intent) -> None:
    assert wanted(starter_reader(), message, plan_stands=False) == intent


@pytest.mark.parametrize(
    ("message", "intent"),
    [("what if we use GCP?", "plan"), ("new project: serve Mistral 7B", "plan"), 
     ("what are the next steps?", "tasks"), ("give me the deployment checklist", "tasks"),
     ("turn it into a to-do list", "tasks"),
     ("step by step please", "tasks"), ("what should I do next?", "tasks"), ("how do we roll this out?", "tasks"),
     ("start over: serve Mistral 7B", "plan"), ("how about GCP?", "plan"), ("raise it by 200", "plan"),
     ("compare the first two", "question"), ("thanks, that is all", "decline"), ("tell me a joke", "decline")],
)  # fmt: skip
def test_later_messages(message: str, intent: Intent) -> None:
    assert wanted(starter_reader(), message, plan_stands=True) == intent
