"""How the plan's programs reach the store of vectors: its kind, its address and its key, and with which libraries.

`program/vector_store.py` speaks to it. A store that runs at the user's takes the place of the plan's own.
"""

from collections.abc import Mapping

from artifacts.brokers import DATABASE, POSTGRES
from artifacts.pins import pins
from artifacts.present import blank, known
from artifacts.retrieval_objects import STORE
from artifacts.retrieving import numbered
from artifacts.stores import QDRANT
from artifacts.surroundings import Surroundings
from artifacts.wiring import Scene
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, Value
from domain.workload import WorkloadSpec
from sizing.vector_store import StoreKind, own_kind, store_at_hand, store_kinds, store_meant

PDF_READER = "pypdf"
STORE_SECRET, STORE_ENTRY = "vector-store-key", "key"


def store_kind(spec: WorkloadSpec) -> StoreKind:
    """Of the store that the programs fill and ask: the one that is meant, where they speak to it."""
    kind = store_meant(spec)
    return kind if kind.speaks else own_kind()


def spoken_to() -> str:
    """The stores that the plan's programs fill and ask."""
    *others, last = [kind.title for kind in store_kinds().values() if kind.speaks]
    return f"{', '.join(others)} and {last}"


def client_libraries(spec: WorkloadSpec) -> tuple[str, ...]:
    """What speaks to the store, pinned; the others are spoken to over HTTP, which Python brings."""
    return tuple(_pinned(name) for name in store_kind(spec).client)


def _pinned(library: str) -> str:
    return f"{library}=={pins().packages[library].version}"


def reader_libraries(spec: WorkloadSpec) -> tuple[str, ...]:
    """Those, and the one that reads PDF."""
    return _pinned(PDF_READER), *client_libraries(spec)


def installs(libraries: tuple[str, ...]) -> str:
    """Shell words that put them into a container that starts; none where there is nothing to put."""
    named = " ".join(f"'{name}'" if "[" in name else name for name in libraries)
    return f"pip install --quiet --root-user-action=ignore {named} && " if libraries else ""


def holds_address(spec: WorkloadSpec) -> bool:
    """Whether the address itself is the secret: it has user and password in it."""
    return store_kind(spec).name == "pgvector"


def asked_of_store(spec: WorkloadSpec) -> Mapping[str, str]:
    """What the user says of their store: `url`, and its `key` where it has one -> variable with what it holds."""
    theirs = store_at_hand(spec)
    thing = known().things.get(theirs.kind.name) if theirs else None
    asks = thing.asks if thing else {}
    return dict(zip(("url", "key"), (f"{name}:?{what}" for name, what in asks.items()), strict=False))


def store_environment(scene: Scene, around: Surroundings) -> Mapping[str, Value]:
    """The variables of a container that fills the store or asks it: text, or where it comes from."""
    kind = store_kind(scene.spec)
    kept: Value = {"secretKeyRef": {"name": STORE_SECRET, "key": STORE_ENTRY}}
    told: dict[str, Value] = {} if kind == own_kind() else {"STORE_KIND": kind.name}
    if holds_address(scene.spec):
        return {**told, "STORE_URL": kept}
    return {**told, "STORE_URL": _address(scene, around), "STORE_KEY": kept}


def _address(scene: Scene, around: Surroundings) -> str:
    """Of the vector store, as the cluster sees it."""
    if asked := asked_of_store(scene.spec):
        return blank(asked["url"].partition(":?")[0])
    own = f"http://{numbered(STORE, scene.number)}.{NAMESPACE}"
    return f"http://{QDRANT}.{QDRANT}:6333" if is_charted(around) else own


def store_key(scene: Scene, around: Surroundings) -> tuple[str, ...]:
    """The store's key where the programs can read it: another namespace's Secret is out of their sight."""
    asked = asked_of_store(scene.spec)
    if asked:
        value = f"${{{asked['url' if holds_address(scene.spec) else 'key']}}}"
    elif holds_address(scene.spec):
        value = f"postgresql://app:{_held(POSTGRES, f'{DATABASE}-app', 'password')}@{DATABASE}-rw.{POSTGRES}:5432/app"
    else:
        charted = is_charted(around)
        value = _held(QDRANT, "qdrant-keys", "api-key") if charted else _held(NAMESPACE, KEY_SECRET, KEY_ENTRY)
    there = f"kubectl --namespace {NAMESPACE}"
    return (
        f"{there} get secret {STORE_SECRET} >/dev/null 2>&1 || \\\n"
        f'  {there} create secret generic {STORE_SECRET} --from-literal={STORE_ENTRY}="{value}"',
    )


def _held(where: str, name: str, entry: str) -> str:
    """Shell words for an entry of a Secret."""
    held = f"kubectl --namespace {where} get secret {name} --output jsonpath='{{.data.{entry}}}'"
    return f"$({held} | base64 --decode)"


def is_charted(around: Surroundings) -> bool:
    """Whether a chart of the plan is Qdrant."""
    return any(component.package.name == QDRANT for component in around.stack)
