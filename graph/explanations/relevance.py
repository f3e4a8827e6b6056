"""Whether an answer speaks of what was asked: what the question names, and the words that tell what it is about."""

import re
from collections.abc import Iterable
from itertools import chain

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from artifacts.notation import plain
from catalog.embedder import known_words, load_embedder
from graph.alternatives import named_things, uses
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.joined import brief
from graph.explanations.limits import not_known
from graph.explanations.page import on_the_page, quoted
from graph.explanations.unknowns import is_not_known, sentences
from graph.explanations.wanted import HOLDS, NAMES, Row, holding, led_by, rows_of, telling_rows
from graph.explanations.wording import name
from graph.understanding.follow_ups.features import concepts
from graph.understanding.follow_ups.heads import heads
from graph.understanding.labels.sections import words
from graph.understanding.text.glosses import is_glossed

CERTAIN = 0.4
"""Share of certainty of a topic from which its answer is about the question, whatever its words."""
GUESSED = 0.2
"""Share below which the answer to a guess that speaks of none of them is not told."""
COVERED = 0.5
"""Share of a question's telling words that the answer to a guess has to speak of."""
NEAR = 0.45
"""Cosine above which a word of the answer speaks of one of the question."""
SHORTEST, STEM = 4, 5
"""Letters of a telling word, and those by which two words are one."""
AT_A_SELLER = frozenset({"at", "from", "about"})
OF_A_SELLER = frozenset({"cost", "costs", "charge", "charges", "cheaper", "prices", "price", "dearer"})
"""Words before and behind a seller, of whom its price is asked."""
SHORTEST_ALONE = 2
"""Words of a question that is a name alone, its sign counted."""
MOST_BESIDE = 2
"""Things that a question names and that are told beside its answer."""
LONG = 8
"""Letters from which on a word may hold two slips."""
_WORD = re.compile(r"[a-z]{3,}")
_PIECE = re.compile(r"[a-z0-9]+")
_QUOTED = re.compile(r"“[^”]*”|<[^>]*>")
PAGE = "The plan says of that:"
EXACT = ("Yes", "No:", "No.", "About **", "Because")
"""How an answer begins that is of the kind that was asked for."""
NEAREST = "The plan may not hold what you ask; near it it holds this:"


def best_held(standing: Standing, answers: Iterable[str]) -> tuple[str, bool]:
    """The first of these answers that holds a figure of the kind that is asked for, and speaks of what it is asked of;
    the row that holds it first. Where none does, or no figure is asked for, the first of them; and whether it does."""
    rest = iter(answers)
    first = next(rest)
    kind, certain = standing.wanted, standing.share >= CERTAIN
    if kind is None or "```" in first or (standing.closed and first.startswith(EXACT)):
        return first, False
    asked_of = [word for word in telling_words(standing) if word not in words("follow_ups", "counted_in")]
    guessed = first.startswith((PAGE, NEAREST)) or is_not_known(first)
    for answer in chain(rest, (first,)) if guessed else chain((first,), rest):
        rows, covers = holding(kind, answer), COVERED * len(asked_of)
        if not rows or len(_spoken_of(asked_of, answer)) < covers:
            continue
        spoken = [_said_in(asked_of, row) for row in rows]
        main, own = max(spoken), answer is first and certain
        if asked_of and not main[0] and not (own and len(_spoken_of(asked_of, answer)) == len(asked_of)):
            continue
        if asked_of and not main[0] and any(_said_in(asked_of, row)[0] for row in telling_rows(answer)):
            return answer, True  # what it says of that thing is no figure
        opens = next(iter(rows_of(answer)))
        said = _said_in(asked_of, opens)[0]
        if HOLDS[kind].search(opens.text) and (said >= main[0] or (own and said)):
            return answer, True
        return led_by(answer, rows[spoken.index(main)]), True
    asked_of = [word for word in asked_of if word[:STEM] not in _of_the_load(standing)]
    spoken_of = certain and len(_spoken_of(asked_of, first)) == len(asked_of)
    if guessed or not asked_of or spoken_of or standing.alternatives:
        return first, False
    named = plain(" ".join(asked_of))
    return f"The plan holds no {NAMES[kind]} for “{named}”; what is nearest to it:\n\n{brief(first)}", True


def _of_the_load(standing: Standing) -> set[str]:
    """The beginnings of the words by which the user said what the plan is for: they name no figure."""
    return {word[:STEM] for said in standing.spec.evidence.values() for word in _WORD.findall(said.quote.lower())}


def _said_in(asked_of: list[str], row: Row) -> tuple[int, bool]:
    """How many of the words a row says, in another form too; of equal ones whether it is the main figure, which is
    bold."""
    return len(_spoken_of(asked_of, row.told, alike=False)), "**" in row.told


