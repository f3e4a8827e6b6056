"""A reply of Markdown as a terminal shows it."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.table import Table


class _WholeTable(TableElement):
    """A narrow terminal wraps a cell; it never cuts an instance type or a price short."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class ReplyMarkdown(Markdown):
    """A reply as a terminal shows it."""

    elements = {**Markdown.elements, "table_open": _WholeTable}  # noqa: RUF012  (as Rich declares it)
