"""What the names in a turn ask for: GPUs, models, providers, places, charts, each wanted, ruled out or taken back."""

import re
from collections.abc import Iterator, Sequence

from domain.workload import RequestedModel
from graph.understanding.claims import Claim, Operation
from graph.understanding.groups import group_claims, let_off
from graph.understanding.hardware import only_spoken_of
from graph.understanding.lexicon import lexicon
from graph.understanding.marked import LETTERS, Marked
from graph.understanding.names import Mention, NameIndex, name_rules, normal
from graph.understanding.permission import permitted
from graph.understanding.places import places_in, referred_to, somebody_there
from graph.understanding.polarity import LOOK_BACK, Polarity, polarity
from graph.understanding.shapes import memories_beside, variant_for

_MARK = re.compile(r"(?<![^ ])(?P<letter>[GMPRJC])(?P<index>\d+)(?![^ ])")
_OPERATIONS: dict[Polarity, Operation] = {
    "want": "add", "exclude": "exclude", "withdraw": "withdraw", "replace": "drop",
}  # fmt: skip
_EXISTING = re.compile(
    r"(?<![^ ])(?:existing|already (?:have|use|using|run|running|got|on)|our current|we have|stored in|"
    r"lives? in|data (?:is )?in|sits? in|from (?:our|a|the|my))(?: (?:a|an|the|our|my|in|on|existing|current|"
    r"have|own))*$"
    r"|(?<![^ ])(?:existing|in place|already (?:there|running|installed|have)|available|current(?:ly)?)(?: \w+)? (?::|"
    r"=)$"
)
_IN_PLACE = re.compile(
    r"^ (?:is |are )?(?:already (?:there|in place|running|installed|set up|deployed|exists?|available)|in place|"
    r"exists)(?![^ ])|^ already(?= [.,;!)]|$)"
)
_IN_A_LIST_OF_PLACES = re.compile(r"(?<![^ ])(?:J\d+(?: ,)? (?:or|and|,) R\d+|R\d+(?: ,)? (?:or|and|,) J\d+)(?![^ ])")
"""A city beside a country are alternatives: as a region and a jurisdiction both would have to hold."""
_BUT_THERE = re.compile(
    r"(?<![^ ])(?:not|no|except|excluding|but|without|minus|bar|apart from|other than|besides|nor|or|and|,)"
    r"(?: (?:in|the|for|on|not|at|J\d+|,|or|and|nor))*$"
)
""" "the EU, but not Germany", whatever else is said there."""
_LEAVE = re.compile(
    r"(?<![^ ])(?:not|never|no|can not|may not|must not|without)(?: \w+){0,4} (?:leave|leaves|leaving|outside|"
    r"outside of|exit|out of|beyond|across|cross)(?: (?:the|of|our))*$|(?<![^ ])(?:outside|outside of|leave|leaves|"
    r"leaving|exits?|cross(?:es|ing)?|out of|beyond|across)(?: (?:the|of))*$"
)


def named_claims(line: Marked, index: NameIndex, providers: Sequence[str], sizes: dict[int, float]) -> Iterator[Claim]:
    """Every name with its polarity; a city becomes the region of `providers` (those that stand) that it stands for."""
    marks = list(_MARK.finditer(line.text))
    memories, placed, bound = memories_beside(line), places_in(line), referred_to(line)
    polarities = {match.group(): polarity(line, *match.span()) for match in marks}
    wanted = [
        line.mentions[int(match.group("index"))].named[0].name
        for match in marks
        if match.group("letter") == LETTERS["provider"] and polarities[match.group()] == "want"
    ]
    yield from group_claims(line)
    spared = let_off(line)
    for match in marks:
        mention, found = line.mentions[int(match.group("index"))], polarities[match.group()]
        match match.group("letter"):
            case "G":
                if found == "want" and only_spoken_of(line, *match.span()):
                    continue
                yield from _of(
                    line, match, found, "gpu.models", variant_for(mention, memories.get(match.group()), index)
                )
                yield from _memory_in_name(line, match, found, mention, index)
            case "P" if match.group() in spared:
                continue
            case "P":
                yield from _of(line, match, found, "location.providers", mention.named[0].name)
            case "C":
                existing = _is_in_place(line, match)
                yield from _of(line, match, "replace" if existing else found, "components.wanted", _chart(mention))
            case "M":
                size_b = sizes.get(int(match.group("index")), mention.size_b)
                if size_b is None and mention.named[0].exact and re.search(r"\dx\d", normal(mention.written)):
                    size_b = mention.named[0].params_b  # "8x7B": only the catalogue knows how many that makes
                yield from _of(line, match, found, "models", RequestedModel(name=mention.written, params_b=size_b))
                if found == "want":
                    yield from _precision_in_name(line, match, mention)
            case "R":
                countries = {named.country for named in mention.named if named.country}
                if (
                    _IN_A_LIST_OF_PLACES.search(line.text[max(0, match.start() - 30) : match.end() + 30])
                    and len(countries) == 1
                ):
                    yield from _of(line, match, found, "location.jurisdictions", _jurisdiction(countries.pop()))
                elif match.group() in placed and not _said_before(line, match):
                    yield from _of(line, match, found, "location.regions", _region(mention, wanted or providers))
                    sellers = {named.provider for named in mention.named if named.provider}
                    if len(sellers) == 1 and normal(min(sellers)) in normal(mention.written):
                        yield from _of(line, match, found, "location.providers", min(sellers))  # "AWS GovCloud"
            case _:
                left_out = found == "exclude" and _BUT_THERE.search(_before(line, match))
                named_alone = not somebody_there(line, match.start())
                named_alone &= mention.written.lower() not in name_rules().demonyms
                let_in = named_alone and permitted(line, *match.span())
                if match.group() in placed or left_out or let_in:
                    stays = match.group() in bound or _LEAVE.search(line.text[: match.start()].rstrip())
                    for place in mention.named:
                        yield from _of(line, match, "want" if stays else found, "location.jurisdictions", place.name)


