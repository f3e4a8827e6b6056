"""Finds the catalogue's names in a turn: longest first, ordinary words only where they are meant as names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.understanding.names import Named, NameIndex, name_rules, normal
from graph.understanding.wording import Token, tokens_of

_JOINTS = {"-", "_", ".", "/", ":"}
_NAME_CUES = {
    "on", "use", "using", "with", "via", "install", "deploy", "without", "no", "not", "forget", "drop", "need", "want",
    "run", "running", "at", "from", "to", "in", "instead", "avoid", "except", "or", "like", "is", "on:", "prefer", "plus",
    "add", "serve", "host", "train", "finetune", "tune",
}  # fmt: skip
_NAME_FOLLOWERS = {
    "ai",
    "labs",
    "cloud",
    "chart",
    "operator",
    "cluster",
    "instances",
    "instance",
    "gpus",
    "gpu",
    "model",
    "region",
}
_GPU_HYPHENS = {
    "based", "class", "powered", "type", "like", "equivalent", "only", "backed", "or", "style", "level", "grade",
    "gpu", "gpus", "instance", "instances", "node", "nodes", "server", "cluster", "equipped",
}  # fmt: skip
_SIZE = re.compile(r"^\d+(?:\.\d+)?$")
_UNITS_AFTER_VERSION = {
    "gpu", "gpus", "x", "gb", "tb", "users", "user", "requests", "cards", "nodes", "node", "times", "images", "hours",
    "days", "weeks", "months", "k", "m", "%", "concurrent", "replicas", "copies", "people", "gib", "documents", "million",
    "tokens", "ms", "seconds", "or", "instances", "models", "a100", "h100",
}  # fmt: skip
_NOT_A_CARD_AFTER = {
    "gb",
    "gib",
    "tb",
    "mb",
    "users",
    "tokens",
    "token",
    "images",
    "requests",
    "people",
    "k",
    "hours",
    "documents",
    "/",
    "usd",
    "dollars",
    "ctx",
}
_PRECISION = re.compile(r"(?:fp|int|bf|nvfp|mxfp|nf|w|q)\d+\w*|awq|gptq|gguf|fp|int|bf|nvfp|mxfp|quantized|mlx|bnb")
_VARIANTS = {
    "vl",
    "vision",
    "coder",
    "code",
    "embedding",
    "embed",
    "reranker",
    "omni",
    "audio",
    "guard",
    "image",
    "math",
    "asr",
    "tts",
}
_ALWAYS_TAIL = {
    "instruct",
    "chat",
    "base",
    "large",
    "medium",
    "small",
    "mini",
    "turbo",
    "coder",
    "distill",
    "it",
    "hf",
    "xl",
    "v",
}


@dataclass(frozen=True)
class Mention:
    """A name in the turn: token positions (both included) and what it may stand for."""

    first: int
    last: int
    named: tuple[Named, ...]
    size_b: float | None = None
    """Billions of parameters written in the name itself."""
    written: str = ""
    """The name as the user wrote it, misspellings put right."""

    @property
    def kind(self) -> str:
        return self.named[0].kind


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
                if (named := self._index.forms.get(form)) and self._ends_at(tokens, last, named):
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
            return self._with_tail(tokens, taken, start, last, meant)
        if last + 1 < len(tokens) and tokens[last + 1].glued and tokens[last + 1].text == "s":
            last += 1
        return Mention(start, last, meant)

    def _ends_at(self, tokens: Sequence[Token], last: int, named: tuple[Named, ...]) -> bool:
        """The name stops here, and is not the beginning of a longer word: "a2-highgpu", "p4d"."""
        if last + 1 >= len(tokens) or not tokens[last + 1].glued:
            return True
        following = tokens[last + 1].text
        if following == "s" or (following == "x" and tokens[last].text[-1].isdigit()):
            return True
        if following[0].isalnum():
            return named[0].kind == "model" and (following[0].isdigit() or following in _ALWAYS_TAIL)
        if following == "-" and named[0].kind == "gpu" and len(normal(named[0].name)) <= 4 and last + 2 < len(tokens):
            return tokens[last + 2].text in _GPU_HYPHENS or not tokens[last + 2].glued
        return True

    def _versioned(self, tokens: Sequence[Token], taken: Sequence[bool], start: int) -> Mention | None:
        """ "yolov9": a family with its version glued on by a v."""
        text = tokens[start].text
        if not (text.endswith("v") and len(text) > 3 and start + 1 < len(tokens) and tokens[start + 1].glued):
            return None
        named = self._index.forms.get(normal(text[:-1]), ())
        meant = tuple(name for name in named if name.kind == "model")
        return self._with_tail(tokens, taken, start, start, meant) if meant else None

    def _meant(self, named: Named, tokens: Sequence[Token], first: int, last: int, raw: str) -> bool:
        form = "".join(normal(token.text) for token in tokens[first : last + 1])
        written = raw[tokens[first].start : tokens[last].end]
        before = tokens[first - 1].text if first else ""
        after = tokens[last + 1].text if last + 1 < len(tokens) else ""
        if named.kind == "gpu":
            return _is_a_card(form, tokens, first, last, before, after)
        if named.kind == "place":
            return not (form == "us" and written != "US")
        if len(form) <= 2 and named.kind != "place" and not written.isupper():
            return False
        if form not in self._ordinary:
            return True
        capital = written[:1].isupper() and first > 0 and before not in (".", "!", "?", ":", ";")
        sized = last + 1 < len(tokens) and _SIZE.match(tokens[last + 1].text) is not None
        if written[:1].isupper() and named.kind == "provider" and after in ("is", "are", "has", "offers", "was"):
            return True
        return capital or after in _NAME_FOLLOWERS or sized or (before in _NAME_CUES and _stands_alone(after))

    def _with_tail(
        self, tokens: Sequence[Token], taken: Sequence[bool], first: int, last: int, named: tuple[Named, ...]
    ) -> Mention:
        """The name with the version, size and variant that follow it: "llama" + "3.1" + "70b" + "instruct"."""
        family = named[0].family or named[0].name
        tails = self._index.tails.get(family, set())
        size_b = _size_in(tokens, first, last)
        position = last + 1
        while position < len(tokens) and not taken[position]:
            token, text = tokens[position], tokens[position].text
            after = tokens[position + 1].text if position + 1 < len(tokens) else ""
            after_glued = position + 1 < len(tokens) and tokens[position + 1].glued
            if text in ("-", "_", ".", ":") and token.glued and after_glued:
                position += 1
                continue
            if _PRECISION.fullmatch(text + (after if after_glued else "")) or _PRECISION.fullmatch(text):
                break
            if _SIZE.match(text) and after in ("b", "m") and (after_glued or after == "b"):
                value = float(text) / (1.0 if after == "b" else 1000.0)
                if after == "m" and value > 1.5:
                    break
                size_b, last, position = value, position + 1, position + 2
                continue
            if _SIZE.match(text) and after == "x" and after_glued:  # 8x7b
                size_b, last, position = None, position + 3, position + 4
                continue
            version = (
                _SIZE.match(text)
                and (text in tails or "." in text or token.glued)
                and after not in _UNITS_AFTER_VERSION
            )
            glued_v = text == "v" and after_glued and _SIZE.match(after)
            variant = (
                (text in tails or text in _ALWAYS_TAIL) and not _SIZE.match(text) and self._goes_on(tokens, position)
            )
            if version or variant:
                last, position = position, position + 1
            elif glued_v:
                last, position = position + 1, position + 2
            else:
                break
        last = min(last, len(tokens) - 1)
        return Mention(first, last, self._resolved(tokens, first, last, named), size_b)

    def _goes_on(self, tokens: Sequence[Token], position: int) -> bool:
        """A variant's word belongs to the name unless it is an ordinary word that goes on the sentence."""
        text = tokens[position].text
        if text in (
            "for",
            "on",
            "in",
            "to",
            "and",
            "or",
            "with",
            "of",
            "the",
            "a",
            "model",
            "models",
            "is",
            "as",
            "at",
            "by",
            "from",
        ):
            return False
        if text in ("it", "chat", "base", "small", "large", "medium"):
            following = tokens[position + 1].text if position + 1 < len(tokens) else "."
            joined = tokens[position].glued or tokens[position - 1].text == "-"
            return joined or following in (
                ".",
                ",",
                ";",
                "?",
                "!",
                "on",
                "for",
                "in",
                "with",
                "at",
                "v",
                "under",
                "to",
                "and",
                "model",
            )
        return len(text) > 1 or tokens[position].glued

    def _resolved(self, tokens: Sequence[Token], first: int, last: int, named: tuple[Named, ...]) -> tuple[Named, ...]:
        form = normal("".join(token.text for token in tokens[first : last + 1]))
        exact = tuple(name for name in self._index.forms.get(form, ()) if name.kind == "model")
        if exact:
            return exact
        family = named[0].family or named[0].name
        begins = [term for term in self._index.members.get(family, ()) if form in (normal(term.name), normal(term.key))]
        begins = begins or [
            term for term in self._index.members.get(family, ())
            if any(normal(written).startswith(form) for written in (term.name, *term.aliases))
        ]  # fmt: skip
        if not begins:
            words = {
                token.text for token in tokens[first + 1 : last + 1] if token.text.isalpha() and len(token.text) > 1
            }
            begins = [
                term for term in self._index.members.get(family, ())
                if words & _VARIANTS and words & _VARIANTS <= {token.text for token in tokens_of(term.name)}
            ]  # fmt: skip
        domains = sorted(term.domain for term in begins)
        if domains:
            usual = max(dict.fromkeys(domains), key=domains.count)
            return (Named("model", family, domain=usual, family=family, exact=False),)
        return named