def to_the_point(standing: Standing, answer: str, *, held: bool) -> str:
    """The answer, below what it does not speak of of the question; where it speaks of hardly any of it, and the topic
    was only guessed, that nothing is known, and the answer as what is nearest. `held`: it has the figure asked for."""
    if not standing.plan.recommendations or is_glossed(standing.question):
        return answer
    telling = telling_words(standing)
    if is_not_known(answer):
        other = not_known("other", standing)
        if standing.share < CERTAIN and telling and not _spoken_of(telling, answer):
            answer = other
        return (quoted_of(standing, telling) if answer == other else "") or answer
    lead, unknown = _not_in_the_plan(standing, answer), _strange(standing, answer)
    if unknown:
        return "\n\n".join(dict.fromkeys((unknown, *filter(None, (nearest_row(telling, answer),)))))
    named = bool(named_things((standing.named,)))
    if lead or (standing.alternatives and named) or standing.counted():
        return f"{lead}\n\n{answer}" if lead else answer
    if held:
        return answer
    heard = _spoken_of(telling, answer)
    enough = COVERED if standing.share >= GUESSED else 1.0
    if not telling and standing.share < GUESSED and not standing.sure:
        return not_known("other", standing)
    if not telling or len(heard) >= enough * len(telling) or "```" in answer or answer.startswith(EXACT):
        return answer
    written = quoted_of(standing, [word for word in telling if word not in heard])
    if standing.share < GUESSED:
        row = nearest_row(telling, answer)
        return written or (f"{NEAREST}\n\n{row}" if row else not_known("other", standing))
    if standing.share >= CERTAIN:
        return answer
    if written:
        return f"{answer}\n\n{written}"
    return f"{NEAREST}\n\n{nearest_row(telling, answer, first=True)}"


def nearest_row(telling: list[str], answer: str, *, first: bool = False) -> str:
    """The line of an answer, a row of a table being one, that speaks of the most of these words; where none speaks of
    any empty, or the first that tells something."""
    rows = [line for line in answer.splitlines() if _WORD.search(line.lower()) and not line.startswith("```")]
    spoken = [len(_spoken_of(telling, row)) for row in rows]
    best = max(spoken, default=0)
    if not best:
        return next((row for row in rows if not row.endswith(":")), answer) if first else ""
    return rows[spoken.index(best)].strip("| ").replace(" | ", "; ")


def quoted_of(standing: Standing, asked: list[str]) -> str:
    """What the plan's page says of these words; empty where it says nothing of them."""
    found = on_the_page(standing.plan, asked) if standing.topics[:1] != ("changes",) else []
    return f"{PAGE}\n\n{quoted(found)}" if found else ""


def telling_words(standing: Standing) -> list[str]:
    """The words of the question that tell what it is about."""
    said = (word for word in standing.words if word.isalpha() and len(word) >= SHORTEST)
    return [word for word in dict.fromkeys(said) if word not in words("follow_ups", "plain")]


def _spoken_of(telling: list[str], answer: str, *, alike: bool = True) -> list[str]:
    """Those of the words that the answer has too, in another form, or, where they need only be `alike`, in a word that
    means nearly the same."""
    held = sorted({*_WORD.findall(_QUOTED.sub(" ", answer).lower())})
    if not telling or not held:
        return []
    stems, meant = {word[:STEM] for word in held}, {number for word in held for number in concepts().get(word, ())}
    if not alike:
        return [word for word in telling if word[:STEM] in stems or any(one.startswith(word) for one in held)]
    near = (load_embedder().encode(telling) @ load_embedder().encode(held).T).max(axis=1)
    return [
        word
        for word, cosine in zip(telling, np.asarray(near), strict=True)
        if word[:STEM] in stems or cosine >= NEAR or meant & {*concepts().get(word, ())}
    ]


def _not_in_the_plan(standing: Standing, answer: str) -> str:
    """That a card, a seller or a model which the question names is not the plan's, where the answer does not say so."""
    first, told = standing.first, {*_PIECE.findall(answer.lower())}
    place = standing.share < CERTAIN
    parts = [label for one in named_things((standing.named,)) if not uses(first, one)
             for label in (one.gpu, one.provider, one.model.name if one.model else None,
                           (one.region or one.jurisdiction) if place else None) if label]  # fmt: skip
    missing = [label for label in dict.fromkeys(parts) if not {*_PIECE.findall(label.lower())} <= told]
    if not missing:
        return ""
    looked_up = [
        one
        for one in standing.alternatives
        if one.option is not None and any(label in one.named.label for label in missing)
    ]
    if looked_up:
        return "\n\n".join(instead(standing, one) for one in looked_up[:MOST_BESIDE])
    labels = ", ".join(map(plain, missing))
    return f"Not in the plan: {labels}. Number 1 is {name(first)}; ask “what about {plain(missing[0])}?” for that."


def _strange(standing: Standing, answer: str) -> str:
    """That nothing is known of what the question calls by a name that no dictionary has and the answer does not say."""
    told = {*_PIECE.findall(answer.lower())}
    strange = [f"“{plain(word)}”" for word in _names(standing) if word not in told]
    return f"{sentences()['other'].rstrip('.')} called {', '.join(strange)}." if strange else ""


def _names(standing: Standing) -> list[str]:
    """Words that no dictionary has, that are no slip of one that it has, and that no other question was asked with:
    names of things. Short ones only where a seller stands: "at ionos", "what would ionos cost"."""
    known, asked_with, said = known_words(), heads().features, standing.words
    found = []
    for word in telling_words(standing):
        if word in known or word.removesuffix("s") in known or asked_with.counts(word):
            continue
        at, slips = said.index(word), 1 if len(word) < LONG else 2
        alone = len(said) <= SHORTEST_ALONE
        if (
            alone
            or {*said[max(0, at - 1) : at]} & AT_A_SELLER
            or {*said[at + 1 : at + 2]} & OF_A_SELLER
            or (len(word) > STEM and extractOne(word, known, scorer=OSA.distance, score_cutoff=slips) is None)
        ):
            found.append(word)
    return found
