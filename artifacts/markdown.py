"""A deployment plan as Markdown, for a terminal and for a page."""

from collections.abc import Iterator

from artifacts.choices import ON_SITE, gpus_taken, machines, place
from artifacts.first_screen import first_screen
from artifacts.notation import bullets, code, count, fenced, figure, link, money, plain, rate, table, words
from artifacts.parts import retrieval_section
from artifacts.program_manifest import abridged
from artifacts.proof import fit_in_one_line, load_lines, proof_table, throughput_lines
from artifacts.rules_told import rules_told
from artifacts.together import together_section
from artifacts.unit_cost import unit_cost_section
from domain.base import HOURS_PER_MONTH, Source
from domain.hosted import HostedComparison
from domain.packages import Package
from domain.parts import Together
from domain.placement import PlacementOption, Relaxation
from domain.plan import (
    CostBreakdown,
    DeploymentPlan,
    Gap,
    LaterComponent,
    ModelChoice,
    Recommendation,
    StackComponent,
    Step,
)

TRAINING_METHODS = {"train": "all weights trained", "lora": "LoRA", "qlora": "QLoRA"}
"""How a job trains, which stands where a served model has its number format."""


def plan_markdown(plan: DeploymentPlan, *, whole: bool = False) -> str:
    """All of the plan, its first screen first; the same plan gives the same bytes. `whole`: with every script that a
    command writes."""
    return "\n\n".join((first_screen(plan).rstrip("\n"), *plan_sections(plan, whole=whole).values())) + "\n"


def plan_sections(plan: DeploymentPlan, *, whole: bool = False) -> dict[str, str]:
    """What stands below the first screen, by name and in order, each with its heading; empty ones are left out."""
    sections = {
        "understood": f"## As understood\n\n{plain(plan.understanding)}",
        "changes": _listed("What changed", plan.changes),
        "assumptions": _listed("Assumptions", plan.assumptions),
        "left_out": _listed("Not taken into account", plan.not_taken_into_account),
        "cautions": _listed("To confirm before you rely on it", plan.cautions),
        "recommendations": _recommendations(plan.recommendations),
        "relaxations": _relaxations(plan.relaxations),
        "retrieval": retrieval_section(plan.retrieval) if plan.retrieval else "",
        "together": together_section(plan.together) if plan.together else "",
        "models": _models(plan.models),
        "stack": _stack(plan.stack, plan.worth_adding),
        "steps": _steps(plan.steps, whole=whole),
        "cost": _cost(plan.cost, plan.together),
        "hosted": _hosted(plan.hosted),
        "tradeoffs": _listed("Trade-offs", plan.tradeoffs),
        "gaps": _gaps(plan.gaps),
        "sources": _sources(plan),
    }
    return {name: text for name, text in sections.items() if text}


def _listed(heading: str, texts: tuple[str, ...]) -> str:
    return f"## {heading}\n\n{bullets(plain(text) for text in texts)}" if texts else ""


def _recommendations(recommendations: tuple[Recommendation, ...]) -> str:
    if not recommendations:
        return ""
    first, *others = recommendations
    parts = [
        "## Recommended " + ("GPUs" if any(r.option.offer.gpu for r in recommendations) else "machines"),
        table(
            ("#", "Choice", "Instance", "Where", "GPUs", "Per hour", "Per month"),
            (_recommendation_row(recommendation) for recommendation in recommendations),
            right=frozenset({5, 6}),
        ),
        bullets(_how_it_runs(recommendation) for recommendation in recommendations),
        _why_the_first(first),
    ]
    if others:
        parts.append("### The others\n\n" + bullets(_in_short(recommendation) for recommendation in others))
    if told := rules_told(recommendation.option for recommendation in recommendations):
        parts.append("### The rules that are given up\n\n" + bullets(told))
    return "\n\n".join(part for part in parts if part)


def _recommendation_row(recommendation: Recommendation) -> tuple[str, ...]:
    option = recommendation.option
    offer = option.offer
    return (
        str(recommendation.rank),
        plain(option.label),
        (f"{option.nodes} × " if option.nodes > 1 else "") + code(offer.instance_type),
        ON_SITE if option.is_own else f"{plain(offer.provider)} {plain(offer.region)}, {offer.terms}",
        plain(gpus_taken(option)).replace(" x ", " × ") if offer.gpu and option.gpus else "",
        "no rent" if option.is_own else rate(option.price_per_hour_usd),
        "no rent" if option.is_own else money(option.price_per_month_usd),
    )


