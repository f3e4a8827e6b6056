"""Rows of a list of API prices, as LiteLLM publishes one, made list prices of open models."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from catalog.hosted_bounds import hosted_price_doubt
from catalog.importers.hosted_names import ModelNames, hosted_table
from catalog.importers.origin import LocalFile
from catalog.importers.reading import json_documents
from catalog.quarantine import Doubt, Quarantined
from domain.base import Source
from domain.hosted import HostedPrice, weights_name

FAR = 10.0
"""Times the nearest other API of the same model, where three or more have it: somebody mistook the unit. Real prices
of one model differ by a factor of 20 from end to end, but with others in between."""
ENOUGH_APIS = 3


class ListedPrice(NamedTuple):
    """A believed row and the name of its API in the list, which is its source's id."""

    line: int
    provider: str
    price: HostedPrice


class HostedRows(NamedTuple):
    rows_read: int
    prices: tuple[ListedPrice, ...]
    quarantined: tuple[Quarantined, ...]


def read_hosted_list(file: LocalFile, names: ModelNames, as_of: date) -> HostedRows:
    """The prices of the catalogue's models at the APIs we know; a closed model or a reseller is passed over.

    Quarantined is what is about a model of ours and not believed. Raises ImportRefused for a file of another form.
    """
    read, found, refused = 0, [], []
    for line, key, fields in _rows(file):
        read += 1
        try:
            listed = _listed(line, key, fields, names, as_of, file)
        except Doubt as doubt:
            refused.append(doubt.about(file.shown, line, key))
        else:
            if listed is not None:
                found.append(listed)
    believed, odd = _without_outliers(_cheapest(found), file)
    return HostedRows(read, tuple(believed), (*refused, *odd))


def _rows(file: LocalFile) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    """Line (or position), key and fields of each row: lines with a `key`, or one object of key to fields."""
    for line, value in json_documents(file.path):
        if not isinstance(value, dict):
            continue
        if isinstance(value.get("key"), str):
            yield line, value["key"], value
            continue
        for position, (key, fields) in enumerate(value.items(), start=1):
            if isinstance(fields, dict):
                yield position, str(key), fields


def _listed(
    line: int, key: str, fields: Mapping[str, object], names: ModelNames, as_of: date, file: LocalFile
) -> ListedPrice | None:
    provider = str(fields.get("litellm_provider"))
    api = hosted_table().apis.get(provider)
    mode = str(fields.get("mode"))
    model = None if api is None else names.meant(key, mode, api.prefix)
    if api is None or model is None:
        return None
    if key in hosted_table().wrong:
        raise Doubt("known-to-be-wrong", f"the page of {api.name} says something else")
    retired = fields.get("deprecation_date")
    if isinstance(retired, str) and retired[:10] <= as_of.isoformat():
        raise Doubt("retired", f"the API stopped serving it on {retired[:10]}")
    if api.rows == "cited" and not fields.get("source"):
        raise Doubt("no-page", f"{api.name} is not cited for it")
    context = _number(fields, "max_input_tokens")
    price = HostedPrice(
        key=key,
        api=api.name,
        model=model,
        context_tokens=int(context) if context else None,
        source=Source(name=f"{api.name}: list prices in {file.shown}", url=api.page, as_of=as_of),
        **_prices(fields, mode),
    )
    if doubt := hosted_price_doubt(price):
        raise Doubt("absurd-price", f"it {doubt}")
    return ListedPrice(line, provider, price)


def _prices(fields: Mapping[str, object], mode: str) -> dict[str, float | None]:
    """USD of a million tokens, an image or an hour of audio."""
    if mode == "image_generation":
        return {"usd_per_image": _number(fields, "output_cost_per_image") or _number(fields, "input_cost_per_image")}
    if mode == "audio_transcription":
        seconds = {_number(fields, f"{side}_cost_per_second") for side in ("input", "output")} - {None, 0.0}
        if len(seconds) == 1 and not (fields.get("input_cost_per_second") and fields.get("output_cost_per_second")):
            return {"usd_per_audio_hour": round((seconds.pop() or 0.0) * 3600, 4)}
        return {"usd_per_audio_hour": None}
    tokens = {side: _number(fields, f"{side}_cost_per_token") for side in ("input", "output")}
    per_million = {side: None if usd is None else round(usd * 1e6, 4) for side, usd in tokens.items()}
    if mode in ("embedding", "rerank"):
        return {"input_usd_per_million_tokens": per_million["input"]}
    if per_million["output"] is None:
        raise Doubt("half-a-price", "no price of output tokens is listed")
    return {f"{side}_usd_per_million_tokens": usd for side, usd in per_million.items()}


def _number(fields: Mapping[str, object], name: str) -> float | None:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _cheapest(found: Sequence[ListedPrice]) -> list[ListedPrice]:
    """Without the rows of other regions and speeds that another row of the same API and model undercuts or equals."""
    kept: list[ListedPrice] = []
    for item in sorted(found, key=lambda item: (_blend(item.price), len(item.price.key), item.price.key)):
        if not any(_undercuts(other.price, item.price) for other in kept):
            kept.append(item)
    return kept


def _undercuts(one: HostedPrice, other: HostedPrice) -> bool:
    if (one.api, weights_name(one.model)) != (other.api, weights_name(other.model)):
        return False
    sides = zip(_usd(one), _usd(other), strict=True)
    return all(usd is None or (theirs is not None and usd <= theirs) for usd, theirs in sides)


def _without_outliers(found: Sequence[ListedPrice], file: LocalFile) -> tuple[list[ListedPrice], list[Quarantined]]:
    """Without the lone price at either end that is far from its neighbour."""
    of_model = defaultdict(list)
    for item in found:
        of_model[weights_name(item.price.model)].append(item)
    believed, odd = [], []
    for items in of_model.values():
        items.sort(key=lambda item: _blend(item.price))
        if len({item.price.api for item in items}) >= ENOUGH_APIS:
            for end, neighbour in ((0, 1), (-1, -2)):
                times = _blend(items[end].price) / _blend(items[neighbour].price)
                if not 1 / FAR <= times <= FAR:
                    doubt = Doubt("far-from-others", f"{times:.2g} times the nearest price of {items[end].price.model}")
                    odd.append(doubt.about(file.shown, items[end].line, items[end].price.key))
                    del items[end]
        believed += items
    return sorted(believed, key=lambda item: item.price.key), odd


def _usd(price: HostedPrice) -> tuple[float | None, ...]:
    tokens = (price.input_usd_per_million_tokens, price.output_usd_per_million_tokens)
    return (*tokens, price.usd_per_image, price.usd_per_audio_hour)


def _blend(price: HostedPrice) -> float:
    """One figure to compare prices of one model by."""
    known = [usd for usd in _usd(price) if usd is not None]
    return sum(known) / len(known)
