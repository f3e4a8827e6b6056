"""What to say to a message that asks for no plan: a greeting, thanks, "what can you do?", or another subject."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.reading import Reading
from graph.explanations.topics import asked_about
from graph.understanding.follow_ups.intent import orders_to_see
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.talk import Talk, begins_with_talk, talk_of, words_of_message
from graph.understanding.mentions.line import Line
from graph.understanding.text.glosses import is_unread

MOST_OF_THANKS = 7
LONG_THANKS = 20
SOME = 0.5
"""Share of certainty of a topic from which longer thanks are about it."""
Kind = Talk | Literal["other", "unread"]


class SmallTalk(Frozen):
    """What is said to one kind of talk."""

    says: str
    with_plan: str


def small_talk_reply(message: str, *, plan_stands: bool) -> str:
    """One friendly sentence that says what can be asked, ending in a newline."""
    words = words_of_message(message)
    other: Kind = "unread" if is_unread(message) else "other"
    kind = small_talk()[talk_of(words) or begins_with_talk(words) or other]
    return (kind.with_plan if plan_stands else kind.says).strip() + "\n"


def only_thanks(line: Line, reading: Reading) -> bool:
    """A message that begins with thanks, changes nothing, asks nothing and says hardly more: "thanks, that helps"; a
    longer one where it names nothing and is about nothing of the plan."""
    begins = begins_with_talk(line.as_written) is not None
    asks = bool(asking_sentences(line)) or orders_to_see(line)
    if not begins or reading.changes or asks:
        return False
    if len(line.words) <= MOST_OF_THANKS:
        return True
    names_nothing = all(mention is None for mention in line.mentions)
    return names_nothing and len(line.words) <= LONG_THANKS and asked_about(line).share < SOME


@lru_cache
def small_talk() -> Mapping[Kind, SmallTalk]:
    """The replies of `small_talk.yaml`."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[Kind, SmallTalk])
