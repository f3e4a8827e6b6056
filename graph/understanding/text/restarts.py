"""A sentence that is broken off and begun again: "what if a spot... sorry, what if an instance dies" is only its second
half."""

import re

_BROKEN_OFF = re.compile(
    r"^(?P<first>[^.…?!\n]{1,80})(?:\.\.\.|…|--|—)\s{0,3}(?:no|oh|ah)?,?\s{0,3}"
    r"(?:sorry|wait|i mean|rather|correction)[,:.]?\s{1,3}(?P<again>\S.*)$",
    re.I | re.S,
)
"""What was begun, the words by which it is taken back, and what is said in its place."""


def restarted(text: str) -> str:
    """The text without what was broken off, where what follows begins with the same word; else as it is."""
    found = _BROKEN_OFF.match(text)
    if found is None:
        return text
    begun, again = found["first"].lower().split(), found["again"].lower().split()
    return found["again"] if begun and begun[0] == again[0] else text
