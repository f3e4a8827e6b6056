"""Messages that ask for nothing, a recommendation taken by its rank, and "just decide"."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, get_args

from graph.understanding.labels.sections import book, kinds
from graph.understanding.labels.sections import words as words_of
from graph.understanding.text.clauses import divided
from graph.understanding.text.phrases import Match, PhraseBook, Word
from graph.understanding.text.tokens import tokens_of
from graph.understanding.text.words import covered

Talk = Literal["capabilities", "agreement", "thanks", "farewell", "greeting", "waiting"]
TALKS: Mapping[str, Talk] = {kind: kind for kind in get_args(Talk)}
IN_PASSING = frozenset({"thanks", "farewell", "greeting"})
ASKED: frozenset[Talk] = frozenset({"capabilities", "greeting", "farewell"})
"""What is said in the form of a question, too: "how are you?"."""
THINGS = frozenset({"<model>", "<gpu>"})
"""Names that no goodbye holds: "need to run Whisper on 300 h"."""
LONGEST = 40
"""Words: what is longer is no small talk."""


def words_of_message(message: str) -> tuple[Word, ...]:
    """The words of a message, without the names in it."""
    return divided(message, tokens_of(message)).words


def talk_of(words: Sequence[Word]) -> Talk | None:
    """The kind of small talk that the message is and nothing else; null where it says more."""
    if len(words) > LONGEST:
        return None
    fillers = words_of("talk", "fillers")
    found = _covering(words, book("talk", "kinds"), fillers)
    if found:
        kind = TALKS[min((match.value for match in found), key=kinds("talk", "kinds").index)]
        named = kind in IN_PASSING and any(word.text in THINGS for word in words)
        return None if named or (kind not in ASKED and _asks_beside(words, found)) else kind
    return "waiting" if all(word.text in fillers for word in words) and not _asks_beside(words, ()) else None


def _asks_beside(words: Sequence[Word], found: Sequence[Match[str]]) -> bool:
    """Whether it asks: by its sign, or by a clause that opens a question in words that are no phrase of talk."""
    held = {place for match in found for place in range(match.first, match.last + 1)}
    leads = words_of("question", "leads")
    firsts = {word.clause: at for at, word in reversed([*enumerate(words)]) if word.text not in leads}
    opened = (at for at in firsts.values() if at not in held and book("question", "openers").at(words, at) is not None)
    return any(word.text == "?" for word in words) or any(words[at].text != "will" for at in opened)  # "will do"


def begins_with_talk(words: Sequence[Word]) -> Talk | None:
    """The thanks, goodbye or greeting that a message begins with."""
    found = book("talk", "kinds").at(words, 0)
    return TALKS[found.value] if found is not None and found.value in IN_PASSING else None


def rank_taken(words: Sequence[Word]) -> int | None:
    """The rank of the recommendation that the whole message takes, -1 for the last; null where it takes none."""
    if len(words) > LONGEST or not any(book("talk", "counted").find(words)):
        return None
    ranks = {match.value for match in _covering(words, book("talk", "choice"), words_of("talk", "fillers"))} - {"takes"}
    return int(ranks.pop()) if len(ranks) == 1 else None


def just_decide(words: Sequence[Word]) -> bool:
    """The user leaves the choice to us."""
    return any(book("talk", "decide").find(words))


def _covering(words: Sequence[Word], phrases: PhraseBook[str], fillers: Collection[str]) -> list[Match[str]]:
    """The phrases that leave nothing but fillers of the message; none where anything else is said."""
    found = list(phrases.find(words))
    said = covered(found)
    return found if all(at in said or word.text in fillers for at, word in enumerate(words)) else []
