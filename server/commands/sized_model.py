"""What `size` is told by a model's name: a row of the catalogue or a parameter count, and how it is packed."""

import re

from database import Database
from domain.errors import InvalidInput
from domain.hosted import weights_name, without_maker
from domain.models import ModelCard
from domain.names import SIZE, size_in, squash
from domain.workload import LANGUAGE_DOMAINS
from sizing.architecture import counted_parameters, experts_named, parameter_count_b
from sizing.config_fields import Config
from sizing.engines import LLAMA_CPP
from sizing.known_configs import KnownConfig, config_called, config_of_network, trained_from
from sizing.known_work import of_size, sized_names
from sizing.model_config import architecture_from_config
from sizing.packed_names import PackedName, format_of_tag, packed_name
from sizing.serving import native_format
from tools import models
from tools.model_names import SAME_SIZE, model_called, model_of_experts, model_of_network, models_near

BARE_NUMBER = re.compile(r"[-+]?[\d.,]+\s*[kmbt]?", re.IGNORECASE)
Fields = dict[str, object]


async def model_fields(name: str, engine: str | None, database: Database, *, told: bool) -> Fields:
    """The fields of the request; `told` where the number format was said apart from the name, and so counts instead.
    Raises InvalidInput for a model that the catalogue does not have, with those that are near."""
    packed = packed_name(name)
    known = await _counted_or_known(name, None, database)
    found = known or _older(packed.name) or await _unpacked(packed, database) or _older(packed.repository)
    found = found or await _taught_otherwise(packed.name, database)
    if found is None:
        raise await _unknown(name, packed, database)
    form, note = (None if known else packed.format_name), None
    card = found.get("model")
    if form is None and packed.from_ollama and isinstance(card, ModelCard) and card.domain in LANGUAGE_DOMAINS:
        form = format_of_tag(native_format(card))
        note = f"the tag names no number format: {form} taken, as in Ollama's library"
    if form is None or told:
        return found
    of_files = packed.from_ollama and form in LLAMA_CPP.release.formats
    packing: Fields = {"quantization": form, "engine": engine or (LLAMA_CPP.id if of_files else None)}
    return {**found, **packing, **({"notes": (note,)} if note else {})}


def fields_of(config: Config, quantization: Config | None, name: str) -> Fields:
    """The fields of a model that a config.json describes. Raises InvalidInput for one that cannot be read."""
    figures = architecture_from_config(config, quantization)
    return {
        "architecture": figures.architecture, "params_b": figures.params_b, "active_params_b": figures.active_params_b,
        "native_dtype": figures.native_dtype, "notes": figures.notes, "name": name,
    }  # fmt: skip


def _older(name: str) -> Fields | None:
    """A model of before the catalogue, whose configuration is known."""
    row = config_called(name)
    return None if row is None else _configured(row)


def _configured(row: KnownConfig) -> Fields:
    return fields_of(row.config, None, row.key)


async def _taught_otherwise(name: str, database: Database) -> Fields | None:
    """The same network with another training (a base for an instructed one) takes as much memory; the proof says whose
    figures they are."""
    base = trained_from(name)
    async with database.connection() as connection:
        key = (base and await model_called(base, connection)) or await model_of_network(base or name, connection)
    if key is not None:
        (card,) = await models.lookup([key], database)
        found: Fields = {"model": card}
    elif (row := config_of_network(base or name)) is not None:
        key, found = row.key, _configured(row)
    else:
        return None
    return {**found, "notes": (f"a row of its own: the figures are those of {key}, the same network taught otherwise",)}


async def _unpacked(packed: PackedName, database: Database) -> Fields | None:
    """What the name is without its packing, and then without who packed it, its maker, and the size its model has."""
    if packed.unloadable is not None:
        raise InvalidInput(
            f"No engine here loads weights in {packed.unloadable}",
            f"Give {packed.repository}, with --quantization for one that engines load.",
        )
    owner, size = packed.name.removesuffix(packed.repository), size_in(packed.repository)
    names: list[tuple[str, float | None]] = [(packed.name, None), (f"{owner}{without_maker(packed.repository)}", None)]
    if packed.format_name is not None or not owner:
        names += [(packed.repository, None), (without_maker(packed.repository), None)]
        names += [(SIZE.sub("", packed.repository), size)] if size is not None else []
    for name, of_size_b in names:
        if name and (found := await _counted_or_known(name, of_size_b, database)) is not None:
            return found
    return await _of_those_near(packed, owner, database)


async def _of_those_near(packed: PackedName, owner: str, database: Database) -> Fields | None:
    """A model of the same weights under another packing, or in one of the sizes it is published in (YOLOv8x)."""
    async with database.connection() as connection:
        near = await models_near(packed.repository, connection)
    for card in await models.lookup(list(near), database) if near else ():
        if owner and packed.format_name is None and not card.key.lower().startswith(owner.lower()):
            continue
        if weights_name(card.key) == weights_name(packed.repository):
            return {"model": card}
        if squash(packed.repository) in sized_names(card):
            return {"model": of_size(card, packed.repository)[0]}
    return None


async def _counted_or_known(name: str, of_size_b: float | None, database: Database) -> Fields | None:
    """A number of parameters, else the catalogue's model of that id or name and no other: a neighbour's memory would
    prove nothing. Null where the name is neither, or the model is not `of_size_b`."""
    if (experts := experts_named(name)) is not None:
        return await _mixture(experts, parameter_count_b(name), database)
    if (counted := counted_parameters(name)) is not None:
        return {"params_b": counted[0], "active_params_b": counted[1]}
    if BARE_NUMBER.fullmatch(name.strip()):
        raise InvalidInput(f"{name} is no number of parameters.", "Give one with its unit: 7B, 350M.")
    async with database.connection() as connection:
        key = await model_called(name, connection)
    if key is None:
        return None
    (card,) = await models.lookup([key], database)
    of_size = of_size_b is None or abs((card.params_b or 0.0) - of_size_b) <= SAME_SIZE * of_size_b
    return {"model": card} if of_size else None


async def _mixture(experts: str, most_b: float | None, database: Database) -> Fields:
    """The catalogue's mixture of so many experts, each of so many parameters; else as large as none of them can be."""
    async with database.connection() as connection:
        key = await model_of_experts(experts, connection)
    if key is not None:
        (card,) = await models.lookup([key], database)
        return {"model": card}
    note = f"no mixture of {experts} is known: its experts share what attends, so it has fewer than {most_b:g}B"
    return {"params_b": most_b, "notes": (note,)}


async def _unknown(name: str, packed: PackedName, database: Database) -> InvalidInput:
    """The refusal of a name that the catalogue does not have, with those near it."""
    async with database.connection() as connection:
        near = await models_near(name, connection) or await models_near(packed.repository, connection)
    nearest = f"The nearest it has: {', '.join(near)}." if near else "Nothing in it has a name near that."
    return InvalidInput(
        f"The catalogue has no model {name}.",
        f"{nearest} Give an id it has, a parameter count ({size_in(name) or 13:g}B), or --config FILE.",
    )
