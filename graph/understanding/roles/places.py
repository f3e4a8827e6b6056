"""Where it must run: places and regions that are said of hosting, not of people, companies or languages."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.reading import Home
from domain.workload import Evidence, Location
from graph.understanding.labels.sections import together, word_class
from graph.understanding.labels.tongues import codes
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.mentions.places import ADJECTIVE, TOWN, jurisdiction, members_of
from graph.understanding.roles.chains import PLACES, chains, listed_codes, names_at
from graph.understanding.roles.claim import Claim, Operation, Proposal
from graph.understanding.roles.hardware import OPERATIONS
from graph.understanding.stance.reach import JOINTS
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.tokens import plain

SCORE = 5.0
SOMEBODY = "place somebody"
SITTING = "somebody"
OWNED = "owner"
ACTS_OF = "US"
"""Whose laws those are that are called by name."""
ADJECTIVE_REACH = 2
KEEPING_REACH = 5
NEEDED = frozenset({"need", "needs", "needed", "necessarily"})
WHOLE = "*"
"""Beside a country's code: all of it, not a region."""
OF_ITS_CLAUSE = frozenset({"origin", "somebody", "language", OWNED})
"""What a place before a word says of it only within one clause: "Azure West Europe, users may see their own"."""
WHEREABOUTS, PEOPLE_REACH = frozenset({"in", "from", "across", "at"}), 4
"""Words between people and the place where they are, and how many places behind their number these stand at most."""
TONGUES = frozenset({"in", "into", "from", "speaks", "speaking"})
"""Words before an adjective alone that make it a language: "a chatbot in Polish"."""


def place_proposals(line: Line, stances: Stances, standing: Location) -> Iterator[Proposal]:
    """Jurisdictions and regions; a city means the region of the providers that stand, and "a second site in the US" one
    beside the places that do."""
    providers, stands = standing.providers, bool(standing.jurisdictions or standing.regions)
    uses = _uses(line)
    wanted = [
        name.named[0].name for place, name in line.names
        if name.kind == "provider" and stances.of(place, place) in ("wanted", "asked")
    ]  # fmt: skip
    sellers = tuple(wanted or providers)
    elsewhere = _sellers_elsewhere(line, sellers)
    spoken = listed_codes(line)
    used = tuple((chain, _meant_of(line, chain, uses, spoken)) for chain in chains(line, PLACES))
    if any(_is_a_region(name) and stances.of(place, place) not in UNWANTED for place, name in line.names):
        used = tuple((chain, SITTING if _is_of_towns(line, chain, uses, use) else use) for chain, use in used)
    hoped = _preferred(line, used, uses, stances, standing.jurisdictions)
    for chain, use in used:
        welcome = stands and use in ("", "located") and any("welcome" in uses[place] for place in chain)
        use = "located" if welcome else use
        if any("bound" in uses[place] for place in chain):
            for place in chain:
                uses[place].add("bound")
        meant_all = (
            use == "located" and (len(chain) > 1 or stands) and any("everywhere" in uses[place] for place in chain)
        )
        listed = len(chain) > 1 and any(name.kind == "place" for _, name in names_at(line, chain))
        for place, name in names_at(line, chain):
            claims: tuple[Claim, ...] = ()
            if place in hoped:
                claims = tuple(_hoped_for(line, place, name, sellers))
            elif use == "located" or _is_a_region(name):
                stance = stances.of(place, place)
                of_one = elsewhere and _seller_of(line, place) is not None
                claims = tuple(
                    _claims(
                        line,
                        place,
                        name,
                        sellers,
                        "country" if listed else "union" if of_one else "region",
                        bound=bool(uses[place] & {"there", "bound"}),
                        stance=stance,
                    )
                )
                if meant_all and claims and claims[0].operation == "add":
                    claims += (Claim("location.everywhere", True, line.span(chain[0], chain[-1])),)
            elif use == "origin":
                claims = tuple(_of_makers(line, place, name, stances))
            elif use == OWNED:
                claims = tuple(_of_owners(line, place, name, stances))
            if welcome:
                claims = tuple(replace(one, operation="permit") for one in claims if one.operation == "add")
            if NEEDED & {word.text for word in line.words[max(0, place - KEEPING_REACH) : place]}:
                claims = tuple(  # what need not be there may be
                    replace(one, operation="drop") if one.operation == "exclude" else one for one in claims
                )
            if claims or use in ("somebody", "language"):
                yield Proposal(SOMEBODY if use == "somebody" else f"place {use}", (name,), claims, SCORE)


