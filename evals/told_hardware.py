"""`python -m evals.told_hardware [--requests FILE] [--write]`: fits the opinion on hardware that no cue bears on.

What a request requires is in its labels, so every card and every size that it names is an example: it was wished for
where a field of the wish holds it, told of where the label says that nothing was asked, at hand where `owned` holds it.
Only scenarios that were seen are learned from. Six-fold cross-validation leaves whole requests out.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import TypeAdapter
from rich.console import Console

from evals.matching import Expected, Predicate, matches, squash
from evals.scenario import load_scenarios
from evals.starter import starter_reader
from graph.understanding.mentions.mention import Mention, Name
from graph.understanding.stance.opinion import OWN, TOLD, Features, features_at, is_hardware, words_said
from graph.understanding.stance.read import silent
from graph.understanding.vocabulary import HERE

WEIGHTS = HERE / "stance_weights.yaml"
FOLDS, SMOOTHING, FEWEST, MOST_WEIGHTS = 6, 0.3, 3, 700
GROUPS = ("kind", "near", "sentence", "message")
AMOUNTS = (
    "gpu.min_vram_gb", "cpu.min_ram_gb", "gpu.min_total_vram_gb", "gpu.max_vram_gb", "dataset.size_gb",
    "cpu.min_vcpu", "gpu.min_count", "gpu.max_count", "gpu.min_nodes",
)  # fmt: skip
Fields = Mapping[str, Expected]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A mention of hardware: `told` and `own` as the labels say it, null where they leave it open."""

    request: str
    features: Features
    silent: bool
    told: bool | None
    own: bool | None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.told_hardware", description=__doc__)
    parser.add_argument("--requests", type=Path, help="further requests, of which every field is labelled")
    parser.add_argument("--write", action="store_true", help="write the weights into the reader's vocabulary")
    arguments = parser.parse_args()
    examples, console, fitted = tuple(_examples(arguments.requests)), Console(), {}
    for head, least in (("told", TOLD), ("own", OWN)):
        rows = [(one, gold) for one in examples if (gold := getattr(one, head)) is not None]
        left_out = _left_out(rows)
        said = [(gold, score > least) for (one, gold), score in zip(rows, left_out, strict=True) if one.silent]
        right = sum(gold == (score > 0) for (_, gold), score in zip(rows, left_out, strict=True))
        found, false = sum(gold and over for gold, over in said), sum(over and not gold for gold, over in said)
        yes = sum(gold for gold, _ in said)
        console.print(
            f"{head}: {len(rows)} mentions, {right / len(rows):.3f} right; of those no cue bears on, "
            f"{found} of {yes} found, {false} of {len(said) - yes} taken wrongly",
            highlight=False,
        )
        fitted[head] = _fit(rows)
    if arguments.write:
        WEIGHTS.write_text(_as_yaml(fitted), encoding="utf-8")


def _examples(requests: Path | None) -> Iterator[Example]:
    for scenario in load_scenarios():
        if scenario.seen and len(scenario.turns) == 1 and not scenario.either and scenario.spec:
            yield from _mentions(scenario.id, scenario.turns[0], scenario.spec, whole=False)
    read = yaml.safe_load(requests.read_text(encoding="utf-8"))["requests"] if requests else ()
    for number, row in enumerate(read):
        if len(row["turns"]) == 1:
            fields = TypeAdapter(dict[str, Expected]).validate_python(row["spec"])
            yield from _mentions(f"request-{number}", row["turns"][0], fields, whole=True)


def _mentions(request: str, text: str, fields: Fields, *, whole: bool) -> Iterator[Example]:
    """`whole`: a field without a label was not asked for."""
    line = starter_reader().line(text)
    is_silent, message = silent(line), words_said(line.words)
    for place, mention in enumerate(line.mentions):
        if mention is not None and is_hardware(mention):
            told = _is_told(mention, fields, whole=whole)
            own = _is_own(mention, fields) if isinstance(mention, Name) and not whole else None
            own = False if told is False and isinstance(mention, Name) else own
            yield Example(request, features_at(line, place, message), is_silent[place], told, own)


