"""`python -m graph.understanding.follow_ups.train`: makes `weights.npz` from the examples, and says how well lines that
were held out are told apart. To be run after `prompts/follow_ups.yaml`, the concepts or the phrases were changed."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from catalog.embedder import load_embedder
from catalog.starter_names import starter_vocabulary
from domain.workload import WorkloadSpec
from graph.understanding.follow_ups.features import FEWEST_LINES, Features, words_of
from graph.understanding.follow_ups.heads import STORED, form_of, stored_head
from graph.understanding.follow_ups.lines import OFF_TOPIC, act_of, digest, examples
from graph.understanding.follow_ups.ridge import Matrix, Scores, fitted, sharpness_of
from graph.understanding.mentions.line import Line
from graph.understanding.reading import BuiltinReader

FOLDS = 5
BALANCE = {"topic": 0.2, "act": 0.7}
"""How much a line of a class with many lines counts less: a wish is as likely as a question, whatever the examples."""
PLANS = (
    "Serve Llama 3.1 8B to 50 users on 2x A100 on AWS in Germany, under $3000 a month",
    "Fine-tune Mistral 7B with QLoRA on 50k instruction examples",
    "RAG over 50,000 PDF contracts for 80 lawyers, must stay in Europe",
)
"""What stands while the rules read an example, in turn."""


def main() -> None:
    reader = BuiltinReader(starter_vocabulary(), load_embedder(), by_rules=True)
    said = list(examples())
    lines = [reader.line(text) for text, _ in said]
    features, arrays = _features(lines)
    rows = np.array([features.of(line) for line in lines], np.float64)
    forms = np.array(
        [_form(reader, text, line, at) for at, ((text, _), line) in enumerate(zip(said, lines, strict=True))]
    )
    topics, acts = [about for _, about in said], [act_of(about) for _, about in said]
    asked = [
        at for at, about in enumerate(topics) if act_of(about) not in ("revision", "new_plan") or about == OFF_TOPIC
    ]
    arrays |= _head("topic", rows[asked], [topics[at] for at in asked])
    arrays |= _head("act", np.hstack([rows, forms]), acts)
    np.savez_compressed(STORED, made_of=np.array(digest()), allow_pickle=False, **arrays)
    print(f"{STORED.name}: {STORED.stat().st_size / 1e3:,.0f} kB of {len(said):,} lines")


def _features(lines: Sequence[Line]) -> tuple[Features, dict[str, npt.NDArray[np.generic]]]:
    counts = Counter(word for line in lines for word in {*words_of(line)})
    words = sorted(word for word, count in counts.items() if count >= FEWEST_LINES)
    weights = np.array([np.log(len(lines) / counts[word]) for word in words], np.float32) ** np.float32(0.6)
    rare = float(np.log(len(lines)) ** 0.6)
    features = Features(load_embedder(), words, weights, rare)
    return features, {"words": np.array(words), "word_weights": weights, "rare": np.array(rare)}


def _form(reader: BuiltinReader, text: str, line: Line, at: int) -> npt.NDArray[np.float32]:
    plan = PLANS[at % len(PLANS)]
    stands = reader.read_at_once([plan], WorkloadSpec(), None, False).spec
    intent, moves = reader.by_the_rules([plan, text], stands)
    return form_of(line, intent, moves=moves)


def _head(name: str, rows: Matrix, about: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """A head of all lines, as certain as those held out were right."""
    classes = sorted({*about})
    of = [classes.index(one) for one in about]
    balance = BALANCE[name]
    held_out = _held_out(rows, of, len(classes), balance)
    first = np.argsort(-held_out, axis=1)[:, :2]
    right = first == np.asarray(of)[:, None]
    print(
        f"{name}: {right[:, 0].mean():.3f} of {len(of):,} held-out lines right, {right.any(axis=1).mean():.3f} in two"
    )
    for place, one in enumerate(classes if len(classes) < 10 else ()):
        mine = np.asarray(of) == place
        print(f"  {one}: {right[mine, 0].mean():.3f} of {mine.sum():,}")
    weights, middle = fitted(rows, of, len(classes), balance)
    return stored_head(name, weights, middle, classes, sharpness_of(held_out, of))


def _held_out(rows: Matrix, of: Sequence[int], many: int, balance: float) -> Scores:
    """The scores of each line by what was fitted without it and a fifth of the others."""
    order = np.random.default_rng(1).permutation(len(of))
    scores = np.zeros((len(of), many))
    for fold in range(FOLDS):
        out = order[fold::FOLDS]
        rest = np.setdiff1d(order, out)
        weights, middle = fitted(rows[rest], [of[int(at)] for at in rest], many, balance)
        scores[out] = rows[out] @ weights + middle
    return scores


if __name__ == "__main__":
    main()
