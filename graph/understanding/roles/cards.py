"""What the catalogue calls a card: the variant that the memory said leaves, else the family."""

import re

from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.mention import Name


def names_of(card: Name, memory_gb: float | None, index: NameIndex) -> tuple[str, ...]:
    """The card, or all cards of several families that one word names: "consumer cards"."""
    if len({named.family for named in card.named}) > 1:
        return tuple(named.name for named in card.named)
    return (card_named(card, memory_gb, index),)


def memory_in_name(card: Name) -> bool:
    """ "A100 80GB" names a variant and says how much memory is wanted."""
    memory = card.named[0].memory_gb
    if memory is None or not card.named[0].exact:
        return False
    written = card.written.lower().replace(" ", "").replace("-", "")
    return f"{memory:g}gb" in written or written.endswith(f"{memory:g}g") or written_memory(card) == memory


def written_memory(card: Name) -> float | None:
    """The memory that stands in the name as it was written: "V100-PCIE-32GB", "A100-80", "H100 80", "A10080"."""
    said = re.search(r"(?<![a-z])(\d{1,3}) ?gb?$|(?<=\d[- ])(\d{2,3})s?$|(?<=\d00)(\d0)$", card.written.lower())
    return float(said[said.lastindex or 0]) if said else None


def card_named(card: Name, memory_gb: float | None, index: NameIndex) -> str:
    """The catalogue's name for the card: the variant that the memory said leaves, else the family.

    "H100 80GB" leaves several variants, whatever one of them is also called: it stays the family, with its memory.
    """
    named = card.named[0]
    family = named.family or named.name
    variants = index.gpu_variants.get(family, ())
    memory_gb = memory_gb or written_memory(card)
    if (
        named.exact
        and not is_one_of_many(card, index)
        and not memory_in_name(card)
        and memory_gb in (None, named.memory_gb)
    ):
        return named.name
    memory = memory_gb or (named.memory_gb if memory_in_name(card) else None)
    fitting = [variant.name for variant in variants if memory is not None and variant.memory_gb == memory]
    own = [name for name in fitting if memory is not None and plain(name) == plain(f"{family}{memory:g}gb")]
    if len(variants) > 1 and own:
        return own[0]
    return fitting[0] if len(fitting) == 1 and len(variants) > 1 else family


def is_one_of_many(card: Name, index: NameIndex) -> bool:
    """The card comes with several sizes of memory, and none is said: "Tesla V100"."""
    named = card.named[0]
    variants = index.gpu_variants.get(named.family or "", ())
    if named.exact and plain(named.name) != plain(named.family or "") and plain(named.name) in plain(card.written):
        return False  # "Gaudi 3"
    own = len({form for form in ("pcie", "sxm", "nvl", "hgx") if form in card.written.lower()}) > 0
    return not own and not written_memory(card) and len({variant.memory_gb for variant in variants}) > 1


def plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
