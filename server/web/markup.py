"""Markdown of ours as HTML. Raw HTML in it is shown as text, and what comes out is cleaned once more."""

import nh3
from markdown_it import MarkdownIt

from server.web.highlight import highlighted


def _coloured(code: str, language: str, _: object) -> str:
    return highlighted(code, language) if language else ""


_MARKDOWN = MarkdownIt("commonmark", {"html": False, "highlight": _coloured}).enable("table")
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "span": {"class"}, "code": {"class"}}


def as_html(markdown: str) -> str:
    """Tables can be scrolled by keyboard where a screen is too narrow for them."""
    html = nh3.clean(_MARKDOWN.render(markdown), attributes=_ATTRIBUTES)
    return html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")


def without_heading(markdown: str) -> str:
    """The text under its first heading."""
    first, _, rest = markdown.partition("\n")
    return rest.lstrip("\n") if first.startswith("#") else markdown
