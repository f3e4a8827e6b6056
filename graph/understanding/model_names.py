"""How far a model's name goes: family, version, size, variant."""

import re
from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.names import Mention, Named, NameIndex, name_rules, normal
from graph.understanding.wording import Token, tokens_of

_PRECISION = re.compile(r"(?:fp|int|bf|nvfp|mxfp|nf|w|q)\d+\w*|awq|gptq|gguf|fp|int|bf|nvfp|mxfp|quantized|mlx|bnb")
_LETTERED_SIZES = ("n", "s", "m", "l", "x")
SIZE = re.compile(r"^\d+(?:\.\d+)?$")


def with_tail(
    index: NameIndex, tokens: Sequence[Token], taken: Sequence[bool], first: int, last: int, named: tuple[Named, ...]
) -> Mention:
    """The name with the version, size and variant that follow it: "llama" + "3.1" + "70b" + "instruct"."""
    family = named[0].family or named[0].name
    tails = index.tails.get(family, set())
    size_b = _size_in(tokens, first, last)
    position = last + 1
    while position < len(tokens) and not taken[position]:
        token, text = tokens[position], tokens[position].text
        after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        after_glued = position + 1 < len(tokens) and tokens[position + 1].glued
        if text in ("-", "_", ".", ":") and token.glued and after_glued:
            position += 1
            continue
        if text == "+" and token.glued and position == last + 1:
            last, position = position, position + 1  # "Command R+"
            continue
        if _PRECISION.fullmatch(text + (after if after_glued else "")) or _PRECISION.fullmatch(text):
            break
        if token.glued and after_glued and after in _LETTERED_SIZES and _is_lettered(tokens, position, family):
            last, position = position + 1, position + 2  # "yolo11x", "yolov8m"
            continue
        lettered = token.glued and text in _LETTERED_SIZES and not SIZE.match(after)
        if lettered and _is_lettered(tokens, position - 1, family):
            last, position = position, position + 1
            continue
        if size_b and text == "a" and after_glued and SIZE.match(after) and _letter_at(tokens, position + 2) == "b":
            last, position = position + 2, position + 3  # "30b-a3b": the active parameters
            continue
        if SIZE.match(text) and after in ("b", "m") and (after_glued or after == "b"):
            value = float(text) / (1.0 if after == "b" else 1000.0)
            if after == "m" and value > 1.5:
                break
            size_b, last, position = value, position + 1, position + 2
            continue
        if SIZE.match(text) and after == "x" and after_glued:  # 8x7b
            size_b, last, position = None, position + 3, position + 4
            continue
        version = (
            SIZE.match(text)
            and (text in tails or "." in text or token.glued)
            and after not in name_rules().words.units_after_version
            and not after.startswith("¤")
            and (size_b is None or token.glued)
        )
        numbered = (
            position == last + 1 and len(text) == 1 and text.isalpha() and after_glued and re.fullmatch(r"\d", after)
        )
        if numbered and not any(named.kind == "gpu" for named in index.forms.get(text + after, ())):
            last, position = position + 1, position + 2  # "Falcon H1", "Kimi K2"
            continue
        glued_v = text == "v" and after_glued and SIZE.match(after)
        variant = (
            (text in tails or text in name_rules().words.tails) and not SIZE.match(text) and _goes_on(tokens, position)
        )
        if version or variant:
            last, position = position, position + 1
        elif glued_v:
            last, position = position + 1, position + 2
        else:
            break
    last = min(last, len(tokens) - 1)
    return Mention(first, last, _resolved(index, tokens, first, last, named), size_b)


def _is_lettered(tokens: Sequence[Token], position: int, family: str) -> bool:
    """A version with the letter of a size, in the lines that are named so."""
    named = "yolo" in family.lower() or tokens[position - 1].text.startswith("yolo")
    return named and SIZE.match(tokens[position].text) is not None


def _letter_at(tokens: Sequence[Token], position: int) -> str:
    return tokens[position].text if position < len(tokens) and tokens[position].glued else ""


def _goes_on(tokens: Sequence[Token], position: int) -> bool:
    """A variant's word belongs to the name unless it is an ordinary word that goes on the sentence."""
    text = tokens[position].text
    if text in name_rules().words.after_a_model:
        return False
    if text in ("it", "chat", "base", "small", "large", "medium"):
        following = tokens[position + 1].text if position + 1 < len(tokens) else "."
        joined = tokens[position].glued or tokens[position - 1].text == "-"
        return joined or following in name_rules().words.closing
    return len(text) > 1 or tokens[position].glued


def _resolved(
    index: NameIndex, tokens: Sequence[Token], first: int, last: int, named: tuple[Named, ...]
) -> tuple[Named, ...]:
    form = normal("".join(token.text for token in tokens[first : last + 1]))
    exact = tuple(name for name in index.forms.get(form, ()) if name.kind == "model")
    if exact:
        return _as_used(index, exact, tokens[first : last + 1])
    family = named[0].family or named[0].name
    begins = [term for term in index.members.get(family, ()) if form in (normal(term.name), normal(term.key))]
    begins = begins or [
        term for term in index.members.get(family, ())
        if any(normal(written).startswith(form) for written in (term.name, *term.aliases))
    ]  # fmt: skip
    if not begins:
        words = {token.text for token in tokens[first + 1 : last + 1] if token.text.isalpha() and len(token.text) > 1}
        said = words & name_rules().words.variants
        members = index.members.get(family, ()) if said else ()
        begins = [term for term in members if said <= {token.text for token in tokens_of(term.name)}]
    domains = sorted(term.domain for term in begins)
    if domains:
        usual = max(dict.fromkeys(domains), key=domains.count)
        if usual == "multimodal" and _also_speaks_only(index, family, tokens[first : last + 1]):
            usual = "llm"
        return (Named("model", family, domain=usual, family=family, exact=False),)
    return _as_used(index, named, tokens[first : last + 1])


def _size_in(tokens: Sequence[Token], first: int, last: int) -> float | None:
    """ "llama 70b" found whole in the index: 70."""
    for position in range(first, last):
        digits, letter = tokens[position].text, tokens[position + 1].text
        if SIZE.match(digits) and letter in ("b", "m") and tokens[position + 1].glued:
            if position and tokens[position - 1].text == "x":
                return None
            return float(digits) / (1.0 if letter == "b" else 1000.0)
    return None


def _also_speaks_only(index: NameIndex, family: str, tokens: Sequence[Token]) -> bool:
    """The line has language models too, and the name says nothing of vision."""
    speaks = any(term.domain == "llm" for term in index.members.get(family, ()))
    return speaks and not {token.text for token in tokens} & name_rules().words.variants


def _as_used(index: NameIndex, exact: tuple[Named, ...], tokens: Sequence[Token]) -> tuple[Named, ...]:
    """A model that also sees, in a line of language models, is named for its language unless its name says vision."""
    if exact[0].domain != "multimodal" or not _also_speaks_only(index, exact[0].family or "", tokens):
        return exact
    return tuple(replace(named, domain="llm") for named in exact)