def _counts(tokens: Sequence[Token], start: int) -> bool:
    """ "8xh100": the x of a multiplication may stand directly before a name."""
    return tokens[start - 1].text == "x" and start >= 2 and tokens[start - 2].text[0].isdigit()


def _stands_alone(after: str) -> bool:
    return after in (
        "",
        ".",
        ",",
        ";",
        "!",
        "?",
        "and",
        "or",
        "for",
        "with",
        "to",
        "on",
        "is",
        "in",
        "please",
        "at",
        "under",
        "instead",
        "-",
        "but",
        "(",
        ")",
    )


def _is_a_card(form: str, tokens: Sequence[Token], first: int, last: int, before: str, after: str) -> bool:
    if form.isdigit():  # "4090"
        counted = before in ("x", "rtx", "geforce") or before in ("two", "four", "eight", "a", "an", "single", "one")
        return (
            (counted or after in ("s", "gpu", "gpus", "card", "cards", "x"))
            and after not in _NOT_A_CARD_AFTER
            or (
                not before.startswith(("$", "€", "£", "¤"))
                and after not in _NOT_A_CARD_AFTER
                and before in ("on", "an", "my", "our", "or", "and", "the", "my")
            )
        )
    for position in range(first, last):
        letters, digits = tokens[position], tokens[position + 1]
        if letters.text.isalpha() and len(letters.text) <= 2 and digits.text[0].isdigit() and not digits.glued:
            return False  # "a 100 user app" is no A100
    return True


