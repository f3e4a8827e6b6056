"""A name that is only let in, "Azure's ok actually", "we may use GCP now": it is ruled out no longer."""

import re

from graph.understanding.marked import Marked
from graph.understanding.polarity import LOOK_BACK

_LEVEL = r"(?: (?:also|now|actually|again|totally|perfectly|just|an?|back|then|both|all|only|always))*"
_FINE = (
    r"(?:ok|okay|oke|fine|allowed|acceptable|permitted|possible|alright|all right|on the table|(?:valid )?option|"
    r"in again|in play|"
    r"welcome|not a problem|no problem|cleared|approved|not (?:forbidden|excluded|banned)(?: any ?more)?|"
    r"good(?= (?:too|again|as well)))"
)
_RIGHT = re.compile(
    rf"^(?: s)?(?: (?:gpus?|cards?|instances?|cloud|hosting))? (?:(?:is|are|would be|will be|would|could be|can be|"
    rf"may be|s){_LEVEL}(?: be)?{_LEVEL} {_FINE}|works? (?:too|as well|again|also)|(?:ok|okay|fine|allowed|acceptable|"
    rf"welcome)"
    r"(?= (?:too|again|after|as|now|actually|then|for|with|by|[.,;!)])|$))(?![^ ])"
    r"|^(?: s)? (?:ban|restriction|exclusion|veto|block) (?:is |has been |was |got )?(?:gone|lifted|over|removed|"
    r"dropped)(?![^ ])"
)
_LEFT = re.compile(
    r"(?<![^ ])(?:(?:we|you|i|they|it) (?:can|may|could)(?: (?:now|also|again|actually))*|(?:now )?(?:allowed|free|"
    r"happy|fine|ok|okay) to|"
    r"(?:fine|ok|okay|good|happy) with|no (?:objections?|longer against)(?: (?:to|against))?|nothing against|"
    r"not against|"
    r"(?:forget|ignore|scratch|disregard|(?:i|we) take back) (?:what|everything|all|that) (?:i|we) said about|"
    r"re ?allow|allow|permit|cleared|approved|unblock(?:ed)?|open to)(?: (?:use|using|go|with|take|on|the|consider))*$"
)
_BANNED = re.compile(
    r"(?<![^ ])(?:lift|lifted|lifting|drop|dropped|remove|removed|cancel|forget|undo)(?: (?:the|our|"
    r"that))*$"
)
_THE_BAN = re.compile(r"^(?: s)? (?:ban|restriction|exclusion|veto|block)(?![^ ])")


def permitted(line: Marked, start: int, end: int) -> bool:
    """The name between `start` and `end` of the text is let in, not asked for. A list shares what its last one is."""
    left, right = line.text[max(0, start - LOOK_BACK) : start].rstrip(), line.text[end : end + LOOK_BACK]
    more = re.match(rf"(?:(?: (?:,|or|and|/|s))* {line.text[start]}\d+)*", right)
    after = right[more.end() :] if more else right
    before = re.sub(rf"(?: (?:{line.text[start]}\d+|,|or|and|/|s))*$", "", left)
    if _THE_BAN.match(right):
        return _RIGHT.match(right) is not None or _BANNED.search(left) is not None
    return _RIGHT.match(after) is not None or _LEFT.search(before) is not None
