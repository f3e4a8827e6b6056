"""What a scenario expects of the plan itself: in the user's terms, not in those of the spec that was read."""

from collections.abc import Iterator

from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from evals.market import Market
from evals.matching import squash
from evals.observation import Finding
from evals.scenario import PlanExpectation, Scenario

Check = tuple[bool, str, str, str]
"""Whether it holds, what it is about, what was expected, what the plan has."""


def plan_findings(scenario: Scenario, plan: DeploymentPlan, market: Market) -> tuple[Finding, ...]:
    """Findings on the last plan. A broken limit of price, place or hardware counts as a violated constraint."""
    wanted, options = scenario.plan, [recommendation.option for recommendation in plan.recommendations]
    found: list[Finding] = []
    if scenario.unsatisfiable:
        found += _findings("plan", _gives_way(wanted, plan))
    elif scenario.unsatisfiable is False:
        none = "; ".join(relaxation.explanation for relaxation in plan.relaxations[:3])
        gaps = "; ".join(f"{gap.tool}: {gap.error}" for gap in plan.gaps)
        found += _findings("plan", [(bool(options), "something is recommended", "an option", none or gaps or "none")])
    for option in (option for option in options if not option.is_own):
        found += _findings("constraints", _limits(wanted, option))
        found += _findings("constraints", _places(wanted, option, market))
        found += _findings("constraints", _hardware(wanted, option, market))
        found += _findings("constraints", _licences(wanted, option))
    found += _findings("plan", _contents(wanted, plan))
    return tuple(found)


def broken_limits(wanted: PlanExpectation, option: PlacementOption, market: Market) -> Iterator[str]:
    """The limits of price, place, hardware and licence that the option does not keep."""
    checks = (_limits(wanted, option), _places(wanted, option, market), _hardware(wanted, option, market),
              _licences(wanted, option))  # fmt: skip
    return (what for some in checks for ok, what, _, _ in some if not ok)


def _findings(grader: str, checks: Iterator[Check] | list[Check]) -> list[Finding]:
    return [
        Finding.model_validate({"grader": grader, "passed": ok, "what": what, "expected": expected, "got": got})
        for ok, what, expected, got in checks
    ]


def _gives_way(wanted: PlanExpectation, plan: DeploymentPlan) -> Iterator[Check]:
    """Nothing fits: nothing is recommended, and what would have to give is computed and priced."""
    offered = [relaxation.field for relaxation in plan.relaxations]
    names = ", ".join(recommendation.option.offer.key for recommendation in plan.recommendations)
    yield not plan.recommendations, "nothing is recommended", "none", names
    yield bool(offered), "relaxations are offered", "at least one", ", ".join(offered) or "none"
    if wanted.relaxes:
        fields = {part for field in offered for part in field.split(" + ")}
        passed = not fields.isdisjoint(wanted.relaxes)
        yield passed, "the constraint to relax is named", " or ".join(wanted.relaxes), ", ".join(offered)


def _limits(wanted: PlanExpectation, option: PlacementOption) -> Iterator[Check]:
    limits = (
        ("hourly price", wanted.max_hourly_usd, option.price_per_hour_usd),
        ("monthly price", wanted.max_monthly_usd, option.price_per_month_usd),
        ("cost of the job", wanted.max_job_usd, option.job_cost_usd),
        ("hours of the job", wanted.max_job_hours, option.job_hours),
    )
    for what, most, got in limits:
        if most is not None:
            yield got is not None and got <= most, f"{what} of {option.offer.key}", f"at most {most:g}", f"{got}"


