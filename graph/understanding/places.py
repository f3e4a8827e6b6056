"""Where it must run, not where somebody sits: "data must stay in Germany", but not "our users are in Germany"."""

import re

from graph.understanding.marked import Marked
from graph.understanding.names import name_rules
from graph.understanding.polarity import LOOK_BACK

_PLACE = re.compile(r"(?<![^ ])[RJ](?P<index>\d+)(?![^ ])")
_PLACED_LEFT = re.compile(
    r"(?<![^ ])(?:in|en|within|inside|into|to|on|at|near|close to|from|region|regions|location|locations|located|"
    r"stay|stays|remain|remains|leave|leaves|leaving|outside|outside of|out of|beyond|across|cross|crosses|crossing|"
    r"exit|"
    r"exits|hosted|only|residency|sovereign\w*|"
    r"cloud|jurisdiction|country|countries|data ?cent(?:er|re)s?|:|=|or|and|,|not|no|except|but|P\d+|make it|"
    r"make that|use|prefer|switch to|change (?:it )?to|go with|put it|insists? on|so|hence|therefore|wants?|demands?|"
    r"requires?|"
    r"means|under|be)(?: (?:the|a|an|any|our|in|within|of|from|"
    r"is|for|:|mainland|region|western|eastern|northern|central|north|south|east|west|country|like|on|be|"
    r"must be|at least|else|otherwise|possibly|alternatively|even))*$"
)
_PLACED_RIGHT = re.compile(
    r"^(?:(?: ,)? (?:or|and|,) [RJ]\d+)* (?:only|regions?|data ?cent(?:er|re)s?|data residency|residency|soil|"
    r"hosted|hosting|cloud|clouds|"
    r"data (?=only|protection|must|has|may|can|should|residency)|"
    r"based (?:provider|providers|hosting|servers?|regions?|cloud|data ?cent|gpus?|instances?|infrastructure|"
    r"compute)|jurisdiction|servers?|territory|sovereign\w*|providers?|infrastructure|zones?|locations?|compute|"
    r"preferred|(?:would be|would have been|is|was|looks|seems|sounds) (?:preferable|preferred|better|ideal|best|nicer|"
    r"great|fine|good|ok|okay|perfect|also (?:ok|okay|fine|good))|even better|better|instead|rather|"
    r"companies (?:as|only)|borders?|territory|law(?= (?:,|\.|;|applies|and)|$)|jurisdiction|(?:east|"
    r"west) coast|"
    r"instances?|gpus?|please|for (?:data|compliance|legal|gdpr|residency)|"
    r", ?please)(?![^ ])"
)
_SOMEBODY_THERE = re.compile(
    r"(?<![^ ])(?:users?|customers?|people|patients|employees|clients|visitors|team|teams|office|offices|"
    r"company|startup|start up|bank|hospital|hospitals|clinic|firm|agency|we are|we're|i am|are|based|"
    r"headquartered|hq|live|lives|living|operating|operate|shops?|stores?|students|developers|staff|citizens|"
    r"residents|university|farmers|we work|i work|we operate|i live|we live|we sit|audience|subscribers|shoppers|"
    r"factories|plants|branches|analysts|engineers|"
    r"cent(?:er|re)s?|labs?|institutes?|trader|ngo|schools?|chains?|plant|studios?|department|authority|municipality|"
    r"utility|insurer|retailer|publisher|museum|library|courts?|farms?|brand|collective|practice|broadcaster|"
    r"newspaper|"
    r"operator|supplier|manufacturer|freelancer|student|researcher|postdoc|professor|engineer|developer|charity|"
    r"foundation|dept|council|ministry|shop owner|founders?|doctors|players|sales|elections|hospital group|"
    r"companies|law|market|markets|traders)"
    r"(?: (?:mostly|mainly|all|only|out|primarily|located|spread|are|is|who|that|working|active|operating|situated|"
    r"sitting|busy|registered|founded))*(?: (?:in|from|across|of|over|"
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
    r"gpus?|companies (?:as|only)|borders?|law(?= (?:,|\.|;|applies|and)|$))(?![^ ])"
)
_WHOLE_CLAUSE = re.compile(
    r"(?:(?:and|or|in|the|please|so|hence|therefore|only|just|somewhere|anywhere|west|western|central|eastern|east|"
    r"northern|north|"
    r"southern|south|mainland) )*[RJ]\d+"
    r"(?: (?:or|and|only|please|region|east|west|central|north|south|coast|/|[RJ]\d+))*"
)
_DIRECT = re.compile(
    r"(?<![^ ])(?:make it|make that|switch to|change (?:it )?to|go with|prefer|use|what about|how about|insists? on|"
    r"(?:revert|return|back|go(?: back)?|move) to|"
    r"(?:must|has to|have to|should|needs? to|shall) be|means|(?:serv|host|run|operat|deploy|deliver)\w*(?: it|"
    r" everything| that)? "
    r"(?:from|out of)|"
    r"move(?: it| everything)? to|relocate(?: it)? to|(?:put|keep|run|host|deploy|have|need)"
    r"(?: it| everything)? (?:in|on|at))"
    r"(?: (?:in|on|at|to|into|from|inside))?(?: the)?$"
)
_IN = re.compile(
    r"(?<![^ ])(?:in|within|inside|region|location|outside|leave|leaves|leaving|out of|beyond|across|cross|crosses|"
    r"crossing|exit|"
    r"stay|hosted|to|at|or|and|en|residency|:|P\d+|\()"
    r"(?: \w+)? *(?:the )?$"
)
_LOOSE = re.compile(r"(?<![^ ])(?:to|at|or|and|from)(?: the)?$")
_BEFORE_IT = re.compile(
    r"(?<![^ ])(?P<place>[RJ]\d+)(?: ,)? (?:or|and|,)(?: (?:at least|else|otherwise|possibly|"
    r"maybe|even|alternatively))*$"
)
_THERE = re.compile(
    r"(?<![^ ])(?:(?:must|has to|have to|should|needs? to|to|shall|will|can only|may only) (?:be|stay|sit|remain|live|"
    r"run|happen)"
    r"(?: (?:hosted|kept|stored|located|placed|done|processed|only|also|too))*|hosted|host\w*(?: it| everything|"
    r" that)?|keep\w*"
    r"(?: it| everything| data| all)?|stays?|remains?|stored?|located|process\w*(?: it| data)?) "
    r"(?:right |only |also |exactly )*(?:there|in ?country|(?:in|within|inside) (?:the|that|our|their|its|this|"
    r"the same|same) (?:own |same )?"
    r"(?:country|place|jurisdiction))(?![^ ])"
    r"|(?<![^ ])(?:leave|leaves|leaving|exit|cross|outside|outside of|out of) (?:the|that|our|their|its|"
    r"this) (?:country|border|borders)(?![^ ])"
    r"|(?<![^ ])in ?country(?= |$)"
    r"|(?<![^ ])(?:close|near|next|closest|nearest)(?: as possible)? (?:to )?(?:them|our (?:users|customers|players|"
    r"audience)|"
    r"the (?:users|customers|players|audience))(?![^ ])"
)
""" "Our customer is in Qatar, so hosting must be there": the place that was named last."""

_LIST_BEFORE = re.compile(r"[RJ]\d+(?:(?: ,| and| or| /)+ [RJ]\d+)*$")


def referred_to(line: Marked) -> frozenset[str]:
    """The marks of the places that "there" and "the country" stand for: the last one named before, else the next."""
    held: set[str] = set()
    for match in _THERE.finditer(line.text):
        before = list(_PLACE.finditer(line.text, 0, match.start()))
        after = _PLACE.search(line.text, match.end(), match.end() + 30)
        if before:
            listed = _LIST_BEFORE.search(line.text[max(0, before[-1].end() - LOOK_BACK) : before[-1].end()])
            held.update(re.findall(r"[RJ]\d+", listed.group()) if listed else ())
        elif after:
            held.add(after.group())
    return frozenset(held)


def somebody_there(line: Marked, start: int) -> bool:
    """The place at `start` is where people or companies are."""
    return _SOMEBODY_THERE.search(line.text[max(0, start - LOOK_BACK) : start].rstrip()) is not None


def places_in(line: Marked) -> frozenset[str]:
    """The marks of the regions and places that say where it must run."""
    placed: set[str] = set(referred_to(line))
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
