"""Sizes and counts of what is worked on: dataset, items, parameters, host memory and cores, tokens."""

import re
from collections.abc import Iterator

from domain.workload import RequestedModel
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

_GB_PER = {"k": 1e-6, "m": 1e-3, "g": 1.0, "t": 1e3, "p": 1e6}
_BINARY = {"ki": 1.024e3 / 1e9, "mi": 1.048576e-3, "gi": 1.073741824, "ti": 1.099511627776e3, "pi": 1.125899906842624e6}
_BYTES = r"(?P<unit>[kmgtp]i?b|[kmgtp]i?bytes?|(?:kilo|mega|giga|tera|peta)bytes?|gigs?|teras?|gbs|tbs|t)"
_SIZE = re.compile(rf"(?<![^ ])(?P<n1>N\d+) {_BYTES}(?![^ ])")
_RAM = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+) (?:gb|gib|gigs?|g|gigabytes?|tb)(?: (?:of|system|host|cpu|main|ddr\w*|or more|"
    r"plus|\+))* (?:ram|memory|dram)(?! (?:per|each|a) (?:gpu|card))"
    r"|(?:ram|system memory|host memory|memory)(?: (?:of|is|:|=|at least|minimum|min))* (?P<n2>N\d+) (?:gb|gib|"
    r"gigs?|g|tb))(?![^ ])"
)
_CPU = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:x )?(?:physical |logical |cpu |amd |intel |virtual |dedicated )*(?:v ?cpus?|"
    r"cores?|v ?cores?|cpus?|cpu cores?|cpu threads?)(?![^ ])|(?<![^ ])(?:v ?cpus?|cores?|cpu cores?) ?(?::|"
    r"=) (?P<n2>N\d+)(?![^ ])"
)
_GPU_WORDS = re.compile(r"(?<![^ ])(?:gpus?|cards?|vram|G\d+|accelerators?)(?![^ ])")
_NOT_DATA = re.compile(
    r"(?<![^ ])(?:disks?|ssds?|nvme|volumes?(?! of)|storage|weights?|checkpoints?|container|bandwidth|network|"
    r"egress|ingress|uploads?|downloads?|/ s|per second|gbps|model size|file size|each|swap|cache|bucket|boot|"
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
_MODALITY_WINDOW = 60

_PARAMS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:active |total |trainable |- )?(?:params?|parameters?|parameter)(?: (?:(?:large |"
    r"small )?language |dense |moe |chat |open |transformer |vision |foundation )*(?:models?|llms?))?(?![^ ])"
    r"|(?<![^ ])(?P<n2>N\d+) (?:(?:size|class|scale|range|sized|dense|open|open source|open weights?|instruct|"
    r"chat|base|language|large language|moe|transformer|vision|quantized|custom|foundation|decoder|text|"
    r"reasoning|coding|code|multilingual|embedding|speech) )*(?:models?|llms?|checkpoints?|transformers?|"
    r"network|moe|slm)(?![^ ])"
    r"|(?<![^ ])(?:params?|parameters?|model size)(?: (?:of|is|:|=|count|around|about))* (?P<n3>N\d+)(?![^ ])"
)
_BARE_B = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?! (?:users?|people|tokens?|requests?|documents|images|rows|parameters?|¤))(?![^ ])"
)
_MODEL_WITH_SIZE = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?: (?:parameters?|params?|version of|variant of|version|size|of|class|"
    r"the))* (?P<model>M\d+)(?![^ ])"
    r"|(?<![^ ])(?P<model2>M\d+)(?: (?:\(|with|the|-|model|size|its|version|around|"
    r"in the))* (?P<n2>N\d+)(?: (?P<said>parameters?|params?|b|version|variant|size|model))?(?= |$)"
)

