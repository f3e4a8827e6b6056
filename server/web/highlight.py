"""Code in colours, as spans that the page's style sheet knows."""

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

MOST_CHARACTERS = 60_000
"""A longer text is shown without colours."""
_KINDS = {".tfvars": "x.tf", ".mmd": "x.txt", ".sbatch": "x.sh", ".env": "x.sh"}
"""Endings that no lexer claims -> a name that one does."""
_SPANS = HtmlFormatter(nowrap=True)


def highlighted(text: str, language: str) -> str:
    """What goes inside `<pre><code>`; `language` as in a fence of Markdown."""
    return _drawn(text, _by_name(language))


def highlighted_file(path: str, text: str) -> str:
    """The same of a file, by its name."""
    return _drawn(text, _by_file(path))


def _drawn(text: str, lexer: Lexer) -> str:
    return str(highlight(text, lexer if len(text) <= MOST_CHARACTERS else _plain(), _SPANS))


@lru_cache
def _by_name(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return _plain()


@lru_cache
def _by_file(path: str) -> Lexer:
    name = path.rsplit("/", 1)[-1]
    for ending, like in _KINDS.items():
        name = like if name.endswith(ending) else name
    try:
        return get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        return _plain()


@lru_cache
def _plain() -> Lexer:
    return TextLexer(stripnl=False)
