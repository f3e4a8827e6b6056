"""The kind of work: task, domain, and whether it needs a GPU, from explicit words first and from their implications."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from graph.understanding.claims import Claim
from graph.understanding.lexicon import EXPLICIT, MEDIUM, STRONG, Rule, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated, polarity

SAID_ALONE = STRONG + 1
"""Strength of "just serving": whatever else the turn mentions, this is the task."""
NAMED = EXPLICIT + 1
"""A named model settles the domain over any word."""

_ALONE = re.compile(
    r"(?<![^ ])(?:just|only|purely|solely|exclusively|simply|strictly)(?: (?:for|do|doing|want|need|to|about|"
    r"interested in|the|run|running|some))*$"
)
_ALONE_AFTER = re.compile(r"^ (?:only|alone)(?! (?:on|in|with|for))(?![^ ])")
_TOOL = re.compile(r"(?<![^ ])C(?P<index>\d+)(?![^ ])")
_MODEL = re.compile(r"(?<![^ ])M(?P<index>\d+)(?![^ ])")


def task_claims(line: Marked) -> Iterator[Claim]:
    """What is to be done, by the words for it; denied ones ("not training") are no claims."""
    order = {rule.value: -position for position, rule in enumerate(lexicon().task_type)}
    found: list[tuple[int, int, Claim]] = []
    for rule in lexicon().task_type:
        for match in rule.pattern.finditer(line.text):
            found_polarity = polarity(line, *match.span())
            if found_polarity in ("exclude", "withdraw") and rule.strength == STRONG:
                yield Claim("task_type", rule.value, line.span(match), "withdraw")
            if found_polarity != "want":
                continue
            if rule.value == "training" and _is_done(line, match):
                continue
            alone = _ALONE.search(line.text[: match.start()].rstrip()) or _ALONE_AFTER.match(line.text[match.end() :])
            strength = SAID_ALONE if alone and rule.strength == STRONG else rule.strength
            found.append(
                (strength, order[rule.value], Claim("task_type", rule.value, line.span(match), strength=strength))
            )
    for claim in _tool_claims(line, lexicon().task_type, "task_type"):
        found.append((claim.strength, order[str(claim.value)], claim))
    for match in _processing().finditer(line.text):
        if polarity(line, *match.span()) == "want":
            claim = Claim("task_type", "batch_inference", line.span(match), strength=MEDIUM)
            found.append((MEDIUM, order["batch_inference"], claim))
    if found:
        for strength in sorted({item[0] for item in found}):
            same = [item for item in found if item[0] == strength]
            yield max(same, key=lambda item: (item[1], -item[2].span.start))[2]


@lru_cache
def _processing() -> re.Pattern[str]:
    """A fixed number of things to go through, and no rate: "translate the subtitles of 3,000 films"."""
    verbs = (
        r"(?:transcrib|caption|embed|classif|label|tag|translat|summari[sz]|process|index|scor|extract|ocr|"
        r"convert|annotat|analy[sz]|"
        r"moderat|digiti[sz]|categori[sz]|vectori[sz]|pars|redact|anonymi[sz]|upscal|enrich|describ|screen|review)\w*"
    )
    rate = r"(?! (?:per|a|an|each|every|/|daily|monthly|hourly)(?![^ ]))"
    return re.compile(
        rf"(?<![^ ]){verbs}(?: (?!for|train|servers?|"
        rf"services?|apis?|endpoints?|"
        rf"models?)[\w'/-]+){{0,5}}(?: for)? N\d+(?: [\w'-]+){{0,3}} {lexicon().item_nouns}{rate}(?![^ ])"
        rf"|(?<![^ ])N\d+(?: [\w'-]+){{0,3}} {lexicon().item_nouns} (?:(?:to|must|should|need to|have to|"
        rf"that need to|which must|need|waiting|has to|wants) )+(?:be )?{verbs}(?![^ ])"
    )


def _is_done(line: Marked, match: re.Match[str]) -> bool:
    """ "after training", "our training is finished": it is not what is asked for."""
    before, after = line.text[: match.start()].rstrip(), line.text[match.end() :]
    if re.search(
        r"(?<![^ ])(?:after|once|post|finished|completed|done with|besides|already did|done)(?: (?:the|our|its|"
        r"my|with|initial))*$",
        before,
    ):
        return True
    return (
        re.match(r" (?:is|was|are|has been|already) (?:done|finished|complete|completed|over|behind)", after)
        is not None
    )


def domain_claims(line: Marked) -> Iterator[Claim]:
    """What kind of model, by the models named and by the words for it."""
    for match in _MODEL.finditer(line.text):
        mention = line.mentions[int(match.group("index"))]
        if mention.named[0].domain and polarity(line, *match.span()) == "want":
            strength = NAMED if mention.named[0].domain != "embeddings" else STRONG
            yield Claim("domain", mention.named[0].domain, line.span(match), strength=strength)
    yield from _best(line, lexicon().domain, "domain")
    yield from _tool_claims(line, lexicon().domain, "domain")


def _tool_claims(line: Marked, rules: Sequence[Rule], field: str) -> Iterator[Claim]:
    """What a tool of the stack is for: vLLM serves language models."""
    for match in _TOOL.finditer(line.text):
        name = " ".join(re.findall(r"[a-z]+|\d+", line.mentions[int(match.group("index"))].written.lower()))
        rule = next((rule for rule in rules if rule.strength == MEDIUM and rule.pattern.fullmatch(name)), None)
        if rule and polarity(line, *match.span()) == "want":
            yield Claim(field, rule.value, line.span(match), strength=MEDIUM)


def _best(line: Marked, rules: Sequence[Rule], field: str) -> Iterator[Claim]:
    """Per strength, the first rule of the lexicon that the turn wants."""
    seen: set[int] = set()
    for rule in rules:
        if rule.strength in seen:
            continue
        for match in rule.pattern.finditer(line.text):
            if polarity(line, *match.span()) not in ("exclude", "withdraw"):
                seen.add(rule.strength)
                yield Claim(field, rule.value, line.span(match), strength=rule.strength)
                break


def gpu_need_claims(line: Marked) -> Iterator[Claim]:
    """A GPU spoken of, or spoken against."""
    against = list(lexicon().cpu_only.finditer(line.text))
    for match in against:
        if _NOT_ABOUT_NEED.search(line.text[: match.start()].rstrip()):
            continue
        yield Claim("gpu_needed", False, line.span(match))
    for match in lexicon().gpu_words.finditer(line.text):
        if any(other.start() <= match.start() < other.end() for other in against) or negated(line, *match.span()):
            continue
        if re.match(
            r" (?:is |are |use |support )?(?:optional|if (?:needed|necessary|required))(?![^ ])",
            line.text[match.end() :],
        ):
            continue
        if _ASKED.search(line.text[: match.start()].rstrip()):
            continue
        yield Claim("gpu_needed", True, line.span(match), strength=MEDIUM)
    for match in re.finditer(r"(?<![^ ])G\d+(?![^ ])", line.text):
        if polarity(line, *match.span()) == "want":
            yield Claim("gpu_needed", True, line.span(match), strength=MEDIUM)


_ASKED = re.compile(
    r"(?<![^ ])(?:do|does|would|will|should|is|are) (?:i|we|it|this|that|there)(?: \w+)? (?:need|require|want|"
    r"need for|"
    r"benefit from|better with)(?: (?:a|an|any|the|for))*$"
)
""" "Do I need a GPU?" leaves it open."""
_NOT_ABOUT_NEED = re.compile(r"(?<![^ ])(?:we|i|currently|today|us|already)(?: (?:currently|have|do|does))*$")
