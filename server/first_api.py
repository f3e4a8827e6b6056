"""The bodies that clients of the first API send to the tool searches, beside ours: other names for the same filters."""

from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.queries import NO_NUL, ComputeQuery, ModelQuery, PackageQuery

MAX_NAMES = 50
MAX_NAME_CHARACTERS = 200


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS, pattern=NO_NUL)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_NAMES), BeforeValidator(_one_or_more)]
Query = TypeVar("Query", ComputeQuery, PackageQuery, ModelQuery)


class ComputeSearch(ComputeQuery):
    """Filters on what clouds sell. Every given filter must hold. An answer carries at most 1,000 offers."""

    gpu_needed: bool | None = Field(default=None, description="the first API's name of gpu_required")
    provider: Names | None = Field(default=None, description="the first API's name of providers: one or several")
    region: Names | None = Field(default=None, description="the first API's name of regions: one or several")

    @property
    def wanted(self) -> ComputeQuery:
        """In our own names. Raises InvalidInput where both names of a filter are given."""
        return _renamed(
            self, ComputeQuery, {"gpu_needed": "gpu_required", "provider": "providers", "region": "regions"}
        )


class PackageSearch(PackageQuery):
    """Filters on Helm charts."""

    query: str | None = Field(default=None, max_length=500, pattern=NO_NUL, description="the first API's name of text")

    @property
    def wanted(self) -> PackageQuery:
        """In our own names. Raises InvalidInput where both names of a filter are given."""
        return _renamed(self, PackageQuery, {"query": "text"})


class ModelSearch(ModelQuery):
    """Filters on models."""

    query: str | None = Field(default=None, max_length=2000, pattern=NO_NUL, description="the first API's name of text")
    license_filter: Names | None = Field(default=None, description="the first API's name of licenses: one or several")

    @property
    def wanted(self) -> ModelQuery:
        """In our own names. Raises InvalidInput where both names of a filter are given."""
        return _renamed(self, ModelQuery, {"query": "text", "license_filter": "licenses"})


def _renamed(search: Frozen, kind: type[Query], names: dict[str, str]) -> Query:
    """The filters that were set, each under its own name; one that is null filters nothing."""
    given = {name: getattr(search, name) for name in search.model_fields_set}
    for first, ours in names.items():
        value = given.pop(first, None)
        if value is None:
            continue
        if given.get(ours):
            raise InvalidInput(f"{first} and {ours} are two names of one filter.", "Send one of them.")
        given[ours] = value
    return kind.model_construct(_fields_set=set(given), **given)
