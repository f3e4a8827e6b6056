"""The plan's first paragraph in a language model's words, kept only where every word of weight was there before."""

import re
from collections.abc import Callable

from domain.plan import DeploymentPlan
from graph.understanding.llm.answer import PhraseAnswer, said
from graph.understanding.llm.language_model import LanguageModel
from graph.understanding.mentions.line import Line
from prompts import filled, phrase_words

SHARE = 1 / 3
"""Of the time-out: better words are not worth a longer wait."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_MARKUP = re.compile(r"[<>`*_\[\]\n]|://|[$€£](?!\d)")
_LONGEST = 3
"""Times the length of the template; a paragraph that grows more than that has been added to."""
_ENDINGS = ("ing", "ed", "es", "s", "e")
_SHORTEST_STEM = 3


async def phrased(draft: DeploymentPlan, model: LanguageModel, line_of: Callable[[str], Line]) -> str:
    """The paragraph, or the draft's own where the model's strays. Raises EngineUnavailable when the model fails."""
    known = {path: str(value) for path, value in said(draft.spec).items()}
    instructions = filled("phrase", {"words": ", ".join(sorted(phrase_words()))})
    material = {"paragraph": draft.understanding, "requirement": known}
    answer = await model.ask(PhraseAnswer, instructions, material, share=SHARE)
    if len(answer.paragraph) > _LONGEST * len(draft.understanding) + 80:
        return draft.understanding
    paragraph = " ".join(answer.paragraph.split())
    quotes = [words.quote for words in draft.spec.evidence.values()]
    evidence = " ".join((draft.title, draft.understanding, *known.values(), *quotes))
    names = _names(line_of(paragraph)) <= _names(line_of(evidence))
    return paragraph if names and _keeps_to(paragraph, draft.understanding, evidence) else draft.understanding


def _keeps_to(paragraph: str, template_text: str, evidence: str) -> bool:
    """No number, word or markup that was not there, and no number of the template lost."""
    if not paragraph or _MARKUP.search(paragraph):
        return False
    if not _numbers(template_text) <= _numbers(paragraph) <= _numbers(evidence):
        return False
    return _stems(paragraph) <= _stems(evidence) | _stems(" ".join(phrase_words()))


def _names(line: Line) -> frozenset[str]:
    return frozenset(named.name for _, name in line.names for named in name.named)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", "") for number in _NUMBER.findall(text))


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(text.lower().replace("’", "'")))


def _stem(word: str) -> str:
    """ "serving", "serves" and "serve" are one word."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word
