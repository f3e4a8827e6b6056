"""The arithmetic behind a recommendation, as Markdown."""

import math
from collections.abc import Iterator

from artifacts.notation import code, figure, link, plain, table
from domain.placement import LOAD_LINE, STEP_LINE, MemoryProof, PlacementOption, ProofLine, Throughput


def proof_table(proof: MemoryProof) -> str:
    """Every line of the memory of one GPU, the total against what is usable, and what binds."""
    sources = tuple(dict.fromkeys(line.source for line in proof.lines if line.source))
    rows = [_proof_row(line, sources) for line in proof.lines] or _figures(proof)
    usable = f"memory fraction {figure(proof.memory_fraction)}"
    rows += [
        ("**Needed**", _summed(proof), f"**{figure(proof.needed_gib)} GiB**"),
        ("**Usable on one GPU**", usable, f"**{figure(proof.usable_gib)} GiB**"),
    ]
    arithmetic = table(("Memory of one GPU", "Arithmetic", "Result"), rows, right=frozenset({2}))
    cited = "; ".join(f"({number}) {_source(source)}" for number, source in enumerate(sources, start=1))
    return "\n\n".join(part for part in (arithmetic, _limits(proof), cited and f"Figures from {cited}.") if part)


def _summed(proof: MemoryProof) -> str:
    """What the total is made of, where two lines are caches that are not there together."""
    labels = {line.label for line in proof.lines}
    step = ", the one request's with its step" if STEP_LINE in labels else ""
    return f"weights, activations, runtime and the larger of the two caches{step}" if LOAD_LINE in labels else ""


def fit_in_one_line(proof: MemoryProof) -> str:
    """The verdict alone: needed against usable, and what binds."""
    verdict = "fits" if proof.fits else "does not fit"
    return (
        f"{verdict} in {figure(proof.needed_gib)} of {figure(proof.usable_gib)} GiB per GPU "
        f"(binding constraint: {plain(proof.binding_constraint)})"
    )


LEAST_A_SECOND = 0.1
"""A lower rate is told by the hour: rounded to a tenth a second it would be nothing."""
TRILLION = 1e12


def throughput_lines(throughput: tuple[Throughput, ...]) -> Iterator[str]:
    """One estimate a line, with its error band and the arithmetic."""
    for estimate in throughput:
        per, times = ("second", 1.0) if estimate.value >= LEAST_A_SECOND else ("hour", 3600.0)
        if not estimate.metric.endswith("_per_second"):
            times = 1.0
        metric = estimate.metric.replace("_per_second", f" per {per}").replace("_", " ")
        arithmetic = "; ".join(map(_worked_out, estimate.lines))
        low, value, high = (figure(rate * times, 1) for rate in (estimate.low, estimate.value, estimate.high))
        yield f"about {value} {metric} ({low} to {high})" + (f": {arithmetic}" if arithmetic else "")


def load_lines(option: PlacementOption) -> Iterator[str]:
    """What the first line of a plan promises those who are there at once, by the same formulas."""
    served = option.served
    if served is None or served.tokens_per_s_per_user is None or served.ttft_ms is None:
        return
    each = f", {math.ceil(served.in_flight / option.replicas):,} on each of {option.replicas:,} copies"
    yield (
        f"at the load of {served.in_flight:,} at once{each if option.replicas > 1 else ''}: by the same formulas "
        f"{figure(served.tokens_per_s_per_user, 1)} output tokens a second for each, first token after "
        f"{figure(served.ttft_ms, 0)} ms"
    )


def _worked_out(line: ProofLine) -> str:
    """The formula with its result; of trillions the power of ten."""
    if not line.unit:
        return f"{plain(line.label)}: {code(line.formula)}"
    value = f"{line.value:.3g}".replace("e+", "e")
    if line.value < TRILLION:
        value = figure(line.value, 1 if line.value >= 10 else 2)
    return f"{plain(line.label)}: {code(line.formula)} = {value} {plain(line.unit)}"


def _proof_row(line: ProofLine, sources: tuple[str, ...]) -> tuple[str, str, str]:
    label = plain(line.label)
    if line.source:
        label += f" ({sources.index(line.source) + 1})"
    return label, code(line.formula), f"{figure(line.value)} {plain(line.unit)}"


def _source(source: str) -> str:
    return link(source, source) if source.startswith(("http://", "https://")) else plain(source)


def _figures(proof: MemoryProof) -> list[tuple[str, str, str]]:
    held = (
        ("weights", proof.weights_gib),
        ("optimizer states", proof.optimizer_gib),
        ("gradients", proof.gradients_gib),
        ("activations", proof.activation_gib),
        ("overhead", proof.overhead_gib),
        ("left for the KV cache", proof.kv_cache_gib),
    )
    return [(label, "", f"{figure(gib)} GiB") for label, gib in held if gib]


def _limits(proof: MemoryProof) -> str:
    sentences = [f"Binding constraint: **{plain(proof.binding_constraint)}**."]
    if proof.engine:
        sentences.append(f"Defaults of {plain(proof.engine)}.")
    if proof.context_tokens and proof.concurrency:
        load = "the load, and for " if any(line.label == LOAD_LINE for line in proof.lines) else ""
        sentences.append(
            f"Room is needed for {load}{proof.concurrency:,} at a time with {proof.context_tokens:,} tokens of context "
            "each."
        )
    if proof.max_concurrency is not None:
        sentences.append(f"At most {proof.max_concurrency:,} of that length fit at once.")
    if proof.max_context is not None:
        sentences.append(f"The longest context that fits is {proof.max_context:,} tokens.")
    return " ".join(sentences)
