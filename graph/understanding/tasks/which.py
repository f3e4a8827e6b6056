"""Which tasks words mean: "step 3", "1, 2 and 5", "the first two", "all finished tasks", "the item about Grafana"."""

from collections.abc import Sequence

from domain.tasks import MOST_NUMBERS, Scope, Which
from graph.understanding.labels.sections import groups
from graph.understanding.text.tokens import tokens_of

POSSESSIVES = frozenset({"the", "my", "our", "this", "that", "these", "those", "of", "a", "an"})
QUOTES = frozenset({'"', "'"})


def which_of(words: str) -> Which:
    """By their numbers where there are some; else a scope; else the words of a title."""
    said = [token.text for token in tokens_of(words)]
    text, naming = " ".join(said), groups("tasks", "which")
    for scope, phrases in (
        ("done", naming["done"]),
        ("open", naming["open"]),
        ("all", naming["all"]),
        ("same", naming["same"]),
    ):
        if text in phrases:
            return Which(scope=_scope(scope))
    if (numbers := _numbers([word for word in said if word not in POSSESSIVES])) is not None:
        return Which(numbers=tuple(numbers))
    if (ordinal := _ordinal([word for word in said if word not in POSSESSIVES])) is not None:
        return ordinal
    return Which(words=_title(words))


def is_plain(words: str) -> bool:
    """Whether the words can mean nothing but a task: by a number, a scope or what it is called one by."""
    which = which_of(words)
    if which.scope == "same":
        return False
    if which.numbers or which.scope:
        return True
    said = [token.text for token in tokens_of(words)]
    return bool(said) and (_quoted(said) or (bool(said[1:]) and _speaks_of_tasks(said)))


def is_plain_or_one(words: str) -> bool:
    """Plain, or "the DNS one"."""
    said = [token.text for token in tokens_of(words)]
    return is_plain(words) or (len(said) > 2 and said[0] in POSSESSIVES and said[-1] in ("one", "ones"))


def speaks_of_a_task(words: str) -> bool:
    """Plain, and by another word than "step": a step's words are the plan's to change."""
    said = [token.text for token in tokens_of(words)]
    return is_plain(words) and bool(set(said) & set(groups("tasks", "which")["noun"]) - {"step", "steps"})


def is_the_whole(words: str) -> bool:
    return which_of(words).scope in ("all", "done", "open")


def is_quoted(words: str) -> bool:
    """Between quotation marks."""
    return _quoted([token.text for token in tokens_of(words)])


def _speaks_of_tasks(said: Sequence[str]) -> bool:
    """ "the quota step", "the item about Grafana": called a task by its first word or its last."""
    inner = [word for word in said if word not in POSSESSIVES]
    nouns = set(groups("tasks", "which")["noun"]) - {"point", "points", "entry", "entries", "one", "ones"}
    named_after = len(inner) > 2 and inner[0] in nouns and inner[1] in groups("tasks", "which")["about"]
    return named_after or (len(inner) > 1 and said[0] in POSSESSIVES and inner[-1] in nouns)


def _quoted(said: Sequence[str]) -> bool:
    return len(said) > 2 and said[0] in QUOTES and said[-1] in QUOTES


def _numbers(said: Sequence[str]) -> list[int] | None:
    """Null where there is anything besides numbers and what joins them."""
    naming = groups("tasks", "which")
    found: list[int] = []
    through = False
    for word in said:
        number = _number(word)
        if number is not None:
            if through and found and found[-1] < number <= found[-1] + MOST_NUMBERS:
                found.extend(range(found[-1] + 1, number + 1))
            else:
                found.append(number)
            through = False
        elif word in naming["through"] and found:
            through = True
        elif word not in naming["join"] and word not in naming["noun"] and word not in naming["number"]:
            return None
    alone = len(said) == 1 and not said[0].isdecimal()  # "one" alone is no number
    return found[:MOST_NUMBERS] if found and not alone else None


def _number(word: str) -> int | None:
    numerals = groups("tasks", "which")["numerals"]
    if word.isdecimal() and len(word) <= 4:
        return int(word)
    return numerals.index(word) + 1 if word in numerals and word != "one" else None


def _ordinal(said: Sequence[str]) -> Which | None:
    """ "the third step", "the first two", "the last one", "the next 3 items"."""
    naming = groups("tasks", "which")
    inner = [word for word in said if word not in naming["noun"] or word in naming["numerals"]]
    if not inner or len(said) > 3:
        return None
    first, rest = inner[0], inner[1:]
    numerals = [*naming["numerals"]]
    counts = [word for word in rest if word != "one"]
    count = 1
    if counts:
        if len(counts) > 1 or not (counts[0].isdecimal() or counts[0] in numerals):
            return None
        count = int(counts[0]) if counts[0].isdecimal() else numerals.index(counts[0]) + 1
    count = min(count, MOST_NUMBERS)
    if first in naming["ordinals"] and (first == "first" or not counts):
        start = naming["ordinals"].index(first) + 1
        return Which(numbers=tuple(range(start, start + count)))
    scope: Scope = "last" if first in naming["last"] else "next" if first in naming["next"] else ""
    return Which(scope=scope, count=count) if scope else None


def _title(words: str) -> str:
    """Without the words that only say that it is a task."""
    tokens = list(tokens_of(words))
    naming = groups("tasks", "which")
    while tokens and (tokens[0].text in POSSESSIVES or tokens[0].text in QUOTES):
        tokens.pop(0)
    if len(tokens) > 2 and tokens[0].text in naming["noun"] and tokens[1].text in naming["about"]:
        tokens = tokens[2:]
    while len(tokens) > 1 and (tokens[-1].text in naming["noun"] or tokens[-1].text in QUOTES):
        tokens.pop()
    return words[tokens[0].start : tokens[-1].end] if tokens else ""


def _scope(name: str) -> Scope:
    scopes: dict[str, Scope] = {"done": "done", "open": "open", "all": "all", "same": "same"}
    return scopes[name]
