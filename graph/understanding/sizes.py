"""Sizes and counts of what is worked on: bytes, items, things."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.understanding.claims import Claim
from graph.understanding.hardware import only_spoken_of
from graph.understanding.host import GPU_WORDS, host_claims
from graph.understanding.lexicon import MEDIUM, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

_GB_PER = {"k": 1e-6, "m": 1e-3, "g": 1.0, "t": 1e3, "p": 1e6}
_BINARY = {"ki": 1.024e3 / 1e9, "mi": 1.048576e-3, "gi": 1.073741824, "ti": 1.099511627776e3, "pi": 1.125899906842624e6}
_BYTES = r"(?P<unit>[kmgtp]i?b|[kmgtp]i?bytes?|(?:kilo|mega|giga|tera|peta)bytes?|gigs?|teras?|gbs|tbs|t)"
_SIZE = re.compile(rf"(?<![^ ])(?P<n1>N\d+) {_BYTES}(?![^ ])")
_NOT_DATA = re.compile(
    r"(?<![^ ])(?:disks?|ssds?|nvme|volumes?(?! of)|storage|weights?|checkpoints?|container|bandwidth|network|"
    r"egress|ingress|uploads?|downloads?|/ s|per second|gbps|model size|file size|each(?! (?:day|night|week|"
    r"month|quarter|year))|swap|cache|bucket|boot|"
    r"l2|shared memory)(?![^ ])"
)
_DATA = re.compile(
    r"(?<![^ ])(?:data|datasets?|corpus|corpora|files?|records|logs?|archive|collection|library|recordings|"
    r"worth|history|lake|warehouse|dump|of|training set|database|tables?|monorepo|repos?|repository|"
    r"repositories|codebase|code|csvs?|have|got|over)(?![^ ])"
)
_NAMED_DATA = re.compile(
    r"^ (?!(?:and|or|on|in|with|for|at|to|per|each|is|are|total|minimum|min|max|maximum|ram|memory|vram|gpus?|"
    r"cards?|would|should|will|of|the|a|an|if|but|please|enough|required|needed|plus|free|left|instance|"
    r"instances|nodes?|machines?|model|weights)(?![^ ]))[a-z]{3,}"
)
_KINDLESS = re.compile(r" (?:volumes|samples|examples|studies|cases|items|files|slices)$")
_PAGES = re.compile(r"N\d+ (?:page|hour|minute|word|line)(?![^ ])")
_MEMORY_TALK = re.compile(r"(?<![^ ])(?:v?ram|memory|disks?|ssds?|nvme|storage|hbm\w*|checkpoints?|weights?)(?![^ ])")
LARGEST_CARD_GB = 300.0
"""Above the nominal memory of the largest accelerator sold (288 GB)."""
_MODALITY_WINDOW = 60
_CARDS_LAST = re.compile(
    r"(?<![^ ])(?:gpus?|cards?|G\d+)(?: (?:or|and) (?:bigger|better|larger|similar|more|up|newer))?$"
)
_NEEDED = re.compile(
    r"(?<![^ ])(?:want|need|needs|require|rather|at least|minimum|prefer|like|so)(?: (?:at least|about|like|more|a))*$"
)
_VRAM_TALK = re.compile(r"(?<![^ ])(?:v ?ram|gpus?|cards?|G\d+|out of memory|oom\w*)(?![^ ])")
_WORKED_ON = re.compile(r"(?<![^ ])(?:on|from|over|with)(?: (?:about|around|roughly|some|our|~))*$")


def size_claims(line: Marked) -> Iterator[Claim]:
    """Host memory and cores, then whatever bytes are left: the dataset's."""
    yield from host_claims(line)
    for match in line.free(_SIZE):
        yield from _dataset(line, match)