def _places(wanted: PlanExpectation, option: PlacementOption, market: Market) -> Iterator[Check]:
    offer = option.offer
    if wanted.providers:
        yield offer.provider in wanted.providers, "provider", " or ".join(wanted.providers), offer.provider
    if wanted.not_providers:
        unwanted = ", ".join(wanted.not_providers)
        yield offer.provider not in wanted.not_providers, "provider", f"none of {unwanted}", offer.provider
    if wanted.regions:
        yield offer.region in wanted.regions, "region", " or ".join(wanted.regions), offer.region
    if wanted.countries:
        yield offer.country in wanted.countries, "country", " or ".join(wanted.countries), f"{offer.country}"
    if wanted.jurisdictions:
        under = any(market.is_under(offer, place) for place in wanted.jurisdictions)
        yield under, "jurisdiction", " or ".join(wanted.jurisdictions), f"{offer.key} {offer.country}"
    for programme in wanted.programmes:
        yield market.has_programme(offer.provider, programme), "compliance programme", programme, offer.provider


def _hardware(wanted: PlanExpectation, option: PlacementOption, market: Market) -> Iterator[Check]:
    offer, gpu = option.offer, option.offer.gpu
    if wanted.pricing is not None:
        yield offer.pricing == wanted.pricing, "pricing", wanted.pricing, offer.pricing
    if wanted.no_gpu:
        yield gpu is None, "no GPU", "none", gpu.name if gpu else ""
    if gpu is not None:
        if wanted.gpus:
            meant = any(market.is_gpu(gpu, name) for name in wanted.gpus)
            yield meant, "GPU", " or ".join(wanted.gpus), gpu.name
        if wanted.not_gpus:
            meant = any(market.is_gpu(gpu, name) for name in wanted.not_gpus)
            yield not meant, "GPU", f"none of {', '.join(wanted.not_gpus)}", gpu.name
    total_gb = option.nodes * offer.total_vram_gb
    least: tuple[tuple[str, float | None, float], ...] = (
        ("memory of one GPU, GB", wanted.min_vram_gb, gpu.memory_gb if gpu else 0.0),
        ("GPU memory in all, GB", wanted.min_total_vram_gb, total_gb),
        ("GPUs of one instance", wanted.min_gpu_count, offer.gpu_count),
        ("GPUs in all", wanted.min_gpus_total, option.gpus),
        ("vCPU", wanted.min_vcpu, offer.vcpu or 0),
    )
    for what, at_least, got in least:
        if at_least is not None:
            yield got >= at_least, f"{what} of {offer.key}", f"at least {at_least:g}", f"{got:g}"


def _licences(wanted: PlanExpectation, option: PlacementOption) -> Iterator[Check]:
    model = option.model
    if model is None:
        return
    if wanted.commercial:
        yield model.commercial_use is True, f"commercial use of {model.key}", "allowed", f"{model.license}"
    if wanted.licenses:
        allowed = {squash(name) for name in wanted.licenses}
        passed = squash(model.license or "") in allowed
        yield passed, f"licence of {model.key}", " or ".join(wanted.licenses), f"{model.license}"


def _contents(wanted: PlanExpectation, plan: DeploymentPlan) -> Iterator[Check]:
    first = plan.recommendations[0].option.model if plan.recommendations else None
    listed = plan.models[0].model if plan.models else None
    model = first or listed
    if wanted.model_family is not None:
        family = model.family if model else "none"
        yield squash(family) == squash(wanted.model_family), "family of the model", wanted.model_family, family
    if wanted.model_params_b is not None and plan.recommendations:
        params_b = model.params_b if model else None
        bounds = f"{wanted.model_params_b.min or 0:g} to {wanted.model_params_b.max or float('inf'):g}"
        yield wanted.model_params_b.holds(params_b), "billions of parameters", bounds, f"{params_b}"
    if wanted.models_domain is not None:
        domain = listed.domain if listed else "none"
        yield domain == wanted.models_domain, "domain of the first model", wanted.models_domain, domain
    charts = [component.package.name for component in plan.stack]
    names = {squash(name) for name in charts}
    for alternatives in wanted.charts:
        fair = {squash(name) for name in alternatives.split("|")}
        yield any(one in name for one in fair for name in names), "chart in the stack", alternatives, ", ".join(charts)
    for name in wanted.not_charts:
        yield squash(name) not in names, "chart not in the stack", f"no {name}", ", ".join(charts)
