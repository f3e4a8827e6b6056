"""Replies to the questions that were asked: a clicked suggestion, "the second one", "yes", "you choose"."""

import re
from collections.abc import Iterator, Sequence

from domain.turn import Question
from graph.understanding.claims import Claim
from graph.understanding.clarification import QuestionTemplate, bare_answers, question_templates
from graph.understanding.lexicon import MEDIUM, STRONG, WEAK
from graph.understanding.marked import Marked, Span

ANSWERED = STRONG + 2
"""An answer to the question outweighs whatever its words would mean elsewhere."""

_JUST_DECIDE = re.compile(
    r"(?<![^ ])(?:(?:just|you) (?:decide|choose|pick)(?: (?:for me|for us|it|one|whatever\w*|the best\w*))?|"
    r"(?:you|your) (?:choice|call|decision)|up to you|decide for (?:me|us)|(?:you )?(?:decide|choose|"
    r"pick)(?: (?:for|it|one|something|anything|whatever\w*))*(?: (?:me|us))?$|"
    r"what (?:do|would|can|should) (?:you|i|we) (?:recommend|suggest|advise|propose|prefer|pick|choose|"
    r"take)(?= ?\\?|$)|"
    r"surprise me|whatever you (?:think|recommend|suggest|prefer|like)|whatever (?:is best|works|makes sense)|"
    r"use your (?:best )?(?:judg\w+|defaults?)|best guess|make (?:a|the|an) (?:reasonable |sensible |"
    r"good )?(?:guess|choice|decision|assumptions?|call)|no more questions|stop asking|"
    r"do not ask(?: me)?(?: \w+){0,3}|just (?:give me|show me|make) (?:a|the|some|your) (?:\w+ )?(?:plan|"
    r"recommendation|answer)|go ahead|"
    r"i (?:do not|have no) (?:really )?(?:care|mind|preference)|skip (?:the )?questions?|assume (?:something|"
    r"whatever|defaults?|the usual|sensible defaults?)|you tell me|you know best|i trust you|sensible defaults?|"
    r"the defaults?|default(?:s)?$|dealer s choice|either (?:is fine|way)|any(?:thing)? (?:is fine|works|goes|"
    r"will do)$)(?![^ ])"
)
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "sixth": 6, "former": 1, "latter": -1, "last": -1, "a": 1, "b": 2, "c": 3, "d": 4,
}  # fmt: skip
_ORDINAL = re.compile(
    r"(?<![^ ])(?:(?:the |option |number |no |choice |answer )*(?P<word>first|second|third|fourth|fifth|sixth|"
    r"last|latter|former|1st|2nd|3rd|4th|5th)(?: (?:one|option|choice|suggestion|answer))?|(?:option|number|"
    r"choice|answer) (?P<letter>[abcd])(?![^ ])|(?:option |number |choice |answer |# ?)?(?P<n1>N\d+)(?= (?:and|"
    r",|\.|;)|$))(?![^ ])"
)
_SHORT_WORDS = 8
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|of course|definitely|correct|right|ja|oui|si|absolutely|needed|indeed|y)(?![^ ])"
)
_NO = re.compile(r"^(?:no|nope|nah|not (?:needed|necessary|required)|nein|non|n)(?![^ ])")


def just_decide(line: Marked) -> bool:
    """The user leaves the choice to us."""
    return _JUST_DECIDE.search(line.text) is not None


def answer_claims(line: Marked, questions: Sequence[Question]) -> Iterator[Claim]:
    """What a reply to these questions settles; nothing for a reply that changes the subject."""
    templates = {template.field: template for template in question_templates()}
    open_questions = [templates[question.field] for question in questions if question.field in templates]
    clicked = {claim.field: claim for claim in _clicked(line, open_questions)}
    yield from clicked.values()
    rest = [template for template in open_questions if template.field not in clicked]
    short = len(line.text.split(" ")) <= _SHORT_WORDS
    if rest and short and not clicked:
        yield from _picked(line, rest)
    if rest and short:
        yield from _in_a_word(line, rest)


def _clicked(line: Marked, templates: Sequence[QuestionTemplate]) -> Iterator[Claim]:
    raw = line.raw.lower()
    for template in templates:
        for suggestion in template.suggestions:
            start = raw.find(suggestion.text.lower())
            if start >= 0 and suggestion.value is not None:
                yield from _settles(template, suggestion.value, Span(start, start + len(suggestion.text)))
                break


def _picked(line: Marked, templates: Sequence[QuestionTemplate]) -> Iterator[Claim]:
    """Ordinals and numbers, one per open question in their order."""
    picks: list[tuple[int, Span]] = []
    for match in _ORDINAL.finditer(line.text):
        if match.group("n1"):
            number = line.number(match, "n1")
            if number.magnitude or number.high > 6 or number.high != int(number.high) or number.low != number.high:
                continue
            picks.append((int(number.high), line.span(match)))
        else:
            picks.append((_ORDINALS[match.group("word") or match.group("letter")], line.span(match)))
    for template, (pick, span) in zip(templates, picks, strict=False):
        position = pick - 1 if pick > 0 else len(template.suggestions) - 1
        if position < len(template.suggestions):
            value = template.suggestions[position].value
            if value is not None:
                yield from _settles(template, value, span)


def _in_a_word(line: Marked, templates: Sequence[QuestionTemplate]) -> Iterator[Claim]:
    fields, words = {template.field for template in templates}, bare_answers()
    for index, token in enumerate(line.tokens):
        span = Span(token.start, token.end)
        before = line.tokens[index - 1].text if index else ""
        if before in ("not", "no", "without"):
            continue
        if "domain" in fields and token.text in words.domains:
            yield Claim("domain", words.domains[token.text], span, strength=WEAK)
        if "task_type" in fields and token.text in words.tasks:
            yield Claim("task_type", words.tasks[token.text], span, strength=MEDIUM)
    if ("gpu_needed" in fields and len(fields) == 1) or fields == {"gpu_needed", "budget.amount"}:
        for pattern, value in ((_YES, True), (_NO, False)):
            match = pattern.search(line.text)
            if match:
                yield Claim("gpu_needed", value, line.span(match), strength=ANSWERED)


def _settles(template: QuestionTemplate, value: str, span: Span) -> Iterator[Claim]:
    if template.field == "gpu_needed":
        yield Claim("gpu_needed", value == "true", span, strength=ANSWERED)
    elif value == "none":
        yield Claim("priorities.cost", "low", span, strength=ANSWERED)
    else:
        yield Claim(template.field, value, span, strength=ANSWERED)
