"""How a plan's texts, figures and money are written in Markdown.

Every text of a plan may hold strangers' words (a chart's description, a model's summary, the user's own message),
so all of it is written as plain text: nothing in it can become markup, HTML or a second line.
"""

import re
from collections.abc import Iterable, Sequence

_MARKUP = re.compile(r"([\\`*\[\]<>|&~])|((?<![^\W_])_|_(?![^\W_]))")
_LOOKS_LIKE_A_BLOCK = re.compile(r"^([-+=#]|\d{1,9}(?=[.)](?:\s|$)))")
LEAST_USD = 0.005
"""Less than this would be written as nothing."""
WHOLE_FROM_USD = 100
_LINK = re.compile(r"^https?://[^\s<>()\[\]`\\\"']+$")


def one_line(text: str) -> str:
    """The text with control and direction characters gone and every run of white space a single space."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return no_block(inline(text))


def inline(text: str) -> str:
    """Text that Markdown shows as it stands where it does not begin a line."""
    return _MARKUP.sub(lambda match: "\\" + match.group(), one_line(text))


def no_block(line: str) -> str:
    """The line, already Markdown, without a beginning that would open a list, a heading or a rule."""
    return _LOOKS_LIKE_A_BLOCK.sub(_escape_block_mark, line)


def _escape_block_mark(match: re.Match[str]) -> str:
    mark = match.group()
    # "12." would open a list; digits themselves cannot be escaped, the dot after them can.
    return mark + "\\" if mark.isdigit() else "\\" + mark


def code(text: str) -> str:
    """A name in a code span, safe inside a table cell."""
    written = one_line(text).replace("`", "'").replace("|", "\\|")
    return f"`{written}`" if written else ""


def link(label: str, url: str | None) -> str:
    """A link where the address is a plain web address, else the label alone."""
    return f"[{plain(label)}](<{url}>)" if url and _LINK.match(url) else plain(label)


def fenced(commands: Sequence[str], language: str = "bash") -> str:
    """Commands in a fence that none of them can close."""
    body = "\n\n".join(command.strip("\n") for command in commands)
    longest_run = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest_run + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """A pipe table; cells are already Markdown; `right` are the columns aligned to the right."""
    lines = [_row(headings), _row(["---:" if i in right else "---" for i in range(len(headings))])]
    return "\n".join(lines + [_row(cells) for cells in rows])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or '—' for cell in cells)} |"


def bullets(items: Iterable[str]) -> str:
    """A list of items that are already Markdown."""
    return "\n".join(f"- {item}" for item in items)


def money(usd: float | None) -> str:
    """An amount in USD, to the cent: $3,583.20; an unknown amount says so."""
    return "unknown" if usd is None else _signed(usd, f"{abs(usd):,.2f}")


def dollars(usd: float) -> str:
    """Whole dollars from a hundred on, as people say prices; of a price in cents the same as of one that has more."""
    if 0 < usd < LEAST_USD:
        return "under $0.01"
    usd = round(usd, 2)
    return f"${usd:,.0f}" if usd >= WHOLE_FROM_USD else money(usd)


def rate(usd_per_hour: float | None) -> str:
    """A price per hour in USD, with two to four decimals: $0.5265."""
    if usd_per_hour is None:
        return "unknown"
    whole, decimals = f"{abs(usd_per_hour):,.4f}".split(".")
    return _signed(usd_per_hour, f"{whole}.{decimals.rstrip('0').ljust(2, '0')}")


def _signed(amount: float, digits: str) -> str:
    return f"-${digits}" if amount < 0 and digits.strip("0.,") else f"${digits}"


def figure(value: float, decimals: int = 2) -> str:
    """A number with thousands separators and no trailing zeros: 1,234.5."""
    written = f"{value:,.{decimals}f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in {"-0", ""} else written


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 GPU, 8 GPUs, 2 replicas."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """With a capital at its beginning, the rest as it stands."""
    return text[:1].upper() + text[1:]


def words(identifier: str) -> str:
    """A snake_case name as people write it: fine_tuning -> fine-tuning, on_demand -> on-demand, soc2 -> soc2."""
    return {"on_demand": "on-demand", "fine_tuning": "fine-tuning"}.get(identifier, identifier.replace("_", " "))
