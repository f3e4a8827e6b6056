"""What a turn used of language models, as LangChain's callback has counted it."""

from langchain_core.callbacks import UsageMetadataCallbackHandler

from domain.turn import TokenUsage
from server.metrics import TOKENS
from settings import Settings

TOKENS_A_PRICE = 1_000_000
MOST_TOKENS = 1_000_000_000
"""Of one turn: a server that counts more, or less than none, has not counted."""


class TokensUsed(UsageMetadataCallbackHandler):
    """Counts on the event loop: LangChain's own has a thread told of every node, which was a tenth of a plan's time."""

    run_inline = True

    @property
    def ignore_chain(self) -> bool:
        """A turn has some forty runs of nodes, and none of them is a model's."""
        return True


def usage_of(tokens: UsageMetadataCallbackHandler, settings: Settings) -> TokenUsage | None:
    """The tokens of all models, and their cost where the settings price them."""
    counted = tokens.usage_metadata.values()
    if not counted:
        return None
    sent = believable(sum(used["input_tokens"] for used in counted))
    written = believable(sum(used["output_tokens"] for used in counted))
    return TokenUsage(input_tokens=sent, output_tokens=written, cost_usd=_cost_usd(sent, written, settings))


def count_tokens(usage: TokenUsage | None) -> None:
    """Adds a turn's tokens to the metrics of this process."""
    if usage is not None:
        TOKENS.labels("input").inc(usage.input_tokens)
        TOKENS.labels("output").inc(usage.output_tokens)


def believable(tokens: int) -> int:
    """What a server may have counted."""
    return min(max(tokens, 0), MOST_TOKENS)


def _cost_usd(sent: int, written: int, settings: Settings) -> float | None:
    if settings.openai_input_price is None or settings.openai_output_price is None:
        return None
    return round((sent * settings.openai_input_price + written * settings.openai_output_price) / TOKENS_A_PRICE, 9)
