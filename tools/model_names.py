"""Which models a user means by a name: exactly, as the beginning of a name, by family and size, or with a typo."""

import math
import re
from collections.abc import Iterable, Sequence

from psycopg import AsyncConnection
from psycopg.rows import DictRow, class_row
from pydantic import Field
from rapidfuzz import fuzz, process

from catalog.load import SNAPSHOT
from domain.base import Frozen
from domain.hosted import without_maker
from domain.names import SIZE, TUNED, size_in, squash
from domain.queries import NamedModel
from sizing.packed_names import alike, is_of_network

PER_NAME = 6
"""A family has dozens of variants; these are enough to choose from."""
SIZE_TOLERANCE, SAME_SIZE = 0.2, 0.05
TYPO_SCORE = 84
SHORTEST_PREFIX = 3

FILLER = re.compile(r"\b(?:the|a|an|latest|newest|models?|instruct|chat|base|hf|parameters?|params?)\b", re.IGNORECASE)
REPACKED = re.compile(r"awq|gptq|gguf|int4|int8|fp8|fp4|bnb|4bit|8bit|w4a16|w8a8|quantized", re.IGNORECASE)

COLUMNS = f"""
model_id, family, handles, domain, params_b, released, popularity,
split_part(model_id, '/', 1) NOT IN (
    SELECT split_part(model_id, '/', 1) FROM hf.models WHERE snapshot = '{SNAPSHOT}'
) AS stranger
"""


class Candidate(Frozen):
    model_id: str
    family: str
    handles: tuple[str, ...] = Field(description="its names, letters and digits only")
    domain: str
    params_b: float | None
    released: str | None
    popularity: float
    stranger: bool = Field(description="the starter catalogue knows nothing of its owner, who may call it anything")


async def models_named(named: NamedModel, domain: str | None, connection: AsyncConnection[DictRow]) -> tuple[str, ...]:
    """Ids of the models meant, best first; none where nothing in the catalogue is near.

    Exact names come first, then names that begin so, then the family at that size; within each those of owners whom the
    starter catalogue knows, the tuned before the base, the original before repackings, the newer, the more popular.
    """
    handle = squash(named.name)
    size = named.params_b or size_in(named.name)
    stem = squash(FILLER.sub(" ", SIZE.sub(" ", named.name)))
    if not handle:
        return ()
    found = await _candidates(connection, [handle, stem], size)
    if not any(handle in item.handles for item in found):
        handle = squash(FILLER.sub(" ", named.name)) or handle
    tiers = _tiers(found, handle, stem, size, domain)
    if not tiers:
        near = await _near_handles(connection, handle, stem)
        for other in near:
            found = await _candidates(connection, [other], size)
            if tiers := _tiers(found, other, other, size, domain):
                break
    chosen = dict[str, None]()
    for tier in tiers:
        if len(chosen) < PER_NAME:
            ordered = sorted(tier, key=lambda item: (not _is_of_size(item, size, SAME_SIZE), _preference(item)))
            chosen |= dict.fromkeys(item.model_id for item in ordered)
    return tuple(chosen)[:PER_NAME]


async def model_called(name: str, connection: AsyncConnection[DictRow]) -> str | None:
    """The id of the model with this very id, repository or other name, by letters and digits; null where none has it.

    Of several, the one with that very id comes first, then one of an owner whom the starter catalogue
    knows, then one with that repository name, then as in `models_named`.
    """
    handle, size = squash(name), size_in(name)
    found = [
        item
        for item in await _candidates(connection, [handle], None)
        if handle in item.handles and (_is_of_size(item, size) or size_in(item.model_id) == size)
    ]

    def choice(item: Candidate) -> tuple[object, ...]:
        repository = item.model_id.rpartition("/")[2]
        return item.model_id != name, item.stranger, squash(repository) != handle, _preference(item)

    return min(found, key=choice).model_id if found else None


async def model_of_network(name: str, connection: AsyncConnection[DictRow]) -> str | None:
    """The id of the same network that was taught something else, as it was published first; null where none has it."""
    first = re.split(r"[-_.\d]", without_maker(name.rpartition("/")[2]), maxsplit=1)[0]
    found = [
        item
        for item in await _candidates(connection, [squash(first)], None)
        if is_of_network(item.model_id, name) and not REPACKED.search(item.model_id)
    ]
    return min(found, key=lambda item: (-alike(name, item.model_id), _preference(item))).model_id if found else None


async def model_of_experts(experts: str, connection: AsyncConnection[DictRow]) -> str | None:
    """The id of the mixture that has its name from its experts ("8x7b"), as in `models_named`; null where none has."""
    cursor = connection.cursor(row_factory=class_row(Candidate))
    await cursor.execute(
        f"SELECT {COLUMNS} FROM hf.models WHERE lower(model_id) ~ %(named)s",
        {"named": rf"(^|[^a-z0-9.]){re.escape(experts)}($|[^a-z0-9])"},
    )
    found = await cursor.fetchall()
    return min(found, key=_preference).model_id if found else None


