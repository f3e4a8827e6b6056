"""The questions of a round in words, and what was answered to them."""

from collections.abc import Mapping, Sequence

from domain.errors import InvalidInput
from domain.reading import Clarification
from domain.turn import Question
from graph.not_weighed import left_out

NO_PREFERENCE = "no preference"
FORMS = "Answer with a text, a list of texts in the order of the questions, or an object of texts by their fields."


def questions_in_words(asked: Clarification) -> str:
    """As Markdown, after the answer to what was asked back."""
    several = len(asked.questions) > 1
    opening = "Before I plan this, " + ("a few questions:" if several else "one question:")
    if asked.aside:
        opening = f"{asked.aside}\n\nStill open, before I plan this:"
    lines = [opening, ""]
    for number, question in enumerate(asked.questions, start=1):
        suggestions = f" ({' / '.join(question.suggestions)})" if question.suggestions else ""
        lines.append(f"{number}. {question.text}{suggestions}")
    lines += ["", "Answer in your own words, or say “just decide”."]
    if missed := left_out(asked.unplaced, "\n".join(lines)):
        lines += ["", missed]
    return "\n".join(lines)


def words_of(answer: object, questions: Sequence[Question]) -> str:
    """One message of what was answered: a text as it is; a list or an object one answer a line, in the order of the
    questions. Raises InvalidInput."""
    if isinstance(answer, Mapping):
        fields = [question.field for question in questions]
        if unknown := [str(field) for field in answer if field not in fields]:
            raise InvalidInput(f"Nothing was asked about {', '.join(unknown)}.", f"The fields are {', '.join(fields)}.")
        answer = [answer.get(field) for field in fields]
    if isinstance(answer, list | tuple):
        if len(answer) > len(questions):
            raise InvalidInput(f"{len(answer)} answers to {len(questions)} questions.", FORMS)
        given = [_words(one) for one in answer]
        return "\n".join(one or NO_PREFERENCE for one in given) if any(given) else "just decide"
    words = _words(answer)
    if not words:
        raise InvalidInput("The answer is empty.", FORMS)
    return words


def _words(answer: object) -> str:
    if answer is None:
        return ""
    if isinstance(answer, str):
        return answer.strip()
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return str(answer)
    raise InvalidInput(f"{type(answer).__name__} is no form of an answer.", FORMS)
