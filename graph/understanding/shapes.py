"""GPUs by number and memory: "2x24GB", "8 cards of 80 GB each", "a pair of L40S", "160 GB of VRAM in total"."""

import re
from collections.abc import Iterator

from graph.understanding.claims import Claim
from graph.understanding.hardware import only_spoken_of
from graph.understanding.lexicon import lexicon
from graph.understanding.marked import Marked
from graph.understanding.names import Mention, NameIndex, normal
from graph.understanding.polarity import polarity

MOST_GPUS = 10_000
SMALLEST_CARD_GB, LARGEST_CARD_GB = 4.0, 300.0
"""A memory without its unit is one of a card's."""
_GB = r"(?:gb|gib|gbs|gigs?|gigabytes?|g)"
_CARDS = r"(?:gpus?|gpu s|(?:graphics|video|accelerator) cards?|cards?|accelerators?|boards?|gpu instances?|gpu cards?)"
_ADJ = (
    r"(?:nvidia |amd |way |datacenter |data center |consumer |gaming |modern |identical |separate |dedicated |"
    r"physical |"
    r"big |small |cheap |beefy |of |the |these |those |more |x |\* |tesla |single )*"
)
_VRAM = r"(?:v ?ram|video (?:memory|ram)|gpu (?:memory|ram)|graphics (?:memory|ram)|hbm\w*|gddr\w*|device memory)"
_COUNT = re.compile(rf"(?<![^ ])(?P<n1>N\d+) {_ADJ}(?:(?P<gpu>G\d+)|{_CARDS})(?![^ ])")
_SHAPE = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:x |\* |"
    rf"times )?{_ADJ}(?P<n2>N\d+) {_GB}(?: (?:of )?{_VRAM})?(?: {_ADJ}(?:{_CARDS}|(?P<gpu>G\d+)))?(?![^ ])"
)
_EACH = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:x )?{_ADJ}(?:{_CARDS}|(?P<gpu>G\d+))(?: \()?(?: ,)?(?: (?:with|of|at|having|"
    rf"that have|which have|each with|each having|each of|w /|w|/|@|and|each|,|at least|a minimum of|min|"
    rf"minimum|>|=|around|about|or more))* (?P<n2>N\d+) {_GB}(?: of)?(?: {_VRAM}| memory|"
    rf" ram)?(?: (?P<each>each|apiece|per (?:gpu|card)|a piece|in total|total|combined|altogether))?(?![^ ])"
)
_OF_EACH = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:with|of|at) (?P<n2>N\d+) {_GB}(?: (?:of )?{_VRAM}| memory)? (?P<each>each|"
    rf"apiece|a piece)(?![^ ])"
)
_AFTER = re.compile(r"(?<![^ ])(?P<gpu>G\d+)(?: s)? (?:x|\*|times) ?(?P<n1>N\d+)(?! ?(?:gb|gib|g)(?![^ ]))(?![^ ])")
_NODES = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:nodes?|servers?|machines?|boxes|hosts?|instances?|vms?)(?: (?:clusters?|setup|"
    rf"system|pool|farm))?"
    rf"(?: (?:with|of|each with|"
    rf"having|that have|each having|x|,|each|at))* (?P<n2>N\d+) (?:x )?{_ADJ}(?:{_CARDS}|"
    rf"(?P<gpu>G\d+))(?: (?:each|per node|a node|apiece))?(?![^ ])"
)
_PER_NODE = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:x )?{_ADJ}(?:{_CARDS}|(?P<gpu>G\d+)) (?:nodes?|servers?|machines?|boxes|hosts?|"
    rf"instances?|vms?|box|node|system|cluster|setup|rig|way)(?![^ ])"
)
_NAMED_COUNT = re.compile(
    rf"(?<![^ ])(?P<word>dual|twin|quad|octo?|octa|single|pair of|couple of|lone) {_ADJ}(?:(?P<gpu>G\d+)|"
    rf"{_CARDS})(?![^ ])"
)
_NAMED_COUNTS = {
    "dual": 2,
    "twin": 2,
    "quad": 4,
    "octo": 8,
    "oct": 8,
    "octa": 8,
    "single": 1,
    "lone": 1,
    "pair of": 2,
    "couple of": 2,
}
_IN_BRACKETS = re.compile(
    rf"(?<![^ ])(?:{_CARDS}|(?P<gpu>G\d+)) \( (?:at least |min |minimum |about |x )?(?P<n1>N\d+)(?: (?:\)|,|or more|"
    rf"x))"
)
_BARE_VRAM = re.compile(
    rf"(?<![^ ]){_VRAM}(?: (?:of|is|:|=|at least|min|minimum|>|about))+ (?P<n1>N\d+)(?! (?:{_GB}|%|tb|x|mb|m|k|"
    rf"gpus?|cards?))(?![^ ])"
)
_OF_THEM = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?: of (?:them|those|these)| (?:is|are|will be|would be|should be) enough)(?![^ ])"
)
_COUNT_LABEL = re.compile(
    rf"(?<![^ ])(?:(?:number of|how many|count of)? ?{_CARDS}(?: (?:count|number|qty|quantity|#))?|#"
    rf" (?:of )?{_CARDS}) ?"
    rf"(?:(?::|=)|(?=at least))(?: (?:at least|min|minimum|about))* (?P<n1>N\d+)(?! (?:x |{_GB}|(?:v ?|c)?cpus?|h|"
    rf"hours?|%|[a-z]{{4,}}s)(?![^ ]))(?![^ ])"
)
_COUNT_COLUMN = re.compile(
    r"(?<![^;] )(?<![^; ])(?:count|qty|quantity|number|how many|amount|#) (?::|=) (?P<n1>N\d+)(?= ?(?:;|$))"
)
""" "GPU: H100; count: 4": a column of its own."""
_EACH_SIZE = re.compile(
    rf"(?<![^ ])(?:each (?:one )?(?:(?:with|of|at|having|has|must have|should have|needs?|at least|min|minimum|about|"
    rf"around|:|=) )*(?P<n1>N\d+) {_GB}|(?P<n2>N\d+) {_GB}(?: (?:of )?(?:{_VRAM}|memory))? "
    rf"(?:each|apiece|a piece))(?![^ ])"
)
""" "two GPUs, each at least 40 GB": apart from the cards it is said of."""
_TOTAL_WORDS = (
    r"(?:in total|total|combined|altogether|overall|in all|aggregate|pooled|in sum|summed|across (?:all|the|every|"
    r"both|\w+)(?: \w+)?(?: gpus?| cards)?)"
)
_TOTAL = re.compile(
    rf"(?<![^ ])(?:{_TOTAL_WORDS} (?:of )?(?:{_VRAM}|gpu memory)?(?: (?:of|is|:|=|at least|around|"
    rf"about))* ?(?P<n1>N\d+) {_GB}(?: (?:of )?{_VRAM})?"
    rf"|(?P<n2>N\d+) {_GB} {_TOTAL_WORDS} (?:{_VRAM})|"
    rf"(?P<n3>N\d+) {_GB} (?:of )?{_TOTAL_WORDS}? ?{_VRAM}(?: (?:is needed|needed))? {_TOTAL_WORDS})(?![^ ])"
)
_VRAM_SIZE = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) {_GB}(?: (?:of|or more|or more of|plus|\+|minimum|min|at least))* {_VRAM}"
    rf"|(?P<n2>N\d+) {_GB}(?: (?:or more|plus|\+|class|or larger|or bigger|nvidia|big|memory|per|each|"
    rf"a))* (?:{_CARDS}|(?P<gpu>G\d+))"
    rf"|(?:{_VRAM})(?: (?:of|is|:|=|at least|min|minimum|should be|must be|per gpu|per card|requirement|needs?|"
    rf"to be|around|about|>|size))* (?P<n3>N\d+) {_GB}"
    rf"|(?:{_CARDS})(?: (?:with|of|having|that has|that have|has|have|must have|should have|needs?|at least|"
    rf"a minimum of|minimum|min|around|about|more than|each|memory|>|=|which has|"
    rf":))+ (?P<n4>N\d+) {_GB}(?: (?:of )?(?:{_VRAM}|memory|ram))?"
    rf"|(?:anything|something|one|whatever)(?: (?:with|has|of|that|at least|over|above))+ (?P<n6>N\d+) {_GB}"
    rf"|(?P<n5>N\d+) {_GB} (?:per|a|each) (?:gpu|card))(?![^ ])"
)
_BESIDE_NAME = re.compile(
    rf"(?<![^ ])(?P<gpu>G\d+)(?: s)?(?: (?:\(|with|of|,|at|:|in the|the|-))* ?(?P<n1>N\d+) {_GB}(?: (?:\)|each|"
    rf"{_VRAM}|version|variant|of {_VRAM}|memory))?(?![^ ])"
)
_BARE_BESIDE_NAME = re.compile(
    r"(?<![^ ])(?P<gpu>G\d+)(?: s)? (?P<n1>N\d+)(?= (?:[,.;)]|on|at|in|for|with|and|or)(?![^ ])|$)"
)
""" "4x A100 80": a figure that is the memory of one of the card's variants."""
_CARDS_NAMED = re.compile(rf"(?<![^ ])(?:{_CARDS}|G\d+)(?![^ ])")
_STORED = re.compile(r"(?<![^ ])(?:data\w*|files?|disks?|ssds?|nvme|storage|ram|videos?|scans?|documents?)(?![^ ])")
_AT_MOST = re.compile(
    r"(?<![^ ])(?:at most|max|maximum|up to|<|< =|no more than|not more than|fewer than|less than|under|below|"
    r"limit of|limited to|only have|already have|currently (?:have|use|run)|not|no need for|instead of|"
    r"rather than)(?: (?:of|a|the|use|need|want|have|than|our|about))*$"
)
_MORE_THAN = re.compile(r"(?<![^ ])(?:more than|over|above)$")
_SHORT_SHAPE = re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:x|\*) (?P<n2>N\d+)(?= (?:gpus?|cards?|vram))")


