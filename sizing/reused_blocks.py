"""Blocks that are used again over the depth: Zamba's few of attention (arXiv 2411.15242), all of ALBERT's (arXiv
1909.11942)."""

from sizing.config_fields import Config, count, model_type, said
from sizing.feed_forward import dense_width
from sizing.layer_sequence import Sequence


def repeated(text: Config, sequence: Sequence) -> frozenset[int]:
    """Places whose block stands below already: its parameters count once, its cache each time."""
    if (groups := count(text, "num_hidden_groups")) is not None:
        return frozenset(range(groups, len(sequence.layers)))
    blocks = count(text, "num_mem_blocks") if model_type(text).startswith("zamba") else None
    places = [layer.index for layer in sequence.layers if layer.mixer == "parallel"]
    return frozenset(places[blocks:]) if blocks else frozenset()


def of_each_place(text: Config, hidden: int) -> int:
    """What every use of such a block has to itself: a projection back, and adapters of low rank (Zamba 2)."""
    if not model_type(text).startswith("zamba"):
        return 0
    rank, width = count(text, "adapter_rank") or 0, dense_width(text, hidden)
    of_mlp = rank * (hidden + 2 * width) if text.get("use_shared_mlp_adapter") is not False else 0
    of_attention = 3 * rank * 4 * hidden if said(text, "use_shared_attention_adapter") else 0
    return hidden * hidden + of_mlp + of_attention
