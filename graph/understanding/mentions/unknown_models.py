"""Models that no catalogue holds, by the words around them ("fine-tune MonkeyOCR", "the LightGCN model") or by their
form ("csm-1b", "whisperLive", "scGPT", "deploy BEN2"). They are kept by the user's own name."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from domain.names import SIZE
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Named
from graph.understanding.mentions.model_tails import quantizations
from graph.understanding.mentions.name_rules import form_of, name_rules
from graph.understanding.text.clauses import Text
from graph.understanding.text.tokens import Token
from graph.understanding.text.words import covered

TABLE, SHORTEST = "unknown_models", 3
FAR = 4
"""Tokens from a program to the model that it runs."""
LONGEST, MOST_LETTERS = 8, 64
"""Tokens that are written together and make one name, and how long it is."""
SHORTEST_LINE, LONGEST_LINE = 5, 16
"""Letters of a known line of models with which a name begins."""
_SIZED = re.compile(r"[A-Za-z][\w.-]*[-_](\d{1,3}(?:\.\d{1,2})?)[bB](?:[-_][\w.-]*)?")
_VERSIONED = re.compile(
    r"(?=[^A-Z]*[A-Z][^A-Z]*[A-Z])[A-Za-z]{2,}(?:-[A-Za-z]{2,})*v?\d(?:\.\d)?|[A-Z]{2,}(?:-[A-Z]{3,})+"
)
_FILE = re.compile(r"\w{0,40}\.(?:sh|py|ipynb|ya?ml|json|md|txt)\b")
_MIXED = re.compile(r".*[a-z][A-Z]")


def software() -> frozenset[str]:
    """What runs models and is none."""
    return words_of(TABLE, "no_models")


@lru_cache
def _endings() -> tuple[str, ...]:
    return tuple(ending for endings in name_rules().endings.values() for ending in endings)


def unknown_models(text: Text, names: Sequence[Name], index: NameIndex) -> tuple[Name, ...]:
    """The names of models among the words that are no name yet, left to right."""
    none = software()
    taken = covered(names)
    starts = {match.last + 1 for match in book(TABLE, "before").find(text.words)}
    ends = {match.first - 1 for match in book(TABLE, "after").find(text.words)}
    used = {match.last + 1 for match in book(TABLE, "used").find(text.words)}
    found: list[Name] = []
    for first, last in _runs(text.tokens, taken):
        if last - first >= LONGEST or quantizations().at(text.words, first):
            continue
        written = text.raw[text.tokens[first].start : text.tokens[last].end]
        if len(written) > MOST_LETTERS or text.tokens[first].text not in written.lower():
            continue  # a word of another language, which is read as what it means
        sized, line = _SIZED.fullmatch(written), _line_of(written, index)
        mixed = bool(_MIXED.match(written)) and form_of(written).endswith(_endings())
        said = mixed or first in starts or last in ends or (first in used and _VERSIONED.fullmatch(written))
        if (said or sized or line) and _is_a_name(written, index, none, sized=bool(sized)):
            size_b = float(sized[1]) if sized else None
            named = Named("model", written, domain=line.domain if line else None, params_b=size_b, exact=False)
            found.append(Name(first, last, (named,), size_b, written=written))
    return tuple(found)


def without_programs(text: Text, names: Sequence[Name], strangers: Collection[Name]) -> tuple[Name, ...]:
    """Without what runs or teaches the model that is named beside it and is none: a method ("PPO on a 7B"), and a name
    that no catalogue has before the model and "with", or behind the model and "with", or before "backend"; and without
    the names in those of scripts ("train_ppo_llama.sh")."""
    files = {name for name in names if _FILE.match(text.raw, text.tokens[name.last].end)}
    models = [name for name in names if name.kind == "model" and name not in files]
    methods = [name for name in models if form_of(name.written) in software()]
    others = [name for name in models if name not in methods]
    if not others and not SIZE.search(text.raw):
        methods = []
    known = [name for name in others if name.size_b or name.named[0].family]
    programs = [name for name in others if name in strangers and name not in known and _is_a_program(text, name, known)]
    return tuple(name for name in names if name not in methods and name not in programs and name not in files)


def _is_a_program(text: Text, name: Name, known: Sequence[Name]) -> bool:
    """By the word beside it, and the model on the other side of that word; or its name is the end of that model's name
    ("FasterWhisper with large-v3"), or goes on from that of its line ("WhisperLive")."""
    form = form_of(name.written)
    for model in known:
        line = form_of(model.named[0].family or "")
        tail = any(sign.isdigit() for sign in form) and form_of(model.named[0].name).endswith(form)
        if tail or (line and form.startswith(line)):
            return True
    after = text.tokens[name.last + 1].text if name.last + 1 < len(text.tokens) else ""
    before = text.tokens[name.first - 1].text if name.first else ""
    near = [model for model in known if text.sentence[model.first] == text.sentence[name.first]]
    if after in words_of(TABLE, "kinds_of_programs") and near:
        return True
    first, last = name.first, name.last
    runs = after in words_of(TABLE, "runs") and any(0 < model.first - last <= FAR for model in near)
    run_by = before in words_of(TABLE, "run_by") and any(0 < first - model.last <= FAR for model in near)
    return (runs or run_by) and not any(token.text in words_of(TABLE, "sets_against") for token in text.tokens)


def runs_a_stranger(line: Line) -> bool:
    """Whether a name of several capitals that nobody knows is what is to be run: "host RMBG as an API"."""
    none = software()
    behind = {match.last + 1 for match in book(TABLE, "used").find(line.words)} & set(range(len(line.words)))
    written = [line.quote(at, at) for at in behind if line.mentions[at] is None]
    return any(sum(map(str.isupper, word)) > 1 and form_of(word) not in none for word in written)


def _runs(tokens: Sequence[Token], taken: Collection[int]) -> Iterator[tuple[int, int]]:
    """Stretches of words and figures that are written together and no name yet: "MonkeyOCR", "csm-1b"."""
    first = 0
    for at in range(1, len(tokens) + 1):
        if at == len(tokens) or at in taken or at - 1 in taken or not _together(tokens[at - 1], tokens[at]):
            if tokens[first].is_word and first not in taken and not (first - 1 in taken and tokens[first].glued):
                yield first, at - 1
            first = at


def _together(before: Token, after: Token) -> bool:
    words = (before.is_word or before.is_figure) and (after.is_word or after.is_figure)
    return words and after.start - before.end <= 1 and after.glued


def _line_of(written: str, index: NameIndex) -> Named | None:
    """The line of models with which a name of mixed case begins: "HunyuanCustom"."""
    if not _MIXED.match(written):
        return None
    form = form_of(written)
    lengths = range(min(len(form) - 2, LONGEST_LINE), SHORTEST_LINE - 1, -1)
    return next((named[0] for length in lengths if (named := index.of(form[:length], "model"))), None)


def _is_a_name(written: str, index: NameIndex, none: frozenset[str], *, sized: bool) -> bool:
    """A size, capitals inside, a figure, or a capital on a word that no dictionary has."""
    form = form_of(written)
    spelled = written.isupper() and len(written) > SHORTEST  # "train ALBERT"
    if len(form) < SHORTEST or form in none or (form in index.dictionary and not spelled):
        return False
    odd = any(sign.isdigit() for sign in written) or any(sign.isupper() for sign in written[1:])
    return sized or odd or written[:1].isupper()