def gpu_claims(line: Marked, index: NameIndex, standing: bool) -> Iterator[Claim]:
    """Counts and memories of GPUs. `standing`: some were asked for before, so "only 2 of them" is about them."""
    for match in line.free(_NODES):
        yield from _count(line, match, line.number(match, "n1").low * line.number(match, "n2").low)
    for pattern in (_EACH, _OF_EACH, _SHAPE):
        for match in line.free(pattern):
            if pattern is _SHAPE and not _is_a_shape(line, match):
                continue
            whole = "each" in match.groupdict() and (match.group("each") or "") in (
                "in total",
                "total",
                "combined",
                "altogether",
            )
            yield from _memory(
                line, match, line.number(match, "n2").low, "min_total_vram_gb" if whole else "min_vram_gb"
            )
            yield from _count(line, match, line.number(match, "n1").low)
    for match in line.free(_BESIDE_NAME):
        yield from _memory(line, match, line.number(match, "n1").low, "min_vram_gb")
    for match in line.free(_BARE_BESIDE_NAME):
        gigabytes = line.number(match, "n1").low
        named = line.mention(match, "gpu").named[0]
        if any(variant.memory_gb == gigabytes for variant in index.gpu_variants.get(named.family or named.name, ())):
            yield from _memory(line, match, gigabytes, "min_vram_gb")
    for match in line.free(_TOTAL):
        yield from _memory(line, match, _only_number(line, match), "min_total_vram_gb")
    for match in line.free(_VRAM_SIZE):
        yield from _memory(line, match, _only_number(line, match), _field_of(line, match))
    for match in line.free(_BARE_VRAM):
        number = line.number(match, "n1")
        if SMALLEST_CARD_GB <= number.low < LARGEST_CARD_GB and not number.magnitude:
            yield from _memory(line, match, number.low, "min_vram_gb")
    for match in line.free(_EACH_SIZE):
        sentence = line.text[line.sentence(*match.span())[0] : match.start()]
        if _CARDS_NAMED.search(sentence) and not _STORED.search(line.text[slice(*line.clause(*match.span()))]):
            yield from _memory(line, match, _only_number(line, match), "min_vram_gb")
    for pattern in (_AFTER, _PER_NODE, _COUNT, _IN_BRACKETS, _COUNT_LABEL):
        for match in line.free(pattern):
            yield from _count(line, match, line.number(match, "n1").low)
    if _CARDS_NAMED.search(line.text):
        for match in line.free(_COUNT_COLUMN):
            yield from _count(line, match, line.number(match, "n1").low)
    if (standing or re.search(r"(?<![^ ])(?:G\d+|gpus?|cards?)(?![^ ])", line.text)) and not re.search(
        rf"(?<![^ ]){lexicon().user_nouns}(?![^ ])", line.text
    ):
        for match in line.free(_OF_THEM):
            yield from _count(line, match, line.number(match, "n1").low)
    for match in _NAMED_COUNT.finditer(line.text):
        if _asked_for(line, *match.span()):
            yield Claim("gpu.min_count", _NAMED_COUNTS[match.group("word")], line.span(match))