def _dataset(line: Marked, match: re.Match[str]) -> Iterator[Claim]:
    opens, closes = line.clause(*match.span())
    after = line.text[match.end() : min(closes, match.end() + 40)]
    near = line.text[max(opens, match.start() - 40) : match.start()] + after
    unit = match.group("unit")
    line.spend(match)
    if only_spoken_of(line, *match.span()) and _MEMORY_TALK.search(line.text):
        return
    if re.match(r" (?:/|per) ?(?:s|second|sec|day|month)?", after) or negated(line, *match.span()):
        return
    if (_modality_after(line, match) is None and _NOT_DATA.search(after)) or (
        _NOT_DATA.search(near) and not _DATA.search(after)
    ):
        return
    named_data = _NAMED_DATA.match(after) is not None
    if unit.startswith("g") and not (named_data or _DATA.search(near) or _modality_after(line, match)):
        if GPU_WORDS.search(line.text[opens:closes]):
            yield Claim("gpu.min_vram_gb", line.number(match, "n1").low, line.span(match), strength=MEDIUM)
            return
        if _needed_memory(line, match, opens):
            yield Claim("gpu.min_vram_gb", line.number(match, "n1").low, line.span(match), strength=MEDIUM)
            return
        kind = _kind_nearby(line, match)
        if kind is None and re.search(
            r"(?<![^ ])(?:data|datasets?|dumps?|corpus|archive|exports?|database|logs|wiki|files|footage|collection|"
            r"library|share|folder|sharepoint|docs|"
            r"history)(?= [^.]*$)",
            line.text[line.sentence(*match.span())[0] : match.start()],
        ):
            yield Claim("dataset.size_gb", line.number(match, "n1").high, line.span(match))
            return
        words = re.sub(
            r"(?<![^ ])(?:about|around|roughly|approx|ca|total|in total|some|overall|\W+)(?![^ ])",
            "",
            line.text[opens:closes],
        )
        alone = words.strip() == match.group().strip() or (
            _too_large_for_a_card(line, match)
            and _WORKED_ON.search(line.text[opens : match.start()].rstrip()) is not None
        )
        if alone and _beside_cards(line, match, opens):
            yield Claim("gpu.min_vram_gb", line.number(match, "n1").low, line.span(match), strength=MEDIUM)
            return
        if not alone or (kind is None and not _counted_nearby(line, match) and not _too_large_for_a_card(line, match)):
            return
        if kind is not None:
            yield Claim("dataset.modality", kind, line.span(match))
    if re.search(r"(?<![^ ])(?:model|M\d+)(?: (?:is|of|file|weighs|size))*$", line.text[opens : match.start()].strip()):
        return
    yield Claim("dataset.size_gb", round(line.number(match, "n1").high * _gigabytes(unit), 6), line.span(match))
    yield from _modality(line, match)


def _needed_memory(line: Marked, match: re.Match[str], opens: int) -> bool:
    """ "24 GB of VRAM was too little, we need 48 GB": of the memory that is spoken of before."""
    before = line.text[line.sentence(*match.span())[0] : opens]
    asked = _NEEDED.search(line.text[opens : match.start()].rstrip()) is not None
    return asked and line.number(match, "n1").high < LARGEST_CARD_GB and _VRAM_TALK.search(before) is not None


def _beside_cards(line: Marked, match: re.Match[str], opens: int) -> bool:
    """ "3x L40S or bigger, 48 GB": no more than a card has, right after the cards."""
    before = line.text[line.sentence(*match.span())[0] : opens].rstrip(" ,(")
    return line.number(match, "n1").high < LARGEST_CARD_GB and _CARDS_LAST.search(before) is not None


def _kind_nearby(line: Marked, match: re.Match[str]) -> str | None:
    """ "3D CT volumes, 800 GB": the kind of data named elsewhere in the sentence."""
    words = line.text[slice(*line.sentence(*match.span()))]
    return next((rule.value for rule in lexicon().modality if rule.pattern.search(words)), None)


def _too_large_for_a_card(line: Marked, match: re.Match[str]) -> bool:
    """A size said on its own that no GPU has, in a turn without any talk of memory or disks."""
    return line.number(match, "n1").high >= LARGEST_CARD_GB and not _MEMORY_TALK.search(line.text)