def _how_it_runs(recommendation: Recommendation) -> str:
    option = recommendation.option
    job = []
    if option.job_hours is not None:
        job.append(f"the job takes about {figure(option.job_hours, 1)} h")
    if option.job_cost_usd is not None and not option.is_own:
        job.append(f"the job costs about {money(option.job_cost_usd)}")
    if option.hours_per_month != HOURS_PER_MONTH and not option.is_own:
        job.append(f"priced for {figure(option.hours_per_month)} h a month")
    price_source = option.offer.source
    if not option.is_own:
        kind = "" if option.offer.price_kind == "listed" else f" {option.offer.price_kind}"
        job.append(f"price{kind} from {link(price_source.name, price_source.url)}, {price_source.as_of.isoformat()}")
    return "; ".join((f"**{recommendation.rank}.** {runs(option)}", *job))


def runs(option: PlacementOption) -> str:
    """What runs there, as Markdown: the model, its quantisation, how it is split and how many copies."""
    parts = [code(option.model.key) if option.model else "the reference workload"]
    if option.quantization:
        method = TRAINING_METHODS.get(option.quantization)
        parts[0] += f", {method}" if method else f" at {plain(option.quantization)}"
    if option.tensor_parallel > 1:
        parts.append(f"tensor parallel {option.tensor_parallel}")
    if option.pipeline_parallel > 1:
        parts.append(f"pipeline parallel {option.pipeline_parallel}")
    if option.replicas > 1:
        parts.append(count(option.replicas, "replica"))
    return ", ".join(parts)


def _why_the_first(first: Recommendation) -> str:
    option = first.option
    parts = []
    if option.reasons:
        parts.append(f"### Why number {first.rank}\n\n" + bullets(plain(reason) for reason in option.reasons))
    if option.proof:
        parts.append("### Proof that it fits\n\n" + proof_table(option.proof))
    if option.throughput:
        parts.append("### Estimated speed\n\n" + bullets((*throughput_lines(option.throughput), *load_lines(option))))
    return "\n\n".join(parts)


def _in_short(recommendation: Recommendation) -> str:
    option = recommendation.option
    sentences = [plain(reason) for reason in option.reasons]
    if option.proof:
        sentences.insert(0, f"{fit_in_one_line(option.proof)}.")
    return f"**{recommendation.rank}. {plain(option.label)}**: " + (" ".join(sentences) or runs(option))


def _relaxations(relaxations: tuple[Relaxation, ...]) -> str:
    if not relaxations:
        return ""
    rows = (
        (
            plain(relaxation.field.replace(".", " ").replace("_", " ")),
            plain(relaxation.current),
            plain(relaxation.proposed),
            f"{relaxation.option.nodes} × {code(relaxation.option.offer.instance_type)} "
            f"at {plain(relaxation.option.offer.provider)}",
            money(relaxation.option.price_per_month_usd),
        )
        for relaxation in relaxations
    )
    return "\n\n".join(
        (
            "## What to relax",
            table(("Constraint", "Now", "Would work", "It gives", "Per month"), rows, right=frozenset({4})),
            bullets(plain(relaxation.explanation) for relaxation in relaxations),
        )
    )


def _models(models: tuple[ModelChoice, ...]) -> str:
    if not models:
        return ""
    rows = (
        (
            str(choice.rank),
            code(choice.model.key),
            plain(choice.model.license or "unknown"),
            "yes" if choice.model.gated else "no",
            "unknown" if choice.model.params_b is None else f"{figure(choice.model.params_b, 3)} B",
            plain(choice.reason),
        )
        for choice in models
    )
    return "## Models\n\n" + table(("#", "Model", "Licence", "Gated", "Parameters", "Why"), rows, right=frozenset({4}))


def _stack(stack: tuple[StackComponent, ...], later: tuple[LaterComponent, ...]) -> str:
    if not stack:
        return _worth_adding(later, "## Kubernetes stack\n\nNo chart is needed.\n\n")
    rows = (
        (
            plain(component.role),
            code(component.package.name),
            plain(component.package.version),
            _repository(component.package),
            plain(component.reason),
        )
        for component in stack
    )
    drawn = table(("Role", "Chart", "Version", "Repository", "Why"), rows)
    talks = bullets(_talks(component) for component in stack if component.connects or component.alternatives)
    parts = ("## Kubernetes stack", drawn, f"### Who talks to whom\n\n{talks}" if talks else "", _worth_adding(later))
    return "\n\n".join(part for part in parts if part)


def _talks(component: StackComponent) -> str:
    said = "; ".join(plain(text) for text in component.connects)
    instead = f"instead: {', '.join(code(name) for name in component.alternatives)}" if component.alternatives else ""
    return f"{code(component.package.name)} " + "; ".join(part for part in (said, instead) if part)


def _worth_adding(later: tuple[LaterComponent, ...], opening: str = "") -> str:
    """Not installed, because nothing would use them."""
    if not later:
        return ""
    items = (f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}" for part in later)
    return f"{opening}### Worth adding later\n\n{bullets(items)}"