def _before(line: Marked, match: re.Match[str]) -> str:
    """The words before a name that can bear on it."""
    return line.text[max(0, match.start() - LOOK_BACK) : match.start()].rstrip()


def _said_before(line: Marked, match: re.Match[str]) -> bool:
    """The city of the region just named: "eu-central-1 (Frankfurt)"."""
    before = re.search(r"R(\d+) (?:\(|,|/|=|i e|in)$", _before(line, match))
    if before is None:
        return False
    regions = [{named.name for named in line.mentions[int(index)].named} for index in (before[1], match.group("index"))]
    return bool(regions[0] & regions[1])


def _is_in_place(line: Marked, match: re.Match[str]) -> bool:
    """A component that is there already; of a list, as the others of it are."""
    left = re.sub(
        r"(?: C\d+(?: s)?(?: ,| and| or| \+| /)*)+$",
        "",
        " " + _before(line, match),
    )
    right = re.sub(r"^(?:(?: ,| and| or| \+| /)+ C\d+(?: s)?)+", "", line.text[match.end() : match.end() + LOOK_BACK])
    return _IN_PLACE.match(right) is not None or _EXISTING.search(left) is not None


def _jurisdiction(country: str) -> str:
    """The code that places go by: "UK", not the ISO code."""
    return "UK" if country == "GB" else country


def _of(
    line: Marked, match: re.Match[str], found: Polarity, field: str, value: str | RequestedModel
) -> Iterator[Claim]:
    if field != "models" and found in ("want", "withdraw") and permitted(line, *match.span()):
        yield Claim(field, value, line.span(match), "permit")
    elif found in _OPERATIONS:
        yield Claim(field, value, line.span(match), _OPERATIONS[found])


def _memory_in_name(
    line: Marked, match: re.Match[str], found: Polarity, mention: Mention, index: NameIndex
) -> Iterator[Claim]:
    """ "A100 80GB" names a variant and says how much memory is wanted."""
    named = mention.named[0]
    said = re.search(r"(\d+) ?-?(?:gb|g)\b", mention.written.lower())
    if found == "want" and said and named.memory_gb == float(said.group(1)):
        yield Claim("gpu.min_vram_gb", named.memory_gb, line.span(match))


def _precision_in_name(line: Marked, match: re.Match[str], mention: Mention) -> Iterator[Claim]:
    """ "Qwen2.5-32B-Instruct-AWQ" says how it is quantised."""
    words = " ".join(re.findall(r"[a-z]+\d*", mention.written.lower()))
    for rule in lexicon().precision:
        if rule.pattern.search(words):
            yield Claim("precision", rule.value, line.span(match))
            return


def _chart(mention: Mention) -> str:
    """The chart's name; the user's own word where it is only a part of it ("ray" of kuberay-operator)."""
    written = mention.written.lower()
    names = [named.name for named in mention.named]
    for name in names:
        if normal(name) == normal(written):
            return name
    if normal(written) in normal(names[0]) and not normal(names[0]).startswith(normal(written)):
        return written
    return names[0]


def _region(mention: Mention, providers: Sequence[str]) -> str:
    """The region's own name when the providers leave one; else the city, which stands for a region at each."""
    offered = sorted({named.name for named in mention.named if named.provider in providers})
    if len(offered) == 1:
        return offered[0]
    own = [named.name for named in mention.named if normal(named.name) == normal(mention.written)]
    return own[0] if own else mention.written.lower()