def _kind_of(named: tuple[Named, ...], tokens: Sequence[Token], first: int, last: int) -> str:
    """One form, several kinds: the neighbours say which, else a GPU before a model before a chart."""
    kinds = {name.kind for name in named}
    around = {token.text for token in tokens[max(0, first - 4) : last + 5]}
    if "chart" in kinds and around & {
        "chart",
        "helm",
        "operator",
        "gitops",
        "ci",
        "cd",
        "install",
        "queue",
        "streaming",
    }:
        return "chart"
    for kind in ("gpu", "place", "model", "provider", "region", "chart"):
        if kind in kinds:
            return kind
    raise AssertionError(kinds)


def _size_in(tokens: Sequence[Token], first: int, last: int) -> float | None:
    """ "llama 70b" found whole in the index: 70."""
    for position in range(first, last):
        digits, letter = tokens[position].text, tokens[position + 1].text
        if _SIZE.match(digits) and letter in ("b", "m") and tokens[position + 1].glued:
            if position and tokens[position - 1].text == "x":
                return None
            return float(digits) / (1.0 if letter == "b" else 1000.0)
    return None


def _written(tokens: Sequence[Token], raw: str) -> str:
    """The raw words, with the corrected form of a misspelt one in its place."""
    parts: list[str] = []
    for position, token in enumerate(tokens):
        as_typed = raw[token.start : token.end]
        if position and not token.glued:
            parts.append(" ")
        parts.append(as_typed if normal(as_typed) == normal(token.text) else token.text.capitalize())
    return "".join(parts)
