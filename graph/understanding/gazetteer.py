"""Finds the catalogue's names in a turn: longest first, ordinary words only where they are meant as names."""

from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.card_names import is_a_card
from graph.understanding.model_names import SIZE, with_tail
from graph.understanding.names import Kind, Mention, Named, NameIndex, name_rules, normal
from graph.understanding.wording import Token, tokens_of

_PREFERRED: tuple[Kind, ...] = ("gpu", "place", "model", "provider", "region", "chart")
_JOINTS = {"-", "_", ".", "/", ":"}
_LIST_SIGNS = frozenset({"or", "and", "/", ",", "|", "&"})


class Gazetteer:
    """The names of one catalogue, ready to be found in tokens."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index
        rules = name_rules()
        self._ordinary = frozenset(normal(word) for word in rules.ordinary)
        phrases = [tuple(token.text for token in tokens_of(phrase)) for phrase in rules.not_names]
        self._not_names = tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))

    def mentions(self, tokens: Sequence[Token], raw: str) -> tuple[Mention, ...]:
        """Every name, left to right, none overlapping."""
        taken = self._phrases_that_are_no_names(tokens)
        found: list[Mention] = []
        position = 0
        while position < len(tokens):
            mention = None if taken[position] else self._longest_at(tokens, taken, position, raw)
            if mention is None:
                position += 1
                continue
            found.append(replace(mention, written=_written(tokens[mention.first : mention.last + 1], raw)))
            position = mention.last + 1
        return tuple(found)

    def _phrases_that_are_no_names(self, tokens: Sequence[Token]) -> list[bool]:
        taken = [False] * len(tokens)
        texts = [token.text for token in tokens]
        for phrase in self._not_names:
            for start in range(len(texts) - len(phrase) + 1):
                if tuple(texts[start : start + len(phrase)]) == phrase:
                    taken[start : start + len(phrase)] = [True] * len(phrase)
        return taken

    def _longest_at(self, tokens: Sequence[Token], taken: Sequence[bool], start: int, raw: str) -> Mention | None:
        first = tokens[start]
        if not first.text[0].isalnum() or (
            first.glued and start and tokens[start - 1].text.isalnum() and not _counts(tokens, start)
        ):
            return None
        form, last, best = "", start, None
        words = 0
        while last < len(tokens) and words < self._index.longest + 2 and not taken[last]:
            token = tokens[last]
            if token.text[0].isalnum():
                form += normal(token.text)
                words += 1
                after_digits = token.glued and tokens[last - 1].text[-1].isdigit()
                plural = form[:-1] if after_digits and token.text.endswith("s") else form  # "A10Gs"
                named = self._index.forms.get(form) or self._index.forms.get(plural)
                if named and self._ends_at(tokens, last, named):
                    best = (last, named)
            elif not (token.text in _JOINTS and token.glued and last + 1 < len(tokens) and tokens[last + 1].glued):
                break
            last += 1
        if best is None:
            return self._versioned(tokens, taken, start)
        last, named = best
        meant = tuple(name for name in named if self._meant(name, tokens, start, last, raw))
        if not meant:
            return None
        kind = _kind_of(meant, tokens, start, last)
        meant = tuple(name for name in meant if name.kind == kind)
        if kind == "model":
            return with_tail(self._index, tokens, taken, start, last, meant)
        if last + 1 < len(tokens) and tokens[last + 1].glued and tokens[last + 1].text == "s":
            last += 1
        return Mention(start, last, meant)

    def _in_a_list(self, tokens: Sequence[Token], first: int, last: int, written: str) -> bool:
        """ "Oracle or Azure", "vast / runpod": what the plain name beside it is, this one is."""
        after, before = self._provider_after(tokens, last), self._provider_before(tokens, first)
        if after == "," and not (before or written[:1].isupper()):
            return False  # "bring it together, AWS is fine"
        ends = last + 1 >= len(tokens) or _stands_alone(tokens[last + 1].text) or tokens[last + 1].text in _LIST_SIGNS
        return bool(after) or (bool(before) and ends) or self._among_providers(tokens, first, last)

    def _among_providers(self, tokens: Sequence[Token], first: int, last: int) -> bool:
        """ "lambda or together": two names that are plain words, with nothing around them."""
        for this, other, outer in ((last, last + 2, first - 1), (first - 2, first - 2, first - 3)):
            joint = this + 1
            if this < 0 or other >= len(tokens) or tokens[joint].text not in ("or", "/"):
                continue
            ends = max(last, other) + 1
            form = normal(tokens[other].text)
            alone = outer < 0 or tokens[outer].text in ("on", "at", "with", ",", ".", ";", ":", "either", "use")
            closed = ends >= len(tokens) or _stands_alone(tokens[ends].text)
            if alone and closed and any(named.kind == "provider" for named in self._index.forms.get(form, ())):
                return True
        return False

    def _provider_after(self, tokens: Sequence[Token], last: int) -> str:
        """The sign between this word and a plain provider's name, over other words that may be providers; else ""."""
        position = last
        while position + 2 < len(tokens) and tokens[position + 1].text in _LIST_SIGNS:
            form = normal(tokens[position + 2].text)
            if not any(named.kind == "provider" for named in self._index.forms.get(form, ())):
                return ""
            if form not in self._ordinary:
                return tokens[last + 1].text
            position += 2
        return ""

    def _provider_before(self, tokens: Sequence[Token], first: int) -> str:
        position = first
        while position >= 2 and tokens[position - 1].text in _LIST_SIGNS:
            form = normal(tokens[position - 2].text)
            if not any(named.kind == "provider" for named in self._index.forms.get(form, ())):
                return ""
            if form not in self._ordinary:
                return tokens[first - 1].text
            position -= 2
        return ""

    def _ends_at(self, tokens: Sequence[Token], last: int, named: tuple[Named, ...]) -> bool:
        """The name stops here, and is not the beginning of a longer word: "a2-highgpu", "p4d"."""
        if last + 1 >= len(tokens) or not tokens[last + 1].glued:
            return True
        following = tokens[last + 1].text
        if following == "s" or (following == "x" and tokens[last].text[-1].isdigit()):
            return True
        if following[0].isalnum():
            return named[0].kind == "model" and (following[0].isdigit() or following in name_rules().words.tails)
        if following == "-" and named[0].kind == "gpu" and len(normal(named[0].name)) <= 4 and last + 2 < len(tokens):
            beyond = tokens[last + 2].text
            variants = self._index.gpu_variants.get(named[0].family or "", ())
            sized = any(beyond == f"{variant.memory_gb or 0:g}" for variant in variants)  # "A100-80"
            return sized or beyond in name_rules().words.gpu_hyphens or not tokens[last + 2].glued
        return True

    def _versioned(self, tokens: Sequence[Token], taken: Sequence[bool], start: int) -> Mention | None:
        """ "yolov9": a family with its version glued on by a v."""
        text = tokens[start].text
        if not (text.endswith("v") and len(text) > 3 and start + 1 < len(tokens) and tokens[start + 1].glued):
            return None
        named = self._index.forms.get(normal(text[:-1]), ())
        meant = tuple(name for name in named if name.kind == "model")
        return with_tail(self._index, tokens, taken, start, start, meant) if meant else None

    def _meant(self, named: Named, tokens: Sequence[Token], first: int, last: int, raw: str) -> bool:
        form = "".join(normal(token.text) for token in tokens[first : last + 1])
        written = raw[tokens[first].start : tokens[last].end]
        before = tokens[first - 1].text if first else ""
        after = tokens[last + 1].text if last + 1 < len(tokens) else ""
        if named.kind == "gpu":
            return is_a_card(form, tokens, first, last)
        if named.kind == "place" and len(form) <= 4 and form.isalpha() and " " in written:
            return False  # "sell us a server" is no USA
        if named.kind == "place" and len(form) == 2 and form.upper() in name_rules().country_codes:
            return written.isupper() and not raw.isupper()
        if named.kind == "place":
            return not (form == "us" and written != "US" and not _is_a_list_item(before, after))
        if len(form) <= 2 and not written.isupper() and not (named.kind == "model" and form[-1].isdigit()):
            return False
        if form not in self._ordinary:
            return True
        if named.kind == "provider" and self._in_a_list(tokens, first, last, written):
            return True
        if named.kind == "region" and named.provider in {token.text for token in tokens}:
            return True  # "azure west europe"
        shouted = written.isupper() and len(written) > 2 and not raw.isupper()
        capital = shouted or (written[:1].isupper() and first > 0 and before not in (".", "!", "?", ";"))
        sized = last + 1 < len(tokens) and SIZE.match(tokens[last + 1].text) is not None
        if written[:1].isupper() and named.kind == "provider" and after in name_rules().words.goes_on:
            return True
        if named.kind in ("provider", "chart") and after in ("is", "would", "out") and _is_judged(tokens, last):
            return True
        plain = form in name_rules().words.too_plain
        if (
            named.kind == "chart"
            and after == "for"
            and before in ("", ",", ".", ";", ":", "+", "/", "and", "plus")
            and not plain
        ):
            return True  # "loki for logs"
        return (
            capital
            or after in name_rules().words.followers
            or sized
            or (before in name_rules().words.cues and _stands_alone(after))
        )