def _meant_of(line: Line, chain: tuple[int, ...], uses: dict[int, set[str]], spoken: frozenset[int]) -> str:
    """What the places of one list are named for, "" where nothing says; `spoken` are codes of languages."""
    use = _use_of(chain, uses)
    if not use and (_is_all_said(line, chain) or _closes_a_list(line, chain) or _falls_back(line, chain)):
        use = "located"
    said_there = any(uses[place] & {"there", "bound"} for place in chain)
    if use == "located" and not said_there and _is_of_a_language(line, chain):
        use = "language"
    return "language" if spoken.issuperset(chain) else use


def _preferred(
    line: Line, used: Sequence[tuple[tuple[int, ...], str]], uses: dict[int, set[str]], stances: Stances,
    stands: Sequence[str],
) -> frozenset[int]:  # fmt: skip
    """The places that are only hoped for: those within a wider one that is named as what else will do ("France, or at
    least the EU"), or within one that holds and said to be preferred ("the EU, Paris ideally")."""
    named = [(place, use) for chain, use in used if use in ("located", "") for place in chain]
    wanted = [
        (place, use) for place, use in named if stances.of(place, place) not in UNWANTED or "bound" in uses[place]
    ]  # fmt: skip
    bounds = {*(_reach(code) for code in stands), *(_lands(line, place) for place, use in wanted if use)}
    found = set[int]()
    for at, (place, _) in enumerate(wanted):
        inner = _lands(line, place)
        following, use = wanted[at + 1] if at + 1 < len(wanted) else (place, "")
        is_hope = "preferred" in uses[place] and any(inner < bound for bound in bounds)
        if is_hope or (use and inner < _lands(line, following) and _is_failing(line, place, following)):
            found |= {place, *_members_before(line, [before for before, _ in wanted[:at]], place)}
    return frozenset(found)


def _is_of_towns(line: Line, chain: tuple[int, ...], uses: dict[int, set[str]], use: str) -> bool:
    """Towns of which nothing says that it is to run there, whatever preposition they have."""
    told = any(uses[place] & {"there", "bound", "preferred"} for place in chain)
    towns = all(_is_a_town(name) for _, name in names_at(line, chain))
    return use in ("", "located") and towns and not told and len(chain) > 1


def _members_before(line: Line, before: Sequence[int], place: int) -> Iterator[int]:
    """The members of the list that ends at the place, as narrow as it is."""
    for other in reversed(before):
        between = line.words[other + 1 : place]
        if not all(word.text in JOINTS for word in between) or len(_lands(line, other)) > len(_lands(line, place)):
            return
        yield other
        place = other


def _falls_back(line: Line, chain: tuple[int, ...]) -> bool:
    """ "Germany or at least the EU": who says what else will do says where it is to run."""
    between = {word.text for word in line.words[chain[0] + 1 : chain[-1]]}
    return not between.isdisjoint(word_class("location", "failing") - JOINTS)


def _is_failing(line: Line, narrow: int, wide: int) -> bool:
    """One of the words between them says that the wider one will do, too; both are of one sentence."""
    between = line.words[narrow + 1 : wide]
    return line.words[narrow].sentence == line.words[wide].sentence and any(
        word.text in word_class("location", "failing") for word in between
    )


def _lands(line: Line, place: int) -> frozenset[str]:
    """The countries of a place; of a region or a town its country, but not the whole of it."""
    name = line.mentions[place]
    assert isinstance(name, Name)
    codes = {jurisdiction(named.country) if named.country else named.name for named in name.named}
    if name.kind == "region" or name.named[0].family == TOWN:
        return frozenset(codes)
    return frozenset[str]().union(*(_reach(code) for code in codes))


def _reach(code: str) -> frozenset[str]:
    """The countries of a jurisdiction, as a whole."""
    return frozenset({*(members_of(code) or (code,)), WHOLE})


def _hoped_for(line: Line, place: int, name: Name, sellers: Sequence[str]) -> Iterator[Claim]:
    span = line.span(place, place)
    names = [region_named(name, sellers)] if name.kind == "region" else [named.name for named in name.named]
    for one in dict.fromkeys(names):
        yield Claim("location.preferred", one, span, "add")


def _of_makers(line: Line, place: int, name: Name, stances: Stances) -> Iterator[Claim]:
    """Whose models are ruled out: "no Chinese models"; or are the only ones: "European models only"."""
    stance, near = stances.of(place, place), line.clause(place)
    only = any(word.text in word_class("location", "sole") for word in line.words[near[0] : near[1] + 1])
    if stance in UNWANTED or (only and stance == "wanted"):
        for named in name.named:
            operation: Operation = "exclude" if stance in UNWANTED else "add"
            yield Claim("model_origin.allowed", named.name, line.span(place, place), operation)