_TOKENS = r"(?:tokens?|tok|toks)"
_INPUT = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) (?:{_TOKENS} )?(?:of )?(?:input|prompt|in)(?: {_TOKENS}| length)?(?! is)|"
    rf"(?:inputs?|prompts?|prompt length|input length|prompt size)(?: (?:of|are|is|:|=|around|about|roughly|"
    rf"up to|average|averaging|size|length|tokens?|typically|usually|with|have|has|~|"
    rf"avg))* (?P<n2>N\d+)(?: {_TOKENS})?)(?![^ ])"
)
_OUTPUT = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) (?:{_TOKENS} )?(?:of )?(?:output|completion|generated|response|out|answer|reply|"
    rf"generation)(?: {_TOKENS}| length)?|(?:outputs?|responses?|answers?|completions?|repl(?:y|ies)|"
    rf"generations?|output length|generates?|generating)(?: (?:of|are|is|:|=|around|about|roughly|up to|average|"
    rf"averaging|length|tokens?|typically|usually|with|have|has|~|avg|max|at most|"
    rf"size))* (?P<n2>N\d+) {_TOKENS}|(?:outputs?|out|output tokens|answers?|responses?|completions?|repl(?:y|"
    rf"ies))(?: (?:of|are|is|:|=|around|about|~))* (?P<n3>N\d+))(?![^ ])"
)
_CONTEXT = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) (?:{_TOKENS} )?(?:of )?(?:long |max |maximum )?(?:context|ctx|sequence length|"
    rf"seq len|window|sequences)(?: (?:length|window|size|tokens))?"
    rf"|(?:context|ctx|context (?:length|window|size|len)|sequence length|sequences|seq len|max length|"
    rf"max model len|maximum length|window|sequence)(?: (?:length|window|size|len|of|is|:|=|up to|about|around|"
    rf"at least|to|should be|must be|needs to be|tokens|as long as|roughly|->|for|min|minimum|max|maximum|upto|"
    rf"over))* (?P<n2>N\d+)(?: {_TOKENS})?(?! (?:x|gpus?|users|gb|hours))"
    rf"|(?P<n3>N\d+) {_TOKENS} (?:long|contexts?|documents|inputs|conversations|sequences)"
    rf"|(?:up to|max(?:imum)?|at least|about|around|handle|handles|with|need|needs|support|supports|process|"
    rf"supporting|long)(?: (?:of|a|the|to))* (?P<n4>N\d+) {_TOKENS}(?! (?:/|per|a|each|every|daily) ?(?:second|"
    rf"s|sec|day|minute|hour|month|user)?))(?![^ ])"
)
_TOKEN_SPEED = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:output |generated |input )?(?:{_TOKENS} (?:/|per|a|each|every|daily|monthly|"
    rf"hourly) ?(?:second|sec|s|day|minute|min|hour|month|user|request)?|tok / s|toks / s)(?![^ ])"
)
_TOKENS_OF_DATA = re.compile(rf"(?<![^ ])(?P<n1>N\d+) (?:training )?{_TOKENS}(?![^ ])")


def size_claims(line: Marked) -> Iterator[Claim]:
    """Host memory and cores, then whatever bytes are left: the dataset's."""
    for match in line.free(_RAM):
        opens, closes = line.clause(*match.span())
        near = line.text[opens : min(closes, match.end() + 12)]
        field = (
            "gpu.min_vram_gb"
            if _GPU_WORDS.search(near) and not re.search(r"(?<![^ ])(?:ram|system|host)(?![^ ])", match.group())
            else "cpu.min_ram_gb"
        )
        line.spend(match)
        if not negated(line, *match.span()):
            factor = 1000.0 if re.search(r"(?<![^ ])tb(?![^ ])", match.group()) else 1.0
            yield Claim(field, line.number(match, "n1" if match.group("n1") else "n2").low * factor, line.span(match))
    for match in line.free(_CPU):
        line.spend(match)
        if not negated(line, *match.span()):
            yield Claim(
                "cpu.min_vcpu", int(line.number(match, "n1" if match.group("n1") else "n2").low), line.span(match)
            )
    for match in line.free(_SIZE):
        yield from _dataset(line, match)


def _dataset(line: Marked, match: re.Match[str]) -> Iterator[Claim]:
    opens, closes = line.clause(*match.span())
    after = line.text[match.end() : min(closes, match.end() + 40)]
    near = line.text[max(opens, match.start() - 40) : match.start()] + after
    unit = match.group("unit")
    line.spend(match)
    if re.match(r" (?:/|per) ?(?:s|second|sec|day|month)?", after) or negated(line, *match.span()):
        return
    if (_modality_after(line, match) is None and _NOT_DATA.search(after)) or (
        _NOT_DATA.search(near) and not _DATA.search(after)
    ):
        return
    named_data = _NAMED_DATA.match(after) is not None
    if unit.startswith("g") and not (named_data or _DATA.search(near) or _modality_after(line, match)):
        if _GPU_WORDS.search(line.text[opens:closes]):
            yield Claim("gpu.min_vram_gb", line.number(match, "n1").low, line.span(match), strength=MEDIUM)
            return
        kind = _kind_nearby(line, match)
        if kind is None and re.search(
            r"(?<![^ ])(?:data|dataset)(?= [^.]*$)", line.text[line.sentence(*match.span())[0] : match.start()]
        ):
            yield Claim("dataset.size_gb", line.number(match, "n1").high, line.span(match))
            return
        words = re.sub(
            r"(?<![^ ])(?:about|around|roughly|approx|ca|total|in total|some|overall|\W+)(?![^ ])",
            "",
            line.text[opens:closes],
        )
        alone = words.strip() == match.group().strip()
        if kind is None or not alone:
            return
        yield Claim("dataset.modality", kind, line.span(match))
    if re.search(r"(?<![^ ])(?:model|M\d+)(?: (?:is|of|file|weighs|size))*$", line.text[opens : match.start()].strip()):
        return
    yield Claim("dataset.size_gb", round(line.number(match, "n1").high * _gigabytes(unit), 6), line.span(match))
    yield from _modality(line, match)


def _kind_nearby(line: Marked, match: re.Match[str]) -> str | None:
    """ "3D CT volumes, 800 GB": the kind of data named elsewhere in the sentence."""
    words = line.text[slice(*line.sentence(*match.span()))]
    return next((rule.value for rule in lexicon().modality if rule.pattern.search(words)), None)


def _gigabytes(unit: str) -> float:
    return (
        _BINARY.get(unit[:2], _GB_PER[unit[0]])
        if unit[1:2] == "i" and unit not in ("gigs", "gig") and unit[:4] != "giga"
        else _GB_PER[unit[0]]
    )


def item_claims(line: Marked) -> Iterator[Claim]:
    """How many things the dataset holds: "50k images", "two million documents"."""
    pattern = re.compile(
        rf"(?<![^ ])(?P<n1>N\d+)(?: (?!(?:in|for|per|a|an|and|or|to|on|with|x|gb|concurrent|different|hours?|"
        rf"days?|seconds?|minutes?|page|/)(?![^ ]))[\w'/-]+){{0,4}}?(?: of)?(?: (?!(?:in|for|per|and|or|to|on|with|"
        rf"seconds?|minutes?|hours?)(?![^ ]))[\w'-]+){{0,2}}? {lexicon().item_nouns}(?![^ ])"
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
            or _PAGES.match(line.text[match.start() :])
            or negated(line, *match.span())
        ):
            continue
        line.spend(match)
        yield Claim("dataset.items", int(number.high), line.span(match))
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


def parameter_claims(line: Marked) -> Iterator[Claim]:
    """A model known only by its size: "a 13B model", "7 billion parameters"."""
    for match in line.free(_PARAMS):
        group = next(name for name in ("n1", "n2", "n3") if match.group(name))
        number = line.number(match, group)
        if not number.magnitude or number.magnitude[0] not in "mb" or number.high < 1e6 or negated(line, *match.span()):
            continue
        line.spend(match)
        size_b = round(number.high / 1e9, 4)
        yield Claim(
            "models", RequestedModel(name=f"{size_b:g}B", params_b=size_b), line.span(match), "add", strength=MEDIUM
        )
    for match in line.free(_BARE_B):
        number = line.number(match, "n1")
        if line.text[: match.start()].endswith(" x "):
            continue  # "8x7b"
        if number.magnitude != "b" or not 1e8 <= number.high <= 5e12 or line.text[: match.start()].endswith("¤"):
            continue
        if re.match(r" [a-z]+s(?![^ ])", line.text[match.end() :]) or negated(line, *match.span()):
            continue
        line.spend(match)
        size_b = round(number.high / 1e9, 4)
        yield Claim(
            "models", RequestedModel(name=f"{size_b:g}B", params_b=size_b), line.span(match), "add", strength=MEDIUM
        )


def sized_models(line: Marked) -> dict[int, float]:
    """Parameters said beside a model's name but not in it: "a 70B Llama", "Llama with 8 billion parameters"."""
    sizes: dict[int, float] = {}
    for match in line.free(_MODEL_WITH_SIZE):
        group, model = ("n1", "model") if match.group("n1") else ("n2", "model2")
        number = line.number(match, group)
        mention = line.mention(match, model)
        billions = number.magnitude[:1] == "b" or (number.magnitude[:1] == "m" and match.group("said"))
        if billions and number.high >= 1e7 and mention.size_b is None:
            line.spend(match)
            sizes[int(match.group(model)[1:])] = round(number.high / 1e9, 4)
    return sizes or _one_size(line)


def _one_size(line: Marked) -> dict[int, float]:
    """ "a 32B model ... Qwen maybe": one size and one language model without one belong together."""
    unsized = [
        index
        for index, mention in enumerate(line.mentions)
        if mention.kind == "model"
        and mention.size_b is None
        and not mention.named[0].exact
        and mention.named[0].domain == "llm"
    ]
    said = [match for match in line.free(_PARAMS) if match.group("n2") and line.number(match, "n2").magnitude == "b"]
    if len(unsized) != 1 or len(said) != 1 or sum(mention.kind == "model" for mention in line.mentions) != 1:
        return {}
    line.spend(said[0])
    return {unsized[0]: round(line.number(said[0], "n2").high / 1e9, 4)}


def token_claims(line: Marked) -> Iterator[Claim]:
    """Context, prompt and answer lengths; tokens per second and tokens of a corpus are no lengths."""
    for match in line.free(_TOKEN_SPEED):
        line.spend(match)
    for field, pattern in (
        ("traffic.output_tokens", _OUTPUT),
        ("traffic.input_tokens", _INPUT),
        ("context_tokens", _CONTEXT),
    ):
        for match in line.free(pattern):
            group = next(name for name, value in sorted(match.groupdict().items()) if value)
            number = line.number(match, group)
            if number.high < 16 or number.high > 1e8 or negated(line, *match.span()) or number.high != int(number.high):
                continue
            if (
                "tok" not in match.group()
                and field != "context_tokens"
                and re.match(r" (?!and|or|,|\.|;|in|out)\w", line.text[match.end() :])
            ):
                continue
            line.spend(match)
            yield Claim(field, int(number.high), line.span(match))
    for match in line.free(_TOKENS_OF_DATA):
        opens, closes = line.clause(*match.span())
        number = line.number(match, "n1")
        line.spend(match)
        corpus = re.search(
            r"(?<![^ ])(?:train\w*|pre ?train\w*|corpus|dataset|data|tune|tuning)(?![^ ])", line.text[opens:closes]
        )
        if number.high <= 2e6 and not corpus and number.high >= 256:
            yield Claim("context_tokens", int(number.high), line.span(match))
