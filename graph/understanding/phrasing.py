"""The plan's first paragraph in a language model's words, kept only where every word of weight was there before."""

import re

from domain.plan import DeploymentPlan
from domain.workload import Evidence
from graph.understanding.evidence.answers import PhraseAnswer
from graph.understanding.evidence.fields import said
from graph.understanding.evidence.support import Support
from graph.understanding.language_model import LanguageModel
from prompts import filled, phrase_words

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_MARKUP = re.compile(r"[<>`*_\[\]\n]|://|[$€£](?!\d)")
_LONGEST = 3
"""Times the length of the template; a paragraph that grows more than that has been added to."""
_ENDINGS = ("ing", "ed", "es", "s", "e")
_SHORTEST_STEM = 3


async def phrased(draft: DeploymentPlan, model: LanguageModel, support: Support) -> str:
    """The paragraph, or the draft's own where the model's strays. Raises EngineUnavailable when the model fails."""
    known = {path: str(value) for path, value in said(draft.spec).items() if path not in ("evidence", "assumptions")}
    instructions = filled("phrase", {"words": ", ".join(sorted(phrase_words()))})
    answer = await model.ask(PhraseAnswer, instructions, {"paragraph": draft.understanding, "requirement": known})
    paragraph = " ".join(answer.paragraph.split())
    evidence = " ".join((draft.title, draft.understanding, *known.values(), *_quotes(draft.spec.evidence)))
    return paragraph if _keeps_to(paragraph, draft.understanding, evidence, support) else draft.understanding


def _quotes(evidence: dict[str, Evidence]) -> list[str]:
    return [words.quote for words in evidence.values()]


def _keeps_to(paragraph: str, template_text: str, evidence: str, support: Support) -> bool:
    """No number, name or markup that was not there, and no number of the template lost."""
    if not paragraph or len(paragraph) > _LONGEST * len(template_text) + 80 or _MARKUP.search(paragraph):
        return False
    if not _numbers(template_text) <= _numbers(paragraph) <= _numbers(evidence):
        return False
    if not _stems(paragraph) <= _stems(evidence) | _stems(" ".join(phrase_words())):
        return False
    return support.names_in(paragraph) <= support.names_in(evidence)


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