def variant_for(mention: Mention, memory_gb: float | None, index: NameIndex) -> str:
    """The catalogue's name for the card: the variant that the memory said leaves, else the family.

    "H100 80GB" leaves several variants, whatever one of them is also called: it stays the family, with its memory.
    """
    named = mention.named[0]
    family = named.family or named.name
    variants = index.gpu_variants.get(family, ())
    in_name = re.fullmatch(rf"{normal(family)}(\d+)(?:gb|g)", normal(mention.written))
    if in_name:
        memory_gb = float(in_name.group(1))
    elif named.exact:
        return named.name
    fitting = [variant.name for variant in variants if memory_gb is not None and variant.memory_gb == memory_gb]
    own = [name for name in fitting if memory_gb is not None and normal(name) == normal(f"{family}{memory_gb:g}gb")]
    if len(variants) > 1 and own:
        return own[0]
    return fitting[0] if len(fitting) == 1 and len(variants) > 1 else family


def memories_beside(line: Marked) -> dict[str, float]:
    """ "A100 (80 GB)", "80 GB A100": the memory said with each name, by the name's mark."""
    memories: dict[str, float] = {}
    after = ((_BESIDE_NAME, "n1"), (_BARE_BESIDE_NAME, "n1"))
    for pattern, group in ((_VRAM_SIZE, "n2"), (_SHAPE, "n2"), (_EACH, "n2"), *after):
        for match in pattern.finditer(line.text):
            mark = match.groupdict().get("gpu")
            if mark and match.group(group):
                memories[mark] = line.number(match, group).low
    return memories