def _counted_nearby(line: Marked, match: re.Match[str]) -> bool:
    """ "1,200 volumes, 300 GB": the size of what was counted just before."""
    opens = line.sentence(*match.span())[0]
    return (
        re.search(rf"N\d+ (?:\w+ )?{lexicon().item_nouns} , (?:\w+ )?$", line.text[opens : match.start()]) is not None
    )


def _gigabytes(unit: str) -> float:
    return (
        _BINARY.get(unit[:2], _GB_PER[unit[0]])
        if unit[1:2] == "i" and unit not in ("gigs", "gig") and unit[:4] != "giga"
        else _GB_PER[unit[0]]
    )


def item_claims(line: Marked) -> Iterator[Claim]:
    """How many things the dataset holds: "50k images", "two million documents"."""
    pattern = re.compile(
        rf"(?<![^ ])(?P<n1>N\d+)(?: (?!(?:in|for|per|a|an|and|or|to|on|with|x|gb|words|tokens|characters|lines|"
        rf"concurrent|different|"
        rf"hours?|hrs?|h|days?|seconds?|secs?|minutes?|mins?|page|/)(?![^ ]))(?:q & a|"
        rf"[\w'/-]+)){{0,4}}?(?: of)?(?: (?!(?:in|for|"
        rf"per|and|or|to|on|with|"
        rf"seconds?|secs?|minutes?|mins?|hours?|hrs?|h)(?![^ ]))[\w'-]+){{0,2}}? {lexicon().item_nouns}(?![^ ])"
    )
    for match in line.free(pattern):
        number = line.number(match, "n1")
        if re.match(
            r" (?:/|per|a|an|each|every) (?:second|sec|s|minute|min|hour|day|week|month|user|request)",
            line.text[match.end() :],
        ):
            continue
        if (
            number.high < 2
            or number.high != int(number.high)
            or _in_a_name(line, match)
            or (match.group().endswith(" pages") and _LONG_DOCUMENT.search(line.text[: match.start()].rstrip()))
            or _PAGES.match(line.text[match.start() :])
            or negated(line, *match.span())
        ):
            continue
        line.spend(match)
        yield Claim("dataset.items", int(number.high), line.span(match))
        yield from _modality(line, match)


def _in_a_name(line: Marked, match: re.Match[str]) -> bool:
    """The figure of "Sentinel-2 tiles" or "COVID-19 scans" counts nothing."""
    return re.search(r"[^\W\d_]{3,}[-‑–]$", line.raw[: line.span(match).start]) is not None


def counted_claims(line: Marked) -> Iterator[Claim]:
    """ "IMDB reviews (50k)", and whatever is trained or run on: "fine-tune on 30 selfies"."""
    for pattern in (_bracketed(), _LEARNT_FROM):
        for match in line.free(pattern):
            number = line.number(match, "n1")
            things = match.groupdict().get("things") or ""
            if number.high < 2 or number.high != int(number.high) or _NOT_THINGS.fullmatch(things):
                continue
            if negated(line, *match.span()) or re.search(lexicon().user_nouns, things):
                continue
            line.spend(match)
            yield Claim("dataset.items", int(number.high), line.span(match), strength=MEDIUM)


@lru_cache
def _bracketed() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![^ ]){lexicon().item_nouns} \( (?:about |around |approx |~ |ca )*(?P<n1>N\d+)(?= (?:\)|,|total))"
    )


_LEARNT_FROM = re.compile(
    r"(?<![^ ])(?:train|fine ?tun|finetun|learn|adapt|tun|lora|dreambooth|distil|run|predict|infer|appl)\w*"
    r"(?: (?!N\d)[\w'/.-]+){0,9}"
    r" (?:on|with|from|over|using|of) (?:about |around |roughly |some |our |the |my |~ )*(?P<n1>N\d+) "
    r"(?:(?!(?:and|or|per|a|in|for|to|of|on|with|x)(?![^ ]))[a-z]{3,} ){0,2}(?P<things>[a-z]{3,}s)"
    r"(?! (?:/|per|each|every) )(?![^ ])"
)