def _of_owners(line: Line, place: int, name: Name, stances: Stances) -> Iterator[Claim]:
    """Under whose law no seller may be, nor what it runs: "no US-owned clouds"; or under whose all are, and run."""
    span = line.span(place, place)
    for code in {jurisdiction(named.country or named.name) for named in name.named}:
        if stances.of(place, place) in UNWANTED:
            yield Claim("location.owners", code, span, "exclude")
            yield Claim("location.jurisdictions", code, span, "exclude")
        else:
            yield Claim("location.owners", code, span, "add")
            yield Claim("location.jurisdictions", code, span, "add")


def law_proposals(line: Line, stances: Stances) -> Iterator[Proposal]:
    """Laws that reach beyond their country, by their names: who speaks of the CLOUD Act wants to be out of reach."""
    for match in together("location").find(line.words):
        if match.value == "act" and stances.of(match.first, match.last) not in ("background", "asked"):
            span = line.span(match.first, match.last)
            claims = tuple(Claim(f"location.{name}", ACTS_OF, span, "exclude") for name in ("owners", "jurisdictions"))
            yield Proposal("place owner", (), claims, SCORE)


def homes_of(won: Sequence[Proposal], line: Line, turn: int) -> tuple[Home, ...]:
    """Where somebody is said to be: "a bank in Frankfurt", "a Swiss bank"; German calls may be in German anywhere."""
    told = {one for proposal in won if proposal.role == SOMEBODY for one in proposal.mentions}
    return tuple(
        Home(jurisdiction=name.named[0].country or name.named[0].name, said=Evidence(quote=name.written, turn=turn))
        for place, name in line.names
        if name in told and (name.named[0].family != ADJECTIVE or _is_of_an_organisation(line, place))
    )


def _is_of_an_organisation(line: Line, place: int) -> bool:
    near = {word.text for word in line.words[max(0, place - 1) : place + 1 + ADJECTIVE_REACH]}
    return not near.isdisjoint(word_class("location", "organisations"))


def _uses(line: Line) -> dict[int, set[str]]:
    """Place in the line -> what the phrases around it say it is for."""
    uses: dict[int, set[str]] = defaultdict(set)
    last = -1
    names = [place for place, name in line.names if name.kind in PLACES]
    for match in together("location").find(line.words):
        if match.value == "there":
            before = [place for place in names if place < match.first]
            for place in before[-1:] or names[:1]:
                uses[place] |= {"located", "there"}
            continue
        if match.value in OF_ITS_CLAUSE and match.first in names and line.clause(match.first)[1] < match.last:
            continue  # "a bank in Germany, model highly available": no German model
        for place in range(match.first, match.last + 1):
            mention = line.mentions[place]
            if isinstance(mention, Name) and mention.kind in PLACES:
                uses[place].add(match.value)
        last = max(last, match.last)
    for place, figure in line.quantities:
        if figure.noun == "people" and (first := _place_of(line, place)) is not None:
            uses[first].add("somebody")
    return uses


def _place_of(line: Line, people: int) -> int | None:
    """The town in which so many people are, "60 nurses in Lyon", or the first of several places: "9 designers in Tel
    Aviv and Warsaw"."""
    for at in range(people + 1, min(people + PEOPLE_REACH, line.clause(people)[1])):
        named = [one for one in line.mentions[at + 1 : at + 4] if isinstance(one, Name) and one.kind in PLACES]
        if line.words[at].text in WHEREABOUTS and named and named[0] == line.mentions[at + 1]:
            return at + 1 if len(named) > 1 or _is_a_town(named[0]) else None
    return None


def _is_a_town(name: Name) -> bool:
    return name.named[0].family == TOWN or (name.kind == "region" and not _is_a_region(name))


def _use_of(chain: tuple[int, ...], uses: dict[int, set[str]]) -> str:
    """A language or somebody's place is no location, unless it is also said where to host."""
    found = {use for place in chain for use in uses[place]}
    if OWNED in found:
        return OWNED
    if found & {"there", "bound"} and "origin" not in found:
        return "located"
    for use in ("origin", "language", "somebody", "located"):
        if use in found:
            return use
    return ""


def _is_all_said(line: Line, chain: tuple[int, ...]) -> bool:
    """The list stands alone between the signs: "; US or Canada"."""
    first, last = line.clause(chain[0])[0], line.clause(chain[-1])[1]
    return all(
        place in chain
        or word.text in JOINTS
        or word.text in word_class("location", "compass")
        or not word.text[0].isalnum()
        for place, word in enumerate(line.words[first : last + 1], first)
    )


