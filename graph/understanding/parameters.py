"""What a language model is made of and fed with: parameters, context, prompt and answer lengths."""

import re
from collections.abc import Iterator

from catalog.embedder import known_words
from domain.workload import RequestedModel
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, lexicon_words
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

SHORTEST_NAME = 4
_PARAMS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:active |total |trainable |- )?(?:params?|parameters?|parameter)(?: (?:(?:large |"
    r"small )?language |dense |moe |chat |open |transformer |vision |foundation )*(?:models?|llms?))?(?![^ ])"
    r"|(?<![^ ])(?P<n2>N\d+) (?:(?:size|class|scale|range|sized|dense|open|open source|open weights?|instruct|"
    r"chat|base|language|large language|moe|transformer|vision|quantized|custom|foundation|decoder|text|"
    r"reasoning|coding|code|multilingual|embedding|speech) )*(?:models?|llms?|checkpoints?|transformers?|"
    r"network|moe|slm)(?![^ ])"
    r"|(?<![^ ])(?:params?|parameters?|model size)(?: (?:of|is|:|=|count|around|about))* (?P<n3>N\d+)(?![^ ])"
    r"|(?<![^ ])(?P<n4>N\d+)(?: (?!(?:of|for|and|or|in|to|on|with|per|from|tokens|users|rows|images|documents|people|"
    r"requests)(?![^ ]))[a-z][\w-]*){1,3} (?:models?|llms?|checkpoints?|network|transformer)(?![^ ])"
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
_ADVISED = re.compile(
    r"(?<![^ ])(?:sold|recommended|recommends|suggested|suggests|proposed|pitched|offered|quoted|pushed|wanted to sell)"
    r"(?: (?:us|me|them|to|use|using|take|a|an|the|huge|big|some))*$"
)
_SIZED_BEFORE = re.compile(
    r"(?<![^ ])(?P<model>M\d+)(?:(?: ,| and| or| /| \(| plus| \+| the| maybe| possibly| alternatively| even)+ N\d+)*"
    r"(?: ,| and| or| /| \(| plus| \+| the| maybe| possibly| alternatively| even| a)+$"
)
_TOKENS = r"(?:tokens?|tok|toks)"
_INPUT = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) (?:{_TOKENS} )?(?:of )?(?:input|prompt|in)(?: {_TOKENS}| length)?(?! is)|"
    rf"(?:inputs?|prompts?|prompt length|input length|prompt size)(?: (?:of|are|is|:|=|around|about|roughly|"
    rf"up to|average|averaging|size|length|tokens?|typically|usually|with|have|has|~|"
    rf"avg))* (?P<n2>N\d+)(?: {_TOKENS})?|(?:notes?|articles?|emails?|messages?|tickets?|letters?|reports?|"
    rf"questions?|queries|"
    rf"query|requests?|reviews?|descriptions?|calls?)(?: (?:of|are|is|:|=|around|about|roughly|average|"
    rf"averaging|length|"
    rf"typically|usually|has|have|~|avg|with))* (?P<n3>N\d+) {_TOKENS})(?![^ ])"
)
_OUTPUT = re.compile(
    rf"(?<![^ ])(?:(?P<n1>N\d+) (?:{_TOKENS} )?(?:of )?(?:output|completion|generated|response|out|answer|reply|"
    rf"generation)(?: {_TOKENS}| length)?|(?:outputs?|responses?|answers?|completions?|repl(?:y|ies)|"
    rf"summar(?:y|ies)|translations?|generations?|output length|generates?|generating)(?: (?:of|are|is|:|=|"
    rf"around|about|roughly|up to|average|"
    rf"averaging|length|tokens?|typically|usually|with|have|has|~|avg|max|at most|"
    rf"size))* (?P<n2>N\d+) {_TOKENS}|(?:outputs?|out|output tokens|answers?|responses?|completions?|repl(?:y|"
    rf"ies))(?: (?:of|are|is|:|=|around|about|~))* (?P<n3>N\d+)(?: {_TOKENS})?)(?![^ ])"
)
_INPUT_WORD = r"(?:inputs?|in|prompts?|isl|request)"
_OUTPUT_WORD = r"(?:outputs?|out|completions?|responses?|answers?|repl(?:y|ies)|generat\w+|osl)"
_LENGTHS = (
    rf"(?:{_TOKENS}|lengths?|sizes?|len|avg|average|averages|mean|typical|per request|each|:|=|is|are|of|about|around|"
    r"~|\(|\)|,)"
)
_IN_AND_OUT = re.compile(
    rf"(?<![^ ])(?:{_INPUT_WORD}(?: {_LENGTHS})* (?:/|and|&|\+|\||- >|vs|,) {_OUTPUT_WORD}(?: {_LENGTHS})* "
    rf"(?P<n1>N\d+)(?: {_TOKENS})? (?:/|and|&|\+|,|:|\||- >|resp|respectively) (?P<n2>N\d+)(?! (?:x|gb|gpus?|users?))"
    rf"|(?P<n3>N\d+)(?: {_TOKENS})? (?:/|and|&|\+|- >) (?P<n4>N\d+)(?: {_TOKENS})? \(? ?{_INPUT_WORD} (?:/|and|&|"
    rf"\+|- >) "
    rf"{_OUTPUT_WORD}"
    rf"|in (?::|=|~)? ?(?P<n5>N\d+)(?: {_TOKENS})?(?: (?:,|/|and|;))* out (?::|=|~)? ?(?P<n6>N\d+))(?![^ ])"
)
""" "input / output: 1,200 / 400 tok": two lengths under two names."""
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


def parameter_claims(line: Marked) -> Iterator[Claim]:
    """A model known only by its size: "a 13B model", "7 billion parameters"."""
    for match in line.free(_PARAMS):
        group = next(name for name in ("n1", "n2", "n3", "n4") if match.group(name))
        number = line.number(match, group)
        if not number.magnitude or number.magnitude[0] not in "mb" or number.high < 1e6 or _not_wanted(line, match):
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
        if re.match(
            r" (?!(?:is|was|has|does|as|plus|versus|vs|this|class|seems|needs|suits|"
            r"works)(?![^ ]))[a-z]+s(?![^ ])",
            line.text[match.end() :],
        ) or _not_wanted(line, match):
            continue
        line.spend(match)
        size_b = round(number.high / 1e9, 4)
        sibling = _of_the_same_line(line, match, size_b)
        if sibling is not None:
            yield Claim("models", sibling, line.span(match), "add")
            continue
        name = _unknown_name(line, match)
        if name is not None:
            yield Claim("models", RequestedModel(name=f"{name} {size_b:g}B", params_b=size_b), line.span(match), "add")
            continue
        yield Claim(
            "models", RequestedModel(name=f"{size_b:g}B", params_b=size_b), line.span(match), "add", strength=MEDIUM
        )


def _not_wanted(line: Marked, match: re.Match[str]) -> bool:
    """ "our vendor sold us a 70B, total overkill" asks for no 70B."""
    size = match.span(next(name for name, value in match.groupdict().items() if value))
    advised = _ADVISED.search(line.text[: size[0]].rstrip()) is not None
    return advised or negated(line, *match.span()) or negated(line, *size)


def _of_the_same_line(line: Marked, match: re.Match[str], size_b: float) -> RequestedModel | None:
    """ "Llama 3.1 8B and 70B": the second size is one of the first model's line."""
    before = _SIZED_BEFORE.search(line.text[: match.start()].rstrip())
    if before is None:
        return None
    written = line.mention(before, "model").written
    name = re.sub(r"\d+(?:\.\d+)?(?= ?[bB]\b)", f"{size_b:g}", written)
    return RequestedModel(name=name, params_b=size_b) if name != written else None


def _unknown_name(line: Marked, match: re.Match[str]) -> str | None:
    """ "Bielik 11B": a capitalised word that no vocabulary holds, before a size in billions, names a model."""
    first = line.token_range(*match.span())[0]
    if not first:
        return None
    before = line.tokens[first - 1]
    written = line.raw[before.start : before.end]
    plain = before.text.isalpha() and len(before.text) >= SHORTEST_NAME and written.lower() == before.text
    unknown = before.text not in known_words() and before.text not in lexicon_words()
    return written if plain and unknown and written != before.text else None


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
    for match in line.free(_IN_AND_OUT):
        said = [line.number(match, name) for name, value in sorted(match.groupdict().items()) if value]
        if all(16 <= number.high <= 1e8 for number in said):
            line.spend(match)
            yield Claim("traffic.input_tokens", int(said[0].high), line.span(match))
            yield Claim("traffic.output_tokens", int(said[1].high), line.span(match))
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
                and re.match(r" (?!and|or|,|\.|;|in|out|N\d)\w", line.text[match.end() :])
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
