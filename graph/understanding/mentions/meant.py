"""Whether a written form is meant as a name where it stands: "on Lambda" is, "a lambda function" is not."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph.understanding.mentions.mention import Named, NameKind
from graph.understanding.mentions.name_rules import beside
from graph.understanding.mentions.places import places
from graph.understanding.mentions.surroundings import Surroundings

NEIGHBOURS = 8
"""Tokens on either side that may say that cards are spoken of."""
PREFERRED: tuple[NameKind, ...] = ("gpu", "cluster", "place", "model", "provider", "region", "vendor", "chart")
"""One form, several kinds: the first of these, unless the neighbours say otherwise."""
SIGNS_OF_LISTS = frozenset({"+", "&", "/", "and", "or"})
OURS = frozenset({"our", "my", "your", "their", "own", "existing", "these", "those"})
"""Before what is there already: "do our flux loras still work?" asks for no other model."""
SIGNS_OF_MONEY = frozenset("$€£¥₹")


@dataclass(frozen=True)
class Candidate:
    """A form of the index in its place."""

    first: int
    last: int
    form: str
    named: tuple[Named, ...]
    is_provider: bool


def meant(around: Surroundings, candidate: Candidate, *, listed: bool) -> tuple[Named, ...]:
    """What the form names here, all of one kind (a cluster's provider besides); nothing where it is an ordinary word.
    `listed`: it stands in a list with a provider."""
    names = [named for named in candidate.named if _is_meant(around, named, candidate, listed)]
    kinds = {named.kind for named in names}
    kind = min(kinds, key=PREFERRED.index, default=None)
    if "chart" in kinds and len(kinds) > 1:
        near = around.texts[max(0, candidate.first - 4) : candidate.last + 5]
        kind = "chart" if beside("chart_company").intersection(near) else kind
    also = "provider" if kind == "cluster" else kind
    return tuple(sorted((n for n in names if n.kind in (kind, also)), key=lambda n: PREFERRED.index(n.kind)))


def _is_meant(around: Surroundings, named: Named, candidate: Candidate, listed: bool) -> bool:
    form = candidate.form
    if named.kind == "gpu":
        return _is_a_card(around, candidate)
    if named.kind == "cluster" or (form not in around.index.ordinary and len(form) > 4):
        return True
    written = around.text.quote(candidate.first, candidate.last)
    if named.kind == "place":
        return _is_a_place(around, candidate, written)
    if len(form) <= 2 and not written.isupper() and not (named.kind == "model" and form[-1].isdigit()):
        return False
    if form not in around.index.ordinary or (listed and named.kind == "provider"):
        return True
    return (named.kind == "region" and named.provider in around.said) or _cued(around, named, candidate, written)


def _cued(around: Surroundings, named: Named, candidate: Candidate, written: str) -> bool:
    """An ordinary word with a capital inside its sentence, or with neighbours that make it a name."""
    before, after = around.before(candidate.first), around.texts[candidate.last + 1]
    abbreviated = written.isupper() and named.domain == "llm" and not named.exact  # "clinical notes (PHI)"
    capital = written[:1].isupper() and not (around.shouted or abbreviated)
    if capital and (before not in ("", ".", "!", "?", ";") or (written.isupper() and len(written) > 2)):
        return True
    if after in beside("followers"):
        return True
    if named.kind == "model" and (after[:1].isdigit() or (after in beside("model_followers") and before not in OURS)):
        return True
    if named.kind == "model" and after in ("from", "by") and _is_an_owner(around, candidate.last + 2):
        return True  # "dia from nari-labs"
    if named.kind == "model" and not capital and candidate.form in around.things:
        return False
    if named.kind == "provider" and capital and after in beside("goes_on"):
        return True
    if named.kind in ("provider", "chart") and _is_judged(around.texts[candidate.last + 1 : candidate.last + 4]):
        return True
    if named.kind == "model" and capital and after == "for" and before in ("", ".", "!", "?", ";"):
        return True  # "Dia for text to speech"
    if named.kind == "chart" and after == "for" and candidate.form not in beside("too_plain"):
        return before in ("", ",", ".", ";", ":", "+", "/", "and", "plus")  # "loki for logs"
    return before in beside("cues") and (not after or after in beside("closing"))


def _is_an_owner(around: Surroundings, first: int) -> bool:
    """Somebody whose models the catalogue has."""
    end = first + 1
    while end < len(around.text.tokens) and around.joined[end]:
        end += 1
    return first < len(around.text.tokens) and "".join(around.handles[first:end]) in around.index.owners


def _is_judged(following: Sequence[str]) -> bool:
    """ "google is ok", "microsoft would be fine", "oracle out"."""
    ruled_out = following[0] == "out" and following[1] in ("", ".", ",", ";")
    return ruled_out or (following[0] in beside("judged") and bool(beside("verdicts").intersection(following[1:])))


def _is_a_place(around: Surroundings, candidate: Candidate, written: str) -> bool:
    form, before, after = candidate.form, around.before(candidate.first), around.texts[candidate.last + 1]
    if len(form) <= 4 and " " in written:
        return False  # "sell us a server" is no USA
    if form == "us":  # a small one is no pronoun between signs: "2x A6000, us, on demand"
        ends = after in ("", ",", ";", ".", "|", "only", "region", "regions", "based")
        listed = before in SIGNS_OF_LISTS or after in SIGNS_OF_LISTS  # "us + eu", "us-east", "eu/us"
        return (
            written.startswith("US")
            or (ends and before in (",", ";", ":", "/", "|"))
            or (listed and _beside_a_place(around, candidate))
        )
    if len(form) == 2 and form.upper() in places().codes:
        return written.isupper() and not around.shouted
    return form not in around.index.ordinary or written[:1].isupper()


def _beside_a_place(around: Surroundings, candidate: Candidate) -> bool:
    """The other member of a list of two is a place: "us + eu", "eu or us"."""
    others = (around.texts[candidate.last + 2], around.before(candidate.first - 1))
    return any(named.kind == "place" for other in others if other for named in around.index.of(other, "place"))


def _is_a_card(around: Surroundings, candidate: Candidate) -> bool:
    """ "a 4090" is one, "4090 users", "1920x1080" and "a 100 user app" are none."""
    first, last, texts = candidate.first, candidate.last, around.texts
    if not candidate.form.isdigit():
        return not is_apart(around, first, min(last, first + 1), 2)  # "RTX 4060 Ti 16GB" ends in a size of its own
    before, after = around.before(first), texts[last + 1]
    counted = around.touching[first] and len(around.before(first - 1)) > 2
    if before in SIGNS_OF_MONEY or (before == "x" and counted):
        return False
    if after == "or" and texts[last + 2] == "so":
        return False  # an amount
    if after in ("/", "or", "and") and around.cards_between(last + 2, last + 6):
        return True
    if before == "/" and around.cards_between(first - 4, first - 1):
        return True
    if after in beside("no_card_after"):
        return False
    listed = last + 1 + (after in (",", "+", "with", "and"))  # "3090, 64 gb ddr4"
    memory = texts[listed][:1].isdigit() and texts[listed + 1] in ("g", "gb")  # "4060 8gb"
    if memory or before in beside("before_a_card") or after in beside("after_a_card"):
        return True
    near = around.cards_between(first - NEIGHBOURS, first) or around.cards_between(last + 1, last + 1 + NEIGHBOURS)
    return after in beside("ends_a_card") and near


def is_apart(around: Surroundings, first: int, last: int, letters: int) -> bool:
    """So few letters and a figure behind them, with a space between."""
    return any(
        len(around.texts[at]) <= letters and around.texts[at].isalpha() and not around.joined[at + 1]
        and around.texts[at + 1][0].isdigit() and not (at > first and around.joined[at])
        for at in range(first, last)
    )  # fmt: skip


def providers_listed(around: Surroundings, candidates: Sequence[Candidate | None]) -> frozenset[int]:
    """Where candidates begin that stand in a list with a plain provider's name, or two of them with nothing around."""
    providers = [c for c in candidates if c is not None and c.is_provider]
    following = {c.first: _next_in_list(around, c, candidates) for c in providers}
    ends = beside("closing") | beside("joints") | {""}
    after_one: set[int] = set()
    listed: set[int] = set()
    for candidate in providers:
        other = following[candidate.first]
        if other is None:
            continue
        if candidate.form not in around.index.ordinary or candidate.first in after_one:
            after_one.add(other.first)
            if around.texts[other.last + 1] in ends:
                listed.add(other.first)
        outer, closing = around.before(candidate.first), around.texts[other.last + 1]
        alone = outer in ("", "on", "at", "with", ",", ".", ";", ":", "either", "use")
        if alone and around.texts[candidate.last + 1] in ("or", "/") and (not closing or closing in beside("closing")):
            listed.update((candidate.first, other.first))
    before_one: set[int] = set()
    for candidate in reversed(providers):
        other = following[candidate.first]
        if other is not None and (other.form not in around.index.ordinary or other.first in before_one):
            before_one.add(candidate.first)
            capital = around.text.raw[around.text.tokens[candidate.first].start].isupper()
            if around.texts[candidate.last + 1] != "," or candidate.first in after_one or capital:
                listed.add(candidate.first)  # but not in "bring it together, AWS is fine"
    return frozenset(listed)


def _next_in_list(
    around: Surroundings, candidate: Candidate, candidates: Sequence[Candidate | None]
) -> Candidate | None:
    at = candidate.last + 2
    other = candidates[at] if at < len(candidates) and around.texts[at - 1] in beside("joints") else None
    return other if other is not None and other.is_provider else None