async def models_near(name: str, connection: AsyncConnection[DictRow]) -> tuple[str, ...]:
    """Ids of models whose names are near an unknown one, nearest first; the owner in an id may be wrong too."""
    repository = name.rpartition("/")[2]
    found = await models_named(NamedModel(name=name), None, connection)
    return found or await models_named(NamedModel(name=repository), None, connection)


def _tiers(
    found: Sequence[Candidate], handle: str, stem: str, size: float | None, domain: str | None
) -> list[list[Candidate]]:
    exact = [item for item in found if handle in item.handles and (item.params_b is None or _is_of_size(item, size))]
    sized = [item for item in found if _is_of_size(item, size)]
    begins = [item for item in sized if any(name.startswith(handle) for name in item.handles)]
    family = [
        item
        for item in sized
        if stem and (squash(item.family) == stem or any(name.startswith(stem) for name in item.handles))
    ]
    tiers = [exact, *(_of_domain(tier, domain) for tier in (begins, family))]
    return [tier for tier in tiers if tier]


def _of_domain(tier: list[Candidate], domain: str | None) -> list[Candidate]:
    """A family spans domains (Qwen speaks, sees and embeds): the one asked for, where it has that."""
    return [item for item in tier if item.domain == domain] or tier


def _is_of_size(item: Candidate, size: float | None, tolerance: float = SIZE_TOLERANCE) -> bool:
    """By its weights, or by its name, which counts no eyes: Qwen2.5-VL-3B has 3.75 billion."""
    if size is None or size_in(item.model_id) == size:
        return True
    return item.params_b is not None and abs(item.params_b - size) <= tolerance * size


def _preference(item: Candidate) -> tuple[bool, bool, bool, list[int], float, str]:
    released = [-int(part) for part in re.findall(r"\d+", item.released or "")] or [0]
    return (
        item.stranger,
        REPACKED.search(item.model_id) is not None,
        TUNED.search(item.model_id) is None,
        released,
        -item.popularity,
        item.model_id,
    )


async def _candidates(
    connection: AsyncConnection[DictRow], handles: Iterable[str], size: float | None
) -> list[Candidate]:
    """Models of that size with a name or family that is one of these, or begins with one that is long enough."""
    wanted = sorted({handle for handle in handles if handle})
    prefixes = [handle for handle in wanted if len(handle) >= SHORTEST_PREFIX]
    cursor = connection.cursor(row_factory=class_row(Candidate))
    await cursor.execute(
        f"""
        SELECT {COLUMNS} FROM hf.models WHERE model_id = ANY(ARRAY(
            SELECT model_id FROM hf.model_handles WHERE handle = ANY(%(wanted)s)
            UNION
            SELECT model_id FROM unnest(%(prefixes)s::text[]) AS prefix
            JOIN hf.model_handles ON handle COLLATE "C" >= prefix AND handle COLLATE "C" < prefix || '~'
        )) AND (%(size)s::float IS NULL OR params_b IS NULL OR abs(params_b - %(size)s) <= %(tolerance)s * %(size)s
                OR strpos(lower(model_id), %(said)s) > 0)
        """,  # names hold letters and digits only, all of them before "~"
        {
            "wanted": wanted,
            "prefixes": prefixes,
            "size": size,
            "tolerance": SIZE_TOLERANCE,
            "said": f"-{size or 0:g}b",
        },
    )
    return await cursor.fetchall()


async def _near_handles(connection: AsyncConnection[DictRow], handle: str, stem: str) -> list[str]:
    """Names a typo away, nearest first; the digits must agree, for Llama 2 is not a typo of Llama 3."""
    near: dict[str, float] = {}
    for written in dict.fromkeys(name for name in (handle, stem) if len(name) > SHORTEST_PREFIX):
        cursor = await connection.execute(
            "SELECT DISTINCT handle FROM hf.model_handles"
            " WHERE digits = %(digits)s AND letters BETWEEN %(shortest)s AND %(longest)s ORDER BY handle",
            {"digits": "".join(re.findall(r"\d", written)), **_lengths_a_typo_away(len(written))},
        )
        known = [row["handle"] for row in await cursor.fetchall()]
        for name, score, _ in process.extract(written, known, scorer=fuzz.ratio, score_cutoff=TYPO_SCORE, limit=5):
            near[name] = max(score, near.get(name, 0.0))
    return sorted(near, key=lambda name: (-near[name], name))


def _lengths_a_typo_away(length: int) -> dict[str, int]:
    """The ratio of two names is at most twice the shorter one's share of both."""
    share = TYPO_SCORE / 100
    return {"shortest": math.floor(length * share / (2 - share)), "longest": math.ceil(length * (2 - share) / share)}
