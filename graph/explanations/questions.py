"""A message split into its questions, each with what was told for it."""

from collections.abc import Iterator
from itertools import pairwise

from domain.base import Frozen
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, words
from graph.understanding.mentions.line import Line
from graph.understanding.text.phrases import Match

FEWEST_WORDS = 2
"""Of a part that is a question of its own, without the words that only lead in to it."""
MOST_PARTS = 4
MOST_WORDS_AROUND = 3
MOST_TAKING_UP = 8
WOULD = frozenset({"would", "could", "'d", "might"})
CLOSED = ("may", "is")
POLITE = frozenset({"can", "could", "would", "will"})
LEADING = frozenset({"with", "for", "at", "in", "on", "by", "to", "without", "under", "after", "before", "during"})
"""With which a message begins that says for what it asks."""
DASHES = frozenset({"-", "–", "—"})
SIGNS = frozenset({"?", ".", ",", "!", ":", ";", "(", ")"})


class Part(Frozen):
    """One stretch of a message: a question, or a wish beside one."""

    text: str
    asks: bool
    told: str = ""
    """What was told before or after it, and asks nothing."""

    @property
    def with_told(self) -> str:
        return f"{self.told} {self.text}".strip()


def questions_in(line: Line) -> tuple[Part, ...]:
    """The parts of a message that ask, in their order, each with what is told beside it. A message is cut where a
    sentence begins, and where a clause or an "and" is followed by words that open a question."""
    found = [_stretch(line, first, last) for first, last in _stretches(line)]
    parts: list[Part] = []
    told = ""
    for text, asks, many in found:
        if asks and (many >= FEWEST_WORDS or not parts):
            parts.append(Part(text=text, asks=True, told=told))
            told = ""
        elif asks:  # "and cheaper?" goes on with what was asked before
            parts[-1] = parts[-1].model_copy(update={"text": f"{parts[-1].text} {text}"})
        else:
            told = f"{told} {text}".strip()
    if told and parts:
        parts[-1] = parts[-1].model_copy(update={"told": f"{parts[-1].told} {told}".strip()})
    return tuple(parts[:MOST_PARTS])


def wishes(line: Line) -> bool:
    """Whether some of it asks for a change of the plan, and does not only ask about one."""
    return any(book("follow_ups", "wishes").find(line.as_written))


def is_order(line: Line) -> bool:
    """Whether it begins with an order, however politely: "and can you put it in Finland"."""
    place = _led_in(line, 0)
    if line.words[place : place + 2] and line.words[place].text in POLITE:
        place += 2
    orders = book("follow_ups", "orders")
    return place < len(line.words) and orders.at(line.words, place) is not None


def states(line: Line) -> list[Match[str]]:
    """Where it tells what has become otherwise: "the budget is now 3k"."""
    return [*book("follow_ups", "states").find(line.as_written)]


def takes_up(line: Line) -> bool:
    """Whether it wishes for what was only supposed before, and for nothing else."""
    says_more = any(mention is not None for mention in line.mentions)
    return (
        len(line.words) <= MOST_TAKING_UP
        and not says_more
        and any(book("follow_ups", "takes_up").find(line.as_written))
    )


def without_caution(line: Line) -> str:
    """A message that says that nothing is to be changed, or only to be told, without these words; empty where it says
    no such thing, or nothing else."""
    return _without(line, "only_told")


def without_brevity(line: Line) -> str:
    """A message that wants a short answer without the words that say so; empty where it wants none, or says nothing
    else."""
    return _without(line, "brevity")


def _without(line: Line, section: str) -> str:
    cautions = [*book("follow_ups", section).find(line.as_written)]
    held = {place for match in cautions for place in range(match.first, match.last + 1)}
    if not held:
        return ""
    runs: list[list[int]] = [[]]
    for place in range(len(line.words)):
        if place in held:
            runs.append([])
        else:
            runs[-1].append(place)
    return " ".join(line.quote(run[0], run[-1]) for run in runs if run).strip(" ,;.:-")


def wish_and_questions(line: Line) -> tuple[str, tuple[str, ...]]:
    """A message that first wishes for a change and then asks ("use fp8, and tell me what it does to the price"), as the
    two; without questions where it is none. A figure or a name that stands alone before them is a wish, too: "100
    concurrent users. Is the model licensed for that?"."""
    if (begins := _behind_the_order(line)) is not None:
        return line.quote(0, begins - 1).strip(" ,;.-–—"), _asked_from(line, begins)
    parts = questions_in(line)
    first = next(iter(_stretches(line)), None)
    if not parts or first is None or _stretch(line, *first)[1]:
        return "", ()
    wishes = (*book("follow_ups", "wishes").find(line.as_written), *states(line))
    wish = [match for match in wishes if match.last <= first[1]]
    if not wish and not is_only_named(line, *first):
        return "", ()
    return line.quote(*first).strip(" ,;."), tuple(part.text for part in parts)


