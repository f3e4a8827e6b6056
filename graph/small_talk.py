"""What to say to a message that asks for no plan: a greeting, thanks, "what can you do?", or another subject."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.reading import Reading
from graph.understanding.follow_ups.intent import orders_to_see
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.talk import Talk, begins_with_talk, talk_of, words_of_message
from graph.understanding.mentions.line import Line
from graph.understanding.text.glosses import is_unread

MOST_OF_THANKS = 7
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
    """A message that begins with thanks, changes nothing, asks nothing and says hardly more: "thanks, that helps"."""
    begins = begins_with_talk(line.as_written) is not None
    asks = bool(asking_sentences(line)) or orders_to_see(line)
    return begins and not reading.changes and not asks and len(line.words) <= MOST_OF_THANKS


@lru_cache
def small_talk() -> Mapping[Kind, SmallTalk]:
    """The replies of `small_talk.yaml`."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[Kind, SmallTalk])
