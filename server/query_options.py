"""A tool's query as command-line options: what the REST endpoint takes, the command takes, by construction."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

import typer
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.errors import InvalidInput

Query = TypeVar("Query", bound=BaseModel)
KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
Command = Callable[..., None]


def options_of(query: type[BaseModel], *, argument: str, skip: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Gives a command an option for each field of `query`: a list field repeats, under its singular name."""

    def decorate(command: Command) -> Command:
        own = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
        filters = [
            inspect.Parameter(name, KEYWORD_ONLY, default=None, annotation=_option(name, field, argument))
            for name, field in query.model_fields.items()
            if name not in skip
        ]
        keyword_only = [parameter.replace(kind=KEYWORD_ONLY) for parameter in own]
        command.__signature__ = inspect.Signature([*filters, *keyword_only])  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in (*filters, *keyword_only)}
        return command

    return decorate


def query_from(query: type[Query], options: Mapping[str, object]) -> Query:
    """The typed query; options left out keep its defaults. Raises InvalidInput naming the option."""
    given = {name: value for name, value in options.items() if value not in (None, [], ())}
    try:
        return query.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise InvalidInput(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}.", "See --help.") from None


def _option(name: str, field: FieldInfo, argument: str) -> Any:  # a typing form, which has no narrower type
    kind = field.annotation
    if get_origin(kind) is tuple:
        flag = f"--{name.removesuffix('s')}" if name != "compliance" else "--compliance"
        text = f"{field.description or ''} (repeat for more)".strip()
        return Annotated[list[str] | None, typer.Option(flag.replace("_", "-"), help=text)]
    choices = [choice for choice in get_args(kind) if choice is not type(None)] or [kind]
    if name == argument:
        return Annotated[str | None, typer.Argument(help=field.description or "free words")]
    flag = f"--{name.replace('_', '-')}"
    if choices[0] is bool:
        return Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=field.description)]
    plain = choices[0] if choices[0] in (int, float) else str
    allowed = get_args(choices[0]) if get_origin(choices[0]) is not None else ()
    text = field.description or ("one of " + ", ".join(map(str, allowed)) if allowed else "")
    if field.default not in (None, ""):
        text = f"{text} (default: {field.default})".lstrip()
    return Annotated[plain | None, typer.Option(flag, help=text)]
