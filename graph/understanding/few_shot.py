"""The labelled examples of `prompts/` as a language model is shown them: a few, as different as they come."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

import prompts

_SHOWN = 8
_INTENTS_SHOWN = 3


@lru_cache
def reading_examples() -> str:
    """Requests with the fields they say, every task and domain once as far as eight go; empty without examples."""
    told = [
        (text, labels) for text, labels in _labelled() if labels.get("intent", "plan") == "plan" and len(labels) > 1
    ]
    chosen = _different(told, ("task_type", "domain", "industry"), _SHOWN)
    return _section("Examples, with the fields that are set:", chosen)


@lru_cache
def intent_examples() -> str:
    """A few messages of every intent."""
    by_intent: dict[str, list[tuple[str, Mapping[str, object]]]] = {}
    for text, labels in _labelled():
        intent = str(labels.get("intent", "plan"))
        by_intent.setdefault(intent, []).append((text, {"intent": intent}))
    chosen = [example for intent in sorted(by_intent) for example in by_intent[intent][:_INTENTS_SHOWN]]
    return _section("Examples:", chosen)


def _labelled() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Text and labels of every example in `prompts/examples.yaml`."""
    path = Path(prompts.__file__).with_name("examples.yaml")
    if not path.exists():
        return
    held: object = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    entries = held.get("examples") if isinstance(held, dict) else held
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("text"), str):
            labels = {str(name): value for name, value in entry.items() if name != "text"}
            spec = labels.pop("spec", None)
            yield entry["text"], labels | (spec if isinstance(spec, dict) else {})


def _different(
    examples: Sequence[tuple[str, Mapping[str, object]]], aspects: Sequence[str], limit: int
) -> list[tuple[str, Mapping[str, object]]]:
    """The first examples that each bring the most labels not shown yet."""
    left, shown = list(examples), set[tuple[str, str]]()
    chosen: list[tuple[str, Mapping[str, object]]] = []
    while left and len(chosen) < limit:
        gains = [len({(a, str(labels[a])) for a in aspects if labels.get(a)} - shown) for _, labels in left]
        best = left.pop(gains.index(max(gains)))
        chosen.append(best)
        shown |= {(aspect, str(best[1][aspect])) for aspect in aspects if best[1].get(aspect)}
    return chosen


def _section(heading: str, examples: Sequence[tuple[str, Mapping[str, object]]]) -> str:
    if not examples:
        return ""
    lines = [
        f"- {json.dumps(text, ensure_ascii=False)} -> {json.dumps(labels, ensure_ascii=False)}"
        for text, labels in examples
    ]
    return "\n".join((heading, "", *lines))