def _behind_the_order(line: Line) -> int | None:
    """Where a message that opens with an order begins to ask: in a later sentence, or behind a comma or a dash, where
    what would be is not asked ("use an L4, what would that cost?" orders nothing yet)."""
    order = _led_in(line, 0)
    politely = [word.text for word in line.words[order : order + 2]]
    order += 2 * (politely[1:] == ["you"] and politely[0] in POLITE)
    if book("follow_ups", "orders").at(line.words, order) is None:
        return None
    asking, sentences = asking_sentences(line), {first for first, _ in line.sentence_places.values()}
    for place in range(order + 2, len(line.words)):
        number, before = line.words[place].sentence, line.words[place - 1]
        if place in sentences and number in asking:
            return place
        apart = before.clause != line.words[place].clause or before.text in DASHES
        supposed = any(word.text in WOULD and word.sentence == number for word in line.words[place:])
        if apart and number in asking and not supposed and _opens(line, place):
            return place
    return None


def _asked_from(line: Line, begins: int) -> tuple[str, ...]:
    """The sentences from a place on; an "oh" before them is no part."""
    firsts = [begins, *(first for first, _ in line.sentence_places.values() if first > begins)]
    leads = words("question", "leads") - words("follow_ups", "joins")
    return tuple(
        line.quote(first + (first + 1 < after and line.words[first].text in leads), after - 1)
        for first, after in pairwise((*firsts, len(line.words)))
    )


def _led_in(line: Line, place: int) -> int:
    """Where it begins behind the words that only lead in to it."""
    leads = words("question", "leads") | words("follow_ups", "joins")
    while place < len(line.words) - 1 and line.words[place].text in leads:
        place += 1
    return place


def told_and_questions(line: Line) -> tuple[str, tuple[str, ...]]:
    """What a message tells before its open questions, and they: "only 9 to 6 on weekdays, what's that per month then".
    Whether it would change the plan is for the reader to say. A condition is part of its question, and so is what a
    question for a yes or no, or one with "would", supposes."""
    first, last = next(_stretches(line), (0, -1))
    behind = next((at for at in range(first + FEWEST_WORDS, last + 1) if _opens_clause(line, at)), None)
    opens = last >= first and _stretch(line, first, last)[1]
    if behind is not None and opens:
        parts: tuple[str, ...] = (line.quote(behind, len(line.words) - 1),)
        last = behind - 1
    elif opens:  # "chroma instead of milvus? we know it": what it begins with is the question
        return "", ()
    else:
        parts = tuple(part.text for part in questions_in(line))
    supposed = any(match.first <= last for match in book("follow_ups", "supposing").find(line.words)) or any(
        word.text in WOULD for word in line.words[last + 1 :]
    )
    closed = any(form in CLOSED for form in asking_sentences(line).values())
    conditional = line.words[first].text in words("follow_ups", "conditions") | LEADING if line.words else True
    if closed or not parts or last < first or last + 1 == len(line.words) or supposed or conditional:
        return "", ()
    if _opens(line, first):
        return "", ()
    return line.quote(first, last).strip(" ,;."), parts


def _opens_clause(line: Line, place: int) -> bool:
    """Whether a clause of its own begins here that asks."""
    return line.words[place - 1].clause != line.words[place].clause and _opens(line, place)


def is_only_named(line: Line, first: int = 0, last: int | None = None) -> bool:
    """Hardly more than a name or a figure: "and in fp8?", "30,000 hours?"."""
    end = len(line.words) if last is None else last + 1
    around = sum(
        mention is None and word.text.isalpha() and word.text not in words("follow_ups", "joins")
        for word, mention in zip(line.words[first:end], line.mentions[first:end], strict=True)
    )
    return around <= MOST_WORDS_AROUND


def _stretches(line: Line) -> Iterator[tuple[int, int]]:
    starts = sorted(_starts(line))
    for first, after in zip(starts, (*starts[1:], len(line.words)), strict=True):
        yield first, after - 1


def _starts(line: Line) -> set[int]:
    """Where a part may begin; a clause that asks nothing goes on with the one before it, and so does a question with
    its condition."""
    starts = {first for first, _ in line.sentence_places.values()}
    joins = words("follow_ups", "joins")
    told = min((match.last for match in states(line)), default=len(line.words))
    asked = conditional = False
    for place, word in enumerate(line.words):
        if place in starts:
            asked, conditional = _opens(line, place), word.text in words("follow_ups", "conditions")
            continue
        joined = word.text in joins and word.text not in SIGNS and word.text != "also"
        begins = joined or line.words[place - 1].clause != word.clause
        if not begins or (line.words[place - 1].text in joins - SIGNS) or not _opens(line, place):
            continue
        if asked or told < place or (joined and not conditional and place - min(starts) > FEWEST_WORDS):
            starts.add(place)
        asked = True
    return starts


def _opens(line: Line, place: int) -> bool:
    """Whether the words from here on open a question, after what only leads in to it."""
    place = _led_in(line, place)
    here = line.words[place].text
    return book("question", "openers").at(line.words, place) is not None or here.startswith(("what'", "how'"))


def _stretch(line: Line, first: int, last: int) -> tuple[str, bool, int]:
    """Its words, whether it asks, and how many of its words tell something."""
    said = [word.text for word in line.words[first : last + 1]]
    asking = asking_sentences(line)
    whole = line.sentence_places[line.words[first].sentence] == (first, last)
    asks = "?" in said or _opens(line, first) or (whole and bool(asking.get(line.words[first].sentence)))
    leads = words("question", "leads") | words("follow_ups", "joins") | SIGNS
    many = sum(text not in leads for text in said)
    return line.quote(first, last).strip(" ,;"), asks and many > 0, many