def _closes_a_list(line: Line, chain: tuple[int, ...]) -> bool:
    """ "whisper, 60 live calls eu": it ends its clause, right behind a figure or a name, and no word joins the two."""
    first, last = chain[0], line.clause(chain[-1])[1]
    ends = all(not word.text[0].isalnum() for word in line.words[chain[-1] + 1 : last + 1])
    mention = next((one for one in reversed(line.mentions[line.clause(first)[0] : first]) if one is not None), None)
    return ends and mention is not None and mention.last == line.lasts[first - 1]


def _is_of_a_language(line: Line, chain: tuple[int, ...]) -> bool:
    """ "German only": an adjective that no place to run stands behind."""
    before = line.words[chain[0] - 1].text if chain[0] else ""
    after = line.words[chain[-1] + 1].text if chain[-1] + 1 < len(line.words) else ""
    if not all(name.named[0].family == ADJECTIVE for _, name in names_at(line, chain)):
        return False
    lately = {word.text for word in line.words[max(0, chain[0] - KEEPING_REACH) : chain[0]]}
    spoken = (
        before in TONGUES
        and after not in word_class("location", "hosting")
        and not lately & word_class("location", "keeping")
    )
    listed = _is_listed_with_a_language(line, chain[0]) and after not in word_class("location", "hosting")
    return spoken or listed or after == "only" or not after[:1].isalnum()


def _is_listed_with_a_language(line: Line, place: int) -> bool:
    """ "English and French": the member of the list before it is a language, and no country's."""
    before = [word.text for word in line.words[max(0, place - 2) : place]]
    return len(before) == 2 and before[1] in JOINTS and before[0] in codes()


def _is_a_region(name: Name) -> bool:
    """A region's own name, "eu-central-1", or one with its seller's, "AWS GovCloud", says where whatever stands around
    it."""
    written = name.written.lower()
    with_seller = any(named.provider and written.startswith(f"{named.provider} ") for named in name.named)
    return name.kind == "region" and ("-" in written or written[-1:].isdigit() or with_seller)


def _claims(
    line: Line, place: int, name: Name, sellers: Sequence[str], kept_to: str, *, bound: bool, stance: str
) -> Iterator[Claim]:
    operation = OPERATIONS.get("wanted" if bound or stance == "at_hand" else stance)  # type: ignore[call-overload]
    if operation is None:
        return
    span = line.span(place, place)
    if name.kind == "place":
        for named in name.named:
            yield Claim("location.jurisdictions", named.name, span, operation)
        return
    countries = {named.country for named in name.named if named.country}
    if kept_to != "region" and len(countries) == 1:
        # A city beside a country are alternatives: as region and country both would have to hold. Of several sellers
        # the region of one keeps the others in its country, or in the union.
        country = jurisdiction(countries.pop())
        union = kept_to == "union" and country in members_of("EU")
        yield Claim("location.jurisdictions", "EU" if union else country, span, operation)
        return
    yield Claim("location.regions", region_named(name, sellers), span, operation)
    owners = {named.provider for named in name.named if named.provider}
    written = name.written.lower().replace("-", " ")
    if len(owners) == 1 and min(owners) in written.split():
        yield Claim("location.providers", min(owners), span, operation)  # "AWS GovCloud"


def _sellers_elsewhere(line: Line, sellers: Sequence[str]) -> bool:
    """Of several sellers some have none of the regions that are named: "OVH or AWS Frankfurt"."""
    regions = [(place, name) for place, name in line.names if name.kind == "region"]
    own = {seller for place, _ in regions if (seller := _seller_of(line, place)) is not None}
    of_any = {named.provider for place, name in regions if _seller_of(line, place) is None for named in name.named}
    return bool(own) and not set(sellers) <= own | of_any


def _seller_of(line: Line, place: int) -> str | None:
    """The provider whose name stands right before the region: "AWS Frankfurt"."""
    before = line.mentions[place - 1] if place else None
    return before.named[0].name if isinstance(before, Name) and before.kind == "provider" else None


def region_named(name: Name, sellers: Sequence[str]) -> str:
    """The region's own name when the providers leave one; else the city, which stands for a region at each."""
    offered = sorted({named.name for named in name.named if named.provider in sellers})
    if len(offered) == 1:
        return offered[0]
    form = name.written.lower().replace(" ", "").replace("-", "")
    own = [named.name for named in name.named if named.name.lower().replace("-", "") == form]
    return own[0] if own else plain(name.written).lower()
