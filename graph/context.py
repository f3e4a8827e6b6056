"""What the nodes work with: the database, the reader, the tools. Given per run."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from catalog.embedder import load_embedder
from catalog.first_system import adopt_first_system
from catalog.load import ensure_starter
from catalog.reference import load_reference
from catalog.snapshot import catalog_ref
from catalog.vocabulary import load_vocabulary
from database import Database
from domain.catalog import CatalogRef
from domain.queries import (
    CardQuery,
    CardResult,
    ClusterQuery,
    ClusterResult,
    ComputeQuery,
    ModelQuery,
    ModelResult,
    OfferResult,
    PackageQuery,
    PackageResult,
)
from graph.cautions import caution_rules
from graph.changes import field_words
from graph.explanations.glossary import terms
from graph.explanations.licence import licence_terms
from graph.explanations.unknowns import sentences
from graph.not_weighed import not_weighed_rules
from graph.small_talk import small_talk
from graph.stack_rules import stack_rules
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.phrases import follow_up_phrases
from graph.understanding.merge.clarification import question_templates
from graph.understanding.reader import Reader
from graph.understanding.reading import BuiltinReader
from settings import Settings
from tools import cards, cluster, compute, models, packages

if TYPE_CHECKING:
    from langgraph.runtime import Runtime

COLLECT_AFTER = 500_000, 20, 100
"""New objects before the youngest are searched, and how often before the older ones are; Python's own: 700, 10, 10."""
COLLECT_BETWEEN = 50_000
"""The same where nobody waits."""


LOCAL_USER = "local-user"
"""Everybody on the dev server, where nobody has to sign in."""


@dataclass(frozen=True)
class Tools:
    """The retrievals, replaceable one by one: the four of the graph, and what cards say, for other doors."""

    compute: Callable[[ComputeQuery, Database], Awaitable[OfferResult]] = compute.search
    packages: Callable[[PackageQuery, Database], Awaitable[PackageResult]] = packages.search
    models: Callable[[ModelQuery, Database], Awaitable[ModelResult]] = models.search
    cluster: Callable[[ClusterQuery, Database], Awaitable[ClusterResult]] = cluster.search
    cards: Callable[[CardQuery, Database], Awaitable[CardResult]] = cards.search


@dataclass(frozen=True)
class Whose:
    """Whose turn it is, where, and under which message what it does is noted; null on a server of one local user, in a
    conversation that is kept nowhere, in a run of no message of ours."""

    owner: str | None = None
    conversation_id: UUID | None = None
    message_id: int | None = None


@dataclass(frozen=True)
class ArchitectContext:
    """One per process and catalogue: an import asks for a new one, by `renewed`."""

    settings: Settings
    database: Database
    catalog: CatalogRef
    grammar: BuiltinReader
    """The built-in reader: a pure function of the vocabulary."""
    reader: Reader
    """The reader in use: the built-in one, or a language model with it behind."""
    stamp: str = ""
    """Of the catalogue as it stood when this was made."""
    tools: Tools = field(default_factory=Tools)
    whose: Whose | None = None
    """Of a run that a server of ours takes."""
    reads: bool = True
    """Whether messages are read here: a server leaves that to its workers."""


async def open_context(database: Database, settings: Settings, *, reads: bool = True) -> ArchitectContext:
    """The context over an open database; loads the starter catalogue into an empty one, and an existing one's facts.

    Without `reads` the reader's tables wait for a first message: making them holds up an event loop.
    """
    await ensure_starter(database)
    await adopt_first_system(database)
    await asyncio.to_thread(read_rules)
    context = await _context(database, settings, reads=reads)
    spare_the_collector()
    return context


def spare_the_collector() -> None:
    """Modules, vocabulary and facts stay: searching hundreds of thousands of objects for garbage took a fifth of a
    plan's time, and a quarter of a command's."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()  # the command line begins without


def collect_between_turns() -> None:
    """Searches for garbage while nobody waits: a search of what twenty turns left took 300 ms of one of them."""
    youngest, younger, older = gc.get_count()
    if youngest > COLLECT_BETWEEN:
        gc.collect(2 if older > COLLECT_AFTER[2] else 1 if younger > COLLECT_AFTER[1] else 0)


async def renewed(context: ArchitectContext) -> ArchitectContext:
    """The same one while the catalogue is the same, else one that knows the names which an import brought."""
    if (await load_reference(context.database)).stamp == context.stamp:
        return context
    return replace(await _context(context.database, context.settings, reads=context.reads), tools=context.tools)


async def _context(database: Database, settings: Settings, *, reads: bool) -> ArchitectContext:
    stamp = (await load_reference(database)).stamp
    embedder = await asyncio.to_thread(load_embedder, settings.hf_embedding_model_name)
    vocabulary = await load_vocabulary(database)
    grammar = BuiltinReader(vocabulary, embedder)
    if reads:
        await asyncio.to_thread(grammar.prepare, settings.data_dir / "kept")
    reader: Reader = grammar
    if settings.reader_engine == "openai":
        from graph.understanding.llm.reader import OpenAIReader  # langchain_openai takes a second to import

        reader = OpenAIReader(settings, grammar, vocabulary)
    return ArchitectContext(settings, database, await catalog_ref(database), grammar, reader, stamp, reads=reads)


def read_rules() -> None:
    """The nodes' rule files are read here, once: on the event loop nothing waits for a disk."""
    caution_rules()
    field_words()
    sentences()
    follow_up_phrases()
    heads()
    terms()
    licence_terms()
    small_talk()
    stack_rules()
    question_templates()
    not_weighed_rules()


async def context_of(runtime: "Runtime[ArchitectContext]") -> ArchitectContext:
    """The run's context."""
    return runtime.context


def whose_of(context: ArchitectContext) -> Whose:
    """As the server says; on LangGraph's dev server the thread and the user who signed in there."""
    if context.whose is not None:
        return context.whose
    from langgraph.config import get_config  # a second to import, which reading alone does without

    configured = get_config().get("configurable", {})
    user = configured.get("langgraph_auth_user_id")
    try:
        thread = UUID(str(configured.get("thread_id")))
    except ValueError:
        thread = None
    signed_in = user if isinstance(user, str) and user != LOCAL_USER else None
    return Whose(owner=signed_in, conversation_id=thread)
