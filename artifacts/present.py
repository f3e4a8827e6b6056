"""What runs at the user's already: used and wired by its own address, never installed again.

`components.present` names it; `present.yaml` says what each is called, what the user has to fill in, and what the plan
does with it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec
from sizing.vector_store import kind_called, store_at_hand

LOGIN, _SINGLE_SIGN_ON = "keycloak", "authentication"
"""The key of whatever people log in with, and the wish for it as `components.wanted` has it."""
_SIGNS = re.compile(r"[^a-z0-9]+")


class Thing(Frozen):
    """One kind of thing that may be there."""

    says: tuple[str, ...] = ()
    asks: dict[str, str] = Field(default_factory=dict, description="variable -> what it holds")
    told: str
    idle: str = Field(default="", description="why a workload has nothing to do with it; empty: every one has")


class Known(Frozen):
    things: dict[str, Thing]
    other: str


@lru_cache
def known() -> Known:
    """The file, read once."""
    path = Path(__file__).with_name("present.yaml")
    return own_yaml(path, Known)


def present_of(spec: WorkloadSpec) -> Mapping[str, str]:
    """Key of each thing that is there, with what the user called it; what nobody here knows has that as its key."""
    found: dict[str, str] = {}
    store = store_at_hand(spec)
    for word in spec.components.present:
        if (kind := kind_called(word)) is not None:
            found.setdefault(kind.name if kind.speaks else word, word)
            continue
        if store is not None and spec.task_type in ("rag", "inference") and store.kind.lives_in(word):
            continue  # told with the store that it holds
        key = next((key for key, thing in known().things.items() if _plain(word) in thing.says), word)
        found.setdefault(key, word)
    if store is not None and store.kind.speaks:
        found.setdefault(store.kind.name, store.called)
    if spec.sources.registry:
        found.setdefault("registry", spec.sources.registry)
    return found


def is_there(spec: WorkloadSpec, key: str) -> bool:
    """Whether the user has it; `key` as in `present.yaml`."""
    return key in present_of(spec)


def asks_login(spec: WorkloadSpec) -> bool:
    """Whether people are to log in as they do elsewhere: single sign-on was asked for, or their login is there."""
    return _SINGLE_SIGN_ON in spec.components.wanted or is_there(spec, LOGIN)


def blank(name: str) -> str:
    """What stands in objects for a variable of the user's own value; none is part of another."""
    return f"<{name}>"


def blanks_of(spec: WorkloadSpec) -> dict[str, str]:
    """Blank -> variable with what it holds, of everything that is there."""
    made: dict[str, str] = {}
    for key in (*present_of(spec), *((LOGIN,) if asks_login(spec) else ())):
        thing = known().things.get(key)
        made |= {blank(name): f"{name}:?{asks}" for name, asks in (thing.asks if thing else {}).items()}
    if spec.sources.registry:
        host = re.sub(r"[^\w./:-]", "", spec.sources.registry)
        made[blank("REGISTRY")] = f"REGISTRY:?{host} and its project, as in {host}/ai"
    return made


def gitops_of(spec: WorkloadSpec) -> Literal["argo-cd", "flux2"] | None:
    """What applies the objects from a repository; null where `kubectl` does."""
    if is_there(spec, "argo-cd"):
        return "argo-cd"
    return "flux2" if is_there(spec, "flux2") else None


def told_of(spec: WorkloadSpec, used: Mapping[str, bool]) -> tuple[str, ...]:
    """A sentence for each thing: what the plan does with it. `used`: whether this workload has to do with it."""
    sentences = []
    for key, word in present_of(spec).items():
        thing = known().things.get(key)
        if thing is None:
            sentences.append(f"{word}: {known().other}")
        elif used.get(key, not thing.idle):
            sentences.append(f"{word}: {thing.told}")
        else:
            sentences.append(f"{word}: {thing.idle}; it is neither installed nor changed")
    return tuple(sentences)


def _plain(word: str) -> str:
    return _SIGNS.sub("", word.lower())