def _repository(package: Package) -> str:
    return link(package.repository, package.repository_url)


def _steps(steps: tuple[Step, ...], *, whole: bool) -> str:
    if not steps:
        return ""
    return "## Steps\n\n" + "\n\n".join(_step(step, whole=whole) for step in steps)


def _step(step: Step, *, whole: bool) -> str:
    parts = [f"### {step.order}. {plain(step.title)}", plain(step.detail)]
    if step.commands:
        parts.append(fenced(step.commands if whole else tuple(map(abridged, step.commands))))
    return "\n\n".join(part for part in parts if part)


def _cost(cost: CostBreakdown | None, together: Together | None) -> str:
    """Line by line; of several workloads the machines of each, and once what stands beside them."""
    if cost is None:
        return ""
    rows = [(plain(line.item), plain(line.formula), money(line.monthly_usd)) for line in cost.lines]
    whose = "the first recommendation"
    if together is not None and together.bill_usd_per_month is not None:
        whose, rows = "all workloads", [*_machines_of_all(together), *rows[1:]]
        rows.append(("**Total**", "what comes every month", f"**{money(together.bill_usd_per_month)}**"))
    elif cost.hourly_usd:
        whose = whose if together is None else f"{plain(together.workloads[0].name)} alone"
        hours = f"the machines: {figure(cost.hours_per_month)} h a month at {rate(cost.hourly_usd)} per hour"
        if cost.job_usd and cost.hours_per_month < HOURS_PER_MONTH:
            hours = f"the machines: {figure(cost.hours_per_month, 1)} h at {rate(cost.hourly_usd)} per hour"
        rows.append(("**Total**", hours, f"**{money(cost.monthly_usd)}**"))
    parts = [
        f"## Cost of {whose}",
        table(("Item", "How", "Per month"), rows, right=frozenset({2})),
    ]
    if together is not None:
        once = f" and {money(together.usd_once)} once" if together.usd_once else ""
        parts.append(f"The machines of all workloads: {money(together.usd_per_month)} a month{once}, as told above.")
    elif cost.job_usd:
        parts.append(f"The whole job, once: {money(cost.job_usd)}.")
    if cost.unpriced:
        parts.append("Not in the total, because the catalogue has no price for it: " + _enumerated(cost.unpriced) + ".")
    if cost.currency_note:
        parts.append(plain(cost.currency_note))
    return "\n\n".join(parts)


def _machines_of_all(together: Together) -> Iterator[tuple[str, str, str]]:
    """What each workload pays for its machines every month; of a job that is run once that it is none of it."""
    for workload in together.workloads:
        if (option := workload.option) is None:
            continue
        what = f"{machines(option)} at {place(option)}"
        if workload.usd_once is not None:
            what += f", {money(workload.usd_once)} once: no part of the month"
        yield plain(workload.name), plain(what), money(workload.usd_per_month or 0.0)


def _hosted(comparison: HostedComparison | None) -> str:
    if comparison is None or comparison.usd is None:
        return ""
    return f"## Beside a hosted API\n\n{unit_cost_section(comparison)}"


def _enumerated(texts: tuple[str, ...]) -> str:
    return ", ".join(plain(text) for text in texts)


def _gaps(gaps: tuple[Gap, ...]) -> str:
    if not gaps:
        return ""
    items = (
        f"**{gap.tool}** ({words(gap.status)}): {plain(gap.error)} {plain(gap.consequence)}".strip() for gap in gaps
    )
    return "## What this plan could not look up\n\n" + bullets(items)


def _sources(plan: DeploymentPlan) -> str:
    catalog = plan.catalog
    held = (
        f"Catalogue {code(catalog.fingerprint[:12])}: {count(catalog.offers, 'offer')}, "
        f"{count(catalog.models, 'model')}, {count(catalog.packages, 'chart')}, "
        f"facts from {catalog.as_of_oldest.isoformat()} to {catalog.as_of_newest.isoformat()}. "
        f"Read by the {plain(plan.engine)} engine."
    )
    return "\n\n".join(
        part for part in ("## Sources", bullets(_source(source) for source in plan.sources), held) if part
    )


def _source(source: Source) -> str:
    return f"{link(source.name, source.url)}, as of {source.as_of.isoformat()}"


def with_all_of_it(response: str, plan: DeploymentPlan) -> str:
    """A reply that brought a plan, with all of it and every script in it."""
    page, whole = plan_markdown(plan), plan_markdown(plan, whole=True)
    return response.replace(page, whole) if page in response else f"{response}\n{whole}"


def with_first_screen(response: str, plan: DeploymentPlan) -> str:
    """A reply that holds the plan, with the first screen of it alone; one that only tells what changed as it is."""
    return response.replace(plan_markdown(plan), first_screen(plan))