def _is_a_shape(line: Marked, match: re.Match[str]) -> bool:
    """ "2 x 24 GB" with or without the word GPU; "2 24 GB" only with it."""
    words = match.group()
    return " x " in words or " * " in words or re.search(rf"(?:{_CARDS}|G\d+|{_VRAM})$", words) is not None


def _only_number(line: Marked, match: re.Match[str]) -> float:
    group = next(name for name, value in sorted(match.groupdict().items()) if name.startswith("n") and value)
    return line.number(match, group).low


def _field_of(line: Marked, match: re.Match[str]) -> str:
    after = line.text[match.end() :]
    return "min_total_vram_gb" if re.match(rf" (?:is )?(?:needed )?{_TOTAL_WORDS}(?![^ ])", after) else "min_vram_gb"


def _memory(line: Marked, match: re.Match[str], gigabytes: float, field: str) -> Iterator[Claim]:
    line.spend(match)
    if _asked_for(line, *match.span()) and 0 < gigabytes < 1e6:
        yield Claim(f"gpu.{field}", gigabytes, line.span(match))


def _count(line: Marked, match: re.Match[str], count: float) -> Iterator[Claim]:
    before = line.text[: match.start()].rstrip()
    gpu = match.groupdict().get("gpu")
    if (
        not float(count).is_integer()
        or not 1 <= count <= MOST_GPUS
        or line.numbers[int(match.group("n1")[1:])].magnitude
    ):
        return
    line.spend(match)
    if _AT_MOST.search(before) or not _asked_for(line, *match.span()):
        return
    if gpu is not None and not _asked_for(line, *_span_of(match, "gpu")):
        return
    if re.match(r" (?:max|maximum|at most|tops|or (?:less|fewer)|at the most)(?![^ ])", line.text[match.end() :]):
        return
    if re.match(r" (?:hours?|hrs?|h)(?![^ ])", line.text[match.end() :]):
        return  # "500 GPU hours"
    yield Claim("gpu.min_count", int(count) + (1 if _MORE_THAN.search(before) else 0), line.span(match))


def _asked_for(line: Marked, start: int, end: int) -> bool:
    return polarity(line, start, end) == "want" and not only_spoken_of(line, start, end)


def _span_of(match: re.Match[str], group: str) -> tuple[int, int]:
    return match.start(group), match.end(group)
