"""Where it must run, not where somebody sits: "data must stay in Germany", but not "our users are in Germany"."""

import re

from graph.understanding.marked import Marked
from graph.understanding.names import name_rules

_PLACE = re.compile(r"(?<![^ ])[RJ](?P<index>\d+)(?![^ ])")
_PLACED_LEFT = re.compile(
    r"(?<![^ ])(?:in|within|inside|into|to|on|at|near|close to|from|region|regions|location|locations|located|"
    r"stay|stays|remain|remains|leave|leaves|leaving|outside|outside of|hosted|only|residency|sovereign\w*|"
    r"cloud|jurisdiction|country|countries|data ?cent(?:er|re)s?|:|=|or|and|,|not|no|except|but|P\d+|make it|"
    r"make that|use|prefer|switch to|change (?:it )?to|go with|put it)(?: (?:the|a|an|any|our|in|within|of|from|"
    r"is|for|:|mainland|region|western|eastern|northern|central|north|south|east|west|country|like|on|be|"
    r"must be))*$"
)
_PLACED_RIGHT = re.compile(
    r"^(?:(?: ,)? (?:or|and|,) [RJ]\d+)* (?:only|regions?|data ?cent(?:er|re)s?|data residency|residency|soil|"
    r"hosted|hosting|cloud|clouds|"
    r"data (?=only|protection|must|has|may|can|should|residency)|"
    r"based (?:provider|providers|hosting|servers?|regions?|cloud|data ?cent|gpus?|instances?|infrastructure|"
    r"compute)|jurisdiction|servers?|territory|sovereign\w*|providers?|infrastructure|zones?|locations?|compute|"
    r"preferred|"
    r"instances?|gpus?|please|for (?:data|compliance|legal|gdpr|residency)|"
    r", ?please)(?![^ ])"
)
_SOMEBODY_THERE = re.compile(
    r"(?<![^ ])(?:users?|customers?|people|patients|employees|clients|visitors|team|teams|office|offices|"
    r"company|startup|start up|bank|hospital|hospitals|clinic|firm|agency|we are|we're|i am|are|based|"
    r"headquartered|hq|live|lives|living|operating|operate|shops?|stores?|students|developers|staff|citizens|"
    r"residents|university|farmers|audience|subscribers|shoppers|factories|plants|branches|analysts|engineers|"
    r"cent(?:er|re)s?|labs?|institutes?|trader|ngo|schools?|chains?|plant|studios?|department|authority|municipality|"
    r"utility|insurer|retailer|publisher|museum|library|courts?|farms?|brand|collective|practice|broadcaster|"
    r"newspaper|"
    r"operator|supplier|manufacturer|freelancer|student|researcher|postdoc|professor|engineer|developer|charity|"
    r"foundation|dept|council|ministry|shop owner|founders?|doctors|players|sales|elections|hospital group|"
    r"companies|law|market|markets|traders)"
    r"(?: (?:mostly|mainly|all|only|out|primarily|located|spread|are|is|who|that))*(?: (?:in|from|across|of|over|"
    r"throughout|around|within))(?: (?:the|all of|all))*(?: [RJ]\d+(?: ,)?(?: (?:and|or|,))?)*$"
)
_LANGUAGES = re.compile(
    r"(?<![^ ])(?:translat\w+|languages?|speaking|dialects?|multilingual|voices?|speech|speaks?)(?![^ ])"
)
_MUST_STAY = re.compile(
    r"(?<![^ ])(?:data|stay|stays|remain|remains|residency|hosted|host|deploy\w*|run|runs|regions?|keep|kept|"
    r"store|stored|process\w*|located|infrastructure|servers?|gpus?|must|leave|cloud|compute|capacity|resid\w+|"
    r"jurisdiction|sovereign\w*|data ?cent(?:er|re)s?|serve|served|serving|launch|train\w*|inference|"
    r"workloads?)(?![^ ])"
)
_ADJECTIVE_OF = re.compile(
    r"^(?: (?:or|and|,) [RJ]\d+)* (?:data ?cent(?:er|re)s?|data residency|residency|soil|hosted|hosting|cloud|"
    r"data (?=only|protection|must|has|may|can|should|residency)|"
    r"clouds|regions?|"
    r"based|jurisdiction|servers?|territory|sovereign\w*|providers?|infrastructure|zones?|locations?|compute|"
    r"instances?|"
    r"gpus?)(?![^ ])"
)
_WHOLE_CLAUSE = re.compile(r"(?:(?:and|or|in|the|please) )*[RJ]\d+(?: (?:or|and|only|please|region|[RJ]\d+))*")
_DIRECT = re.compile(
    r"(?<![^ ])(?:make it|make that|switch to|change (?:it )?to|go with|prefer|use|what about|how about|"
    r"move(?: it| everything)? to|relocate(?: it)? to|(?:put|keep|run|host|deploy|have|need)"
    r"(?: it| everything)? (?:in|on|at))"
    r"(?: (?:in|on|at|to|into|from|inside))?(?: the)?$"
)
_IN = re.compile(
    r"(?<![^ ])(?:in|within|inside|region|location|outside|leave|stay|hosted|to|at|or|and|residency|:|P\d+|\()"
    r"(?: \w+)? *(?:the )?$"
)
_LOOSE = re.compile(r"(?<![^ ])(?:to|at|or|and|from)(?: the)?$")
_BEFORE_IT = re.compile(r"(?<![^ ])(?P<place>[RJ]\d+)(?: ,)? (?:or|and|,)$")


def places_in(line: Marked) -> frozenset[str]:
    """The marks of the regions and places that say where it must run."""
    placed: set[str] = set()
    for match in _PLACE.finditer(line.text):
        if _is_location(line, match, placed):
            placed.add(match.group())
    return frozenset(placed)


def _is_location(line: Marked, match: re.Match[str], placed: set[str]) -> bool:
    """In a list ("Sweden or Finland") each place is what the one before it is."""
    written = line.mentions[int(match.group("index"))].written
    if re.search(r"\d$", written) or "-" in written:
        return True  # a region's own name
    left, right = line.text[: match.start()].rstrip(), line.text[match.end() :]
    if written.lower() in name_rules().demonyms and not _ADJECTIVE_OF.match(right):
        return False
    opens, closes = line.clause(*match.span())
    clause = line.text[opens:closes]
    if _LANGUAGES.search(clause) and not re.search(r"(?<![^ ])(?:in|within|inside|from|at)(?: the)?$", left):
        return False
    bound = re.search(r"(?<![^ ])(?:data|must|stay|remain|hosted|region)(?![^ ])", line.text[opens : match.start()])
    if _SOMEBODY_THERE.search(left) and not bound:
        return right.startswith((" only", " region"))
    if _WHOLE_CLAUSE.fullmatch(clause.strip()) or _PLACED_RIGHT.match(right) or _DIRECT.search(left):
        return True
    earlier = _BEFORE_IT.search(left)
    if earlier:
        return earlier.group("place") in placed
    if not (_PLACED_LEFT.search(left) and _IN.search(left)):
        return False
    return not _LOOSE.search(left) or _MUST_STAY.search(clause) is not None
