"""Replies to the questions that were asked: a clicked suggestion, "the second one", "1, 1, 2", "3k", "yes", a word."""

from collections.abc import Iterator, Sequence

from domain.turn import Question
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.clarification import QuestionTemplate, Suggestion, question_templates
from graph.understanding.merge.figures import figure_of, figures, kind_of, number_of
from graph.understanding.merge.sense import sense_rules
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, WEAK, Claim, Proposal, Value
from graph.understanding.roles.sighting import per_month

TABLE = "answers"
ANSWER = 30.0
"""An answer to the question outweighs whatever its words would mean elsewhere, as a score and as a strength."""
ANSWERED = EXPLICIT + 1
SHORT = 12
"""Words up to which a reply is nothing but answers."""


def answer_proposals(line: Line, questions: Sequence[Question]) -> Iterator[Proposal]:
    """What a reply to these questions settles; nothing for a reply that changes the subject."""
    rest = [_template(question) for question in questions]
    for template, suggestion, span in _clicked(line, rest):
        rest.remove(template)
        yield _proposal(template, (), _settled(suggestion, span))
    if len(line.words) > SHORT:
        return
    for claim in _in_a_word(line, rest):
        rest = [template for template in rest if template.field != claim.field]
        yield Proposal(f"answer {claim.field}", (), (claim,), ANSWER)
    yield from _in_order(line, rest)


def _template(question: Question) -> QuestionTemplate:
    """The one it was made from; for a question of no template, one that settles nothing but its figure."""
    for template in (*question_templates(), *sense_rules()):
        if template.field == question.field and tuple(s.text for s in template.suggestions) == question.suggestions:
            return template
    suggestions = tuple(Suggestion(text=text) for text in question.suggestions)
    return QuestionTemplate(field=question.field, text=question.text, suggestions=suggestions)


def _proposal(template: QuestionTemplate, mentions: Sequence[Quantity], claims: Sequence[Claim]) -> Proposal:
    return Proposal(f"answer {template.field}", tuple(mentions), tuple(claims), ANSWER)


def _settled(suggestion: Suggestion, span: Span) -> list[Claim]:
    """What a suggestion sets; "null" withdraws."""
    return [
        Claim(field, None, span, "withdraw", ANSWERED) if value == "null"
        else Claim(field, _value(value), span, strength=ANSWERED)
        for field, value in suggestion.settles.items()
    ]  # fmt: skip


def _value(written: str) -> Value:
    if written in ("true", "false"):
        return written == "true"
    return (float(written) if "." in written else int(written)) if written.replace(".", "").isdigit() else written


def _clicked(line: Line, templates: Sequence[QuestionTemplate]) -> list[tuple[QuestionTemplate, Suggestion, Span]]:
    raw = line.text.raw.lower()
    found = []
    for template in templates:
        for suggestion in template.suggestions:
            start = raw.find(suggestion.text.lower())
            if start >= 0:
                found.append((template, suggestion, Span(start, start + len(suggestion.text))))
                break
    return found


def _in_a_word(line: Line, templates: Sequence[QuestionTemplate]) -> Iterator[Claim]:
    """ "Inference", "llm"; and yes or no where one question, apart from the budget, is open."""
    fields = {template.field for template in templates}
    for field, name, strength in (("task_type", "tasks", MEDIUM), ("domain", "domains", WEAK)):
        for match in book(TABLE, name).find(line.words) if field in fields else ():
            before = line.words[match.first - 1].text if match.first else ""
            if before not in words_of(TABLE, "denials"):
                yield Claim(field, match.value, line.span(match.first, match.last), strength=strength)
    asked = [template for template in templates if template.field != "budget.amount"]
    if len(asked) == 1 and len(asked[0].suggestions) > 1 and asked[0].suggestions[0].text.startswith("Yes"):
        for position, name in enumerate(("yes", "no")):
            for match in book(TABLE, name).find(line.words):
                yield from _settled(asked[0].suggestions[position], line.span(match.first, match.last))


def _in_order(line: Line, templates: Sequence[QuestionTemplate]) -> Iterator[Proposal]:
    """Ordinals and bare figures, one per open question in their order.

    A figure picks a suggestion where the question asks for no figure, or where the answers before it picked one."""
    left, picking = list(templates), False
    at = 0
    while at < len(line.words) and left:
        ordinal, mention = book(TABLE, "ordinals").at(line.words, at), line.mentions[at]
        taken = 0
        for number, template in enumerate(left, start=1):
            claims: list[Claim] = []
            if ordinal:
                claims = _picked(template, int(ordinal.value), line.span(ordinal.first, ordinal.last))
            elif isinstance(mention, Quantity) and kind_of(mention) == "number":
                pick = number_of(line, mention)
                numeric = template.field in figures()
                if not pick.magnitude and pick.high == int(pick.high) and (picking or not numeric):
                    claims = _picked(template, int(pick.high), line.span(at, at))
                    picking = picking or bool(claims)
                if not claims and numeric:
                    claims = _figure(line, template, at, mention)
            if claims:
                yield _proposal(template, [mention] if isinstance(mention, Quantity) else [], claims)
                taken = number
                break
        left = left[taken:]
        at = ordinal.last + 1 if ordinal else at + 1


def _picked(template: QuestionTemplate, pick: int, span: Span) -> list[Claim]:
    position = pick - 1 if pick > 0 else len(template.suggestions) - 1
    return _settled(template.suggestions[position], span) if 0 <= position < len(template.suggestions) else []


def _figure(line: Line, template: QuestionTemplate, at: int, said: Quantity) -> list[Claim]:
    """The figure itself, with what the question says of it; a period of its own goes before that of the question."""
    span, also, amount = line.span(at, at), dict(template.also), said.high
    if template.field == "budget.amount" and said.per:
        factor, period = per_month(said.per)
        amount, also["budget.period"] = round(said.high * factor, 2), period or "total"
    beside = [Claim(field, _value(value), span, strength=MEDIUM) for field, value in also.items()]
    return [Claim(template.field, figure_of(template.field, amount), span, strength=ANSWERED), *beside]
