"""Commands whose modules wait until they are run: building the options of one costs more than the help of all."""

from collections.abc import Callable
from importlib import import_module

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

_waiting: dict[str, str] = {}
"""`module:name` of the commands that wait, by what they are called."""


class Commands(TyperGroup):
    """The commands of the program, those that wait among them."""

    def resolve_command(self, ctx, args):  # type: ignore[no-untyped-def]  # as the base class, whose types are private
        """The command that is asked for, itself where it waited."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _brought(name) if name in _waiting else command, rest


def wait(app: typer.Typer, name: str, where: str, summary: str) -> None:
    """Gives the app a command that is to be found `where` ("module:name"), a function or an app with commands."""
    _waiting[name] = where
    app.command(name, help=summary)(lambda: None)


def _brought(name: str):  # type: ignore[no-untyped-def]
    module, attribute = _waiting[name].split(":")
    found: typer.Typer | Callable[..., None] = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        return get_command(alone)
    group = get_group(found)
    group.name = name
    return group
