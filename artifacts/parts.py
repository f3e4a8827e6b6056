"""What runs beside one model, in words: the parts of a retrieval service, and work that comes back."""

from collections.abc import Iterable, Iterator

from artifacts.notation import bullets, code, figure, money, plain, table
from domain.parts import SERVED_BY_THE_PLAN, PartPlace, RecurringRun, Retrieval, WorkloadPart
from domain.placement import ProofLine

HEADING = "## What runs beside it"
_PLACES: dict[PartPlace, str] = {
    "own GPUs": "on GPUs of its own", "shared GPU": "on the generator's GPUs", "spare GPU": "on a GPU left over",
    "same machine": "in RAM of the same machine", "CPU machine": "on a machine without a GPU",
    "theirs": "in what runs at yours", "unknown": "where is not settled",
}  # fmt: skip


def retrieval_section(found: Retrieval) -> str:
    """Markdown: every part with what it needs, where it runs and what it adds; then the arithmetic."""
    said = [*found.assumptions, *_settings(found)]
    lines = [*found.corpus.lines, *found.lines]
    lines += [line for part in found.parts for line in part.lines]
    parts = (
        HEADING,
        retrieval_parts(found),
        bullets(plain(sentence) for sentence in said),
        proof_lines(lines),
    )
    return "\n\n".join(part for part in parts if part)


def retrieval_parts(found: Retrieval) -> str:
    """A table of the parts, with their sum."""
    rows = [
        (plain(part.role), _runs(part), plain(_needs(part)), plain(part.where), _adds(part)) for part in found.parts
    ]
    total = "unknown" if found.usd_per_month is None else money(found.usd_per_month)
    rows.append(("**Together**", "", "", "", f"**{total}**"))
    return table(("Part", "Runs", "Needs", "Where", "Per month"), rows, right=frozenset({4}))


def retrieval_line(found: Retrieval) -> str:
    """One sentence for the first screen, as plain text."""
    beside = [f"{_short(part)} {_place(part)}" for part in found.parts if part.role not in SERVED_BY_THE_PLAN]
    chunks = "" if found.corpus.chunks is None else f" for {figure(found.corpus.chunks, 0)} chunks"
    once = "" if found.embed_hours is None else f"; embedding it all takes about {hours_in_words(found.embed_hours)}"
    total = "" if found.usd_per_month is None else f"; {money(found.usd_per_month)} a month of rent"
    return f"Beside it{chunks}: {', '.join(beside)}{once}{total}."


def recurring_line(run: RecurringRun) -> str:
    """What the runs of a month cost beside a machine that runs all month, as plain text."""
    work = f"{hours_in_words(run.hours_per_run)} every {run.every}"
    if not run.keeps_up:
        return f"One machine needs {work}: the work does not end before the next begins."
    hours = f"{figure(run.hours_per_month, 0)} h a month"
    return (
        f"The work takes {work} ({hours}): {money(run.usd_per_month)} a month if the machines run only then, "
        f"{money(run.usd_all_month)} if they run all month."
    )


def proof_lines(lines: Iterable[ProofLine]) -> str:
    """The arithmetic as a table, each line once; empty without lines."""
    rows = [
        (plain(line.label), code(line.formula), f"{figure(line.value)} {plain(line.unit)}", plain(line.source or ""))
        for line in dict.fromkeys(lines)
    ]
    return table(("What", "Arithmetic", "Result", "Source"), rows, right=frozenset({2})) if rows else ""


def hours_in_words(hours: float) -> str:
    """Minutes below two hours, days from two days on."""
    if hours < 2:
        return f"{max(1, round(hours * 60))} min"
    return f"{figure(hours, 1)} h" if hours < 48 else f"{figure(hours / 24, 1)} days"


def _place(part: WorkloadPart) -> str:
    return f"on {part.shards} machines without a GPU" if part.shards > 1 else _PLACES[part.place]


def _runs(part: WorkloadPart) -> str:
    return code(part.model) if part.model else plain(part.name)


def _needs(part: WorkloadPart) -> str:
    figures = [] if part.memory_gib is None else [f"{figure(part.memory_gib, 1)} GiB"]
    figures += [] if part.disk_gib is None else [f"{figure(part.disk_gib, 1)} GiB of disk"]
    return ", ".join(figures)


def _adds(part: WorkloadPart) -> str:
    if part.place == "theirs":
        return "yours"
    if part.usd_per_month is None:
        return "unknown"
    return money(part.usd_per_month) if part.usd_per_month else "in the rent"


def _short(part: WorkloadPart) -> str:
    memory = f" ({figure(part.memory_gib, 1)} GiB)" if part.memory_gib is not None else ""
    return f"{part.name if part.model else part.role}{memory}"


def _settings(found: Retrieval) -> Iterator[str]:
    if found.generator_memory_fraction is not None:
        share = f"--gpu-memory-utilization={found.generator_memory_fraction:g}"
        yield f"Start the generator with {share}, so that the others have their part of the GPU."
    if found.embed_hours is not None:
        time, cost = (
            hours_in_words(found.embed_hours),
            f" ({money(found.embed_usd)} of rent)" if found.embed_usd else "",
        )
        yield f"Embedding the corpus once takes about {time} on all GPUs of the plan{cost}."
