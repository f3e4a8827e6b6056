"""What of a request is neither in the spec's quotes nor said to be left out: its numbers and its names, word by word.

The tokens are our own: what the reader took for a token plays no part.
"""

import re
from collections.abc import Iterable, Iterator

_TOKEN = re.compile(r"[^\W_](?:[\w.,+'’-]*[^\W_])?[%€$£¥]?")
_TIMES = re.compile(r"(?<=\d)\s?[xX*×]\s?(?=[~≈]?\d|[A-Z])")
"""Between a count and what is counted: two tokens."""
_ENUMERATION = re.compile(r"\(\d{1,2}\)|(?:^|\n)\s*\d{1,2}[.)]\s")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n(\"“]|\n\s*[-*•])\s*$")
SHORT = 4
"""Letters of a word that is looked for as a whole word: "us" is not in "focus"."""
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
GENERIC = frozenset({
    "ai", "api", "cpu", "gpu", "gpus", "hi", "i", "i'm", "i'd", "i've", "it", "llm", "llms", "lol", "ml", "no", "not",
    "fy", "hpc", "mvp", "ok", "pls", "prod", "sre", "tbd", "ttft",
    "project", "thanks", "thx", "we", "we're", "vram", "ram",
})  # fmt: skip
"""Words in capitals that carry no requirement of their own."""


def residue(request: str, quotes: Iterable[str]) -> tuple[str, ...]:
    """Numbers and names of the request of which no quote has the word; each once, in their order."""
    held = [_plain(_TIMES.sub(" ", quote)) for quote in quotes]
    numbers = {digits for quote in held for digits in _DIGITS.findall(quote)}
    text = _TIMES.sub(" ", _ENUMERATION.sub(" ", request))
    left = (token for token in _told(text) if not _is_held(token, held, numbers))
    return tuple(dict.fromkeys(left))


def _is_held(token: str, held: list[str], numbers: set[str]) -> bool:
    plain = _plain(token)
    word = re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)") if len(plain) < SHORT else re.compile(re.escape(plain))
    if any(word.search(quote) for quote in held):
        return True
    figures = _DIGITS.findall(plain)
    return bool(figures) and not any(sign.isalpha() for sign in plain) and all(figure in numbers for figure in figures)


def _told(text: str) -> Iterator[str]:
    """Words with a figure in them, words with a capital inside, and capitalised words within a sentence."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.lower() in GENERIC or (len(token) == 1 and not token.isdigit()):
            continue
        opens = _SENTENCE_END.search(text[: match.start()]) is not None
        figure = any(sign.isdigit() for sign in token)
        inner = any(sign.isupper() for sign in token[1:])
        if figure or inner or (token[0].isupper() and not opens):
            yield token


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