def _is_judged(tokens: Sequence[Token], last: int) -> bool:
    """ "google is ok", "microsoft would be fine", "oracle out"."""
    words = [token.text for token in tokens[last + 1 : last + 4]]
    ruled_out = words[0] == "out" and (len(words) == 1 or words[1] in (".", ",", ";"))
    return ruled_out or bool(set(words[1:]) & name_rules().words.verdicts)


def _is_a_list_item(before: str, after: str) -> bool:
    """ "2x A6000, us, on demand": between signs a small "us" is no pronoun."""
    return before in (",", ";", ":", "/", "|") and after in (
        "",
        ",",
        ";",
        ".",
        "|",
        "only",
        "region",
        "regions",
        "based",
    )


def _counts(tokens: Sequence[Token], start: int) -> bool:
    """ "8xh100": the x of a multiplication may stand directly before a name."""
    return tokens[start - 1].text == "x" and start >= 2 and tokens[start - 2].text[0].isdigit()


def _stands_alone(after: str) -> bool:
    return not after or after in name_rules().words.closing


def _kind_of(named: tuple[Named, ...], tokens: Sequence[Token], first: int, last: int) -> Kind:
    """One form, several kinds: the neighbours say which, else a GPU before a model before a chart."""
    kinds = {name.kind for name in named}
    around = {token.text for token in tokens[max(0, first - 4) : last + 5]}
    if "chart" in kinds and around & name_rules().words.chart_company:
        return "chart"
    return min(kinds, key=_PREFERRED.index)


def _written(tokens: Sequence[Token], raw: str) -> str:
    """The raw words, with the corrected form of a misspelt one in its place."""
    parts: list[str] = []
    for position, token in enumerate(tokens):
        as_typed = raw[token.start : token.end]
        if position and not token.glued:
            parts.append(" ")
        parts.append(as_typed if normal(as_typed) == normal(token.text) else token.text.capitalize())
    return "".join(parts)
