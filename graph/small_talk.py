"""What to say to a message that asks for no plan: a greeting, thanks, "what can you do?", or another subject."""

import re
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from domain.base import Frozen


class SmallTalk(Frozen):
    """One kind of `small_talk.yaml`."""

    kind: str
    patterns: tuple[str, ...]
    says: str
    with_plan: str

    def fits(self, message: str) -> bool:
        return any(re.fullmatch(pattern, message, re.I) for pattern in self.patterns)


def small_talk_reply(message: str, *, plan_stands: bool) -> str:
    """One friendly sentence that says what can be asked, ending in a newline."""
    kind = _kind(message)
    return (kind.with_plan if plan_stands else kind.says).strip() + "\n"


def agrees(message: str) -> bool:
    """The message takes the plan as it is."""
    return _kind(message).kind == "agreement"


def _kind(message: str) -> SmallTalk:
    words = " ".join(message.replace("’", "'").split()).strip(" .,;:!?-()👋🙂😀🙏")
    return next(kind for kind in small_talk() if kind.fits(words))


@lru_cache
def small_talk() -> tuple[SmallTalk, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[SmallTalk, ...]).validate_python(rows)