def _is_told(mention: Mention, fields: Fields, *, whole: bool) -> bool | None:
    if isinstance(mention, Name):
        wished = next((fields[path] for path in ("gpu.models", "gpu.models.0", "gpu.models.*") if path in fields), "")
        if wished == "" or any(_names(mention, fields[path]) for path in fields if path.startswith("gpu.excluded")):
            return True if whole or _is_own(mention, fields) else None
        if _names(mention, wished):
            return None if matches(wished, None) else False
        return True if whole or matches(wished, None) else None
    labelled = [fields[path] for path in AMOUNTS if path in fields]
    holding = [wanted for wanted in labelled if matches(wanted, mention.low)]
    if holding:
        held = "dataset.size_gb" in fields and matches(fields["dataset.size_gb"], mention.low)
        return None if held or all(matches(wanted, None) for wanted in holding) else False
    kinds = {"bytes": ("gpu.min_vram_gb", "cpu.min_ram_gb"), "cores": ("cpu.min_vcpu",), "count": ("gpu.min_count",)}
    null = any(path in fields and matches(fields[path], None) for path in kinds[mention.dimension])
    return True if null or (whole and mention.dimension != "count") else None


def _is_own(mention: Name, fields: Fields) -> bool | None:
    owned = [fields[path] for path in fields if path.startswith("owned") and path.endswith(".gpu")]
    holding = [wanted for wanted in owned if _names(mention, wanted)]
    if holding:
        return None if matches(holding[0], None) else True
    return False if any(matches(wanted, None) for wanted in owned) else None


def _names(mention: Name, wanted: Expected) -> bool:
    written = {squash(mention.written)} | {squash(named.name) for named in mention.named}
    return any(squash(name) in form or form in squash(name) for name in _texts(wanted) for form in written)


def _texts(wanted: Expected) -> tuple[str, ...]:
    if isinstance(wanted, Predicate):
        parts = (*wanted.includes, *([wanted.like] if wanted.like else []))
        return (*parts, *(text for one in wanted.any_of for text in _texts(one)))
    return (wanted,) if isinstance(wanted, str) else tuple(map(str, wanted)) if isinstance(wanted, tuple) else ()


Rows = Sequence[tuple[Example, bool]]
Fitted = dict[tuple[str, str], float]


def _values(example: Example) -> Fitted:
    values = {("always", ""): 1.0}
    for group in GROUPS:
        words = example.features[group]
        values |= {(group, word): 1 / sqrt(max(1, len(words))) for word in words}
    return values


def _fit(rows: Rows) -> Fitted:
    """Ridge regression on the words of at least a few requests; of these the heaviest, fitted once more alone."""
    counted = Counter(key for one, _ in rows for key in _values(one))
    keys = [key for key, times in counted.items() if times >= FEWEST]
    first = _solved(rows, keys)
    heaviest = sorted(first, key=lambda key: -abs(first[key]))[:MOST_WEIGHTS]
    return _solved(rows, sorted({*heaviest, ("always", "")}))


def _solved(rows: Rows, keys: Sequence[tuple[str, str]]) -> Fitted:
    place = {key: at for at, key in enumerate(keys)}
    matrix: Array = np.zeros((len(rows), len(keys)))
    for row, (one, _) in enumerate(rows):
        for key, value in _values(one).items():
            if key in place:
                matrix[row, place[key]] = value
    signs = np.array([1.0 if gold else -1.0 for _, gold in rows])
    inner = np.linalg.solve(matrix @ matrix.T + SMOOTHING * np.eye(len(rows)), signs)
    return dict(zip(keys, (matrix.T @ inner).tolist(), strict=True))


def _left_out(rows: Rows) -> list[float]:
    """Each mention's sum by weights fitted without its request."""
    requests = sorted({one.request for one, _ in rows})
    order = np.random.default_rng(1).permutation(len(requests))
    fold = {requests[at]: number % FOLDS for number, at in enumerate(order)}
    fits = [_fit([row for row in rows if fold[row[0].request] != number]) for number in range(FOLDS)]
    return [
        sum(fits[fold[one.request]].get(key, 0.0) * value for key, value in _values(one).items()) for one, _ in rows
    ]


def _as_yaml(fitted: Mapping[str, Fitted]) -> str:
    read = {
        head: {"always": round(weights[("always", "")], 2)}
        | {
            group: {word: round(weight, 2) for (of, word), weight in sorted(weights.items()) if of == group}
            for group in GROUPS
        }
        for head, weights in fitted.items()
    }
    head = "# What words count towards hardware being told of and at hand (`python -m evals.told_hardware --write`).\n"
    return head + yaml.safe_dump(read, width=120, sort_keys=False, allow_unicode=True, default_flow_style=None)


if __name__ == "__main__":
    main()