_LONG_DOCUMENT = re.compile(
    r"(?<![^ ])(?:docs?|documents?|contracts?|pdfs?|reports?|files?|briefs?|filings?|manuals?|papers?)"
    r"(?: (?:of|up to|with|are|is|have|has|averaging|average|avg|:|~|can be|about|around|usually|typically|often|"
    r"some|long))+$"
)
""" "documents of up to 100 pages": how long they are, not how many."""
_THINGS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:(?!(?:and|or|per|a|in|for|to|of|on|with|x)(?![^ ]))[a-z]{3,} )?"
    r"(?P<things>[a-z]{3,}s)(?! (?:/|per|a|each|every) )(?![^ ])"
)
_NOT_THINGS = re.compile(
    r"(?:tokens|params|parameters|seconds|minutes|hours|days|weeks|months|years|gpus|cards|steps|lines|words|miles|"
    r"streams|threads|requests|queries|simulations|agents|dollars|euros|pounds|cores|cpus|epochs|times|ops|flops|"
    r"characters|pixels|views|hits|gigs|sessions|reads|writes|nodes|machines|servers|instances|boxes|hosts|layers|"
    r"classes|categories|labels|languages|channels|points|percents?|bits|bytes|gigabytes|terabytes|replicas|workers|"
    r"processes|jobs|runs|tasks|regions|zones|providers|clouds|models|experts|heads|gbs|tbs|rounds|iterations|"
    r"updates|"
    r"environments|envs|countries|cities|sites|stores|shops|cameras|accelerators|tpus|vms|pods|containers|clusters|"
    r"features|columns|dimensions|dims|parts|phases|stages|variants|versions|others|seats|licen[cs]es|"
    r"devices|sensors|phones|stations|rooms|turbines|microphones|robots|drones|vehicles|trucks|simulations)"
)
MANY, MOST = 100_000, 10_000_000_000
"""A count this large of anything is taken for the size of the dataset."""


def thing_claims(line: Marked) -> Iterator[Claim]:
    """ "3M recipes", "750k court rulings": a great many of whatever no other grammar counts."""
    for match in line.free(_THINGS):
        number = line.number(match, "n1")
        if (
            not MANY <= number.high <= MOST
            or _NOT_THINGS.fullmatch(match.group("things"))
            or negated(line, *match.span())
        ):
            continue
        line.spend(match)
        yield Claim("dataset.items", int(number.high), line.span(match), strength=MEDIUM)
        yield from _modality(line, match)


def _modality(line: Marked, match: re.Match[str]) -> Iterator[Claim]:
    found = _modality_after(line, match) or (_kind_nearby(line, match) if _KINDLESS.search(match.group()) else None)
    if found:
        yield Claim("dataset.modality", found, line.span(match))


def _modality_after(line: Marked, match: re.Match[str]) -> str | None:
    """The kind of data named in or right after the match; the most specific kind wins."""
    closes = line.clause(*match.span())[1]
    words = line.text[match.start() : min(closes, match.end() + _MODALITY_WINDOW)]
    verb = re.search(r" (?:to|for|and|with|on|in|from|that|which|so|into|using) ", words[match.end() - match.start() :])
    if verb:
        words = words[: match.end() - match.start() + verb.start()]
    for rule in lexicon().modality:
        if rule.pattern.search(words):
            return rule.value
    return None


def dataset_kind_claims(line: Marked) -> Iterator[Claim]:
    """ "a dataset of chest X-rays", "our image dataset": the kind of data without its size."""
    for match in re.finditer(
        r"(?<![^ ])(?:datasets?|corpus|archive|collection|library|hours|data ?lake|terabytes|gigabytes|millions|"
        r"thousands) (?:of|with|containing|full of|) ?(?:[\w'-]+ ?){1,5}|(?<![^ ])[\w-]+ (?:dataset|corpus|"
        r"archive)(?![^ ])",
        line.text,
    ):
        for rule in lexicon().modality:
            found = rule.pattern.search(match.group())
            if found:
                yield Claim("dataset.modality", rule.value, line.span(match), strength=MEDIUM)
                break
