"""A service that is priced for some hours of the month: what starts and stops its machines around them."""

from artifacts.giving_back import resized
from artifacts.notation import figure, money
from artifacts.providers import provider_of
from artifacts.recurring import HERE, kept_for_later, machine_commands, words
from artifacts.rented import step
from artifacts.weights import load_minutes
from artifacts.workloads import NAMESPACE
from domain.base import HOURS_PER_MONTH
from domain.placement import PlacementOption
from domain.plan import Step

TITLE = "Stop it outside its hours"
_PAUSED = "autoscaling.keda.sh/paused-replicas"
_TIMES = {
    "ON_AT": "when it starts, as cron writes it: 30 8 * * 1-5", "OFF_AT": "when it stops: 0 18 * * 1-5",
}  # fmt: skip


def hours_steps(
    option: PlacementOption, *, cluster: bool, existing: bool = False, scaled: str = ""
) -> tuple[Step, ...]:
    """None where it runs all month, or is the user's own. `cluster`: the steps make one, or use the one that exists.
    `scaled`: the ScaledObject of a workload whose pool the provider makes larger and smaller.

    Of several workloads machines may be another's outside the hours of one.
    """
    always = option.hours_per_month >= HOURS_PER_MONTH
    if always or option.is_own or option.object_name or option.job_hours is not None or option.schedule:
        return ()
    price = option.offer.price_per_hour_usd or 0.0
    told = {
        "hours": figure(option.hours_per_month), "all_month": money(price * option.nodes * HOURS_PER_MONTH),
        "minutes": figure(load_minutes(option)),
    }  # fmt: skip
    found = _commands(option, cluster=cluster, existing=existing, scaled=scaled)
    if found is None:
        return (step(TITLE, words("no_hours").format(**told)),)
    start, stop, asked = found
    script = (
        f'#!/usr/bin/env bash\nset -euo pipefail\n. "{HERE}/env"\nif [ "$1" = on ]; then\n{start}\nelse\n{stop}\nfi'
    )
    times = {"ON_AT": "on", "OFF_AT": "off"}
    lines = " && ".join(f'echo "${name} bash {HERE}/hours.sh {word} >>{HERE}/log 2>&1"' for name, word in times.items())
    return (
        step(
            TITLE,
            words("hours").format(keeps=words("scaled" if scaled else "pool" if cluster else "stopped"), **told),
            kept_for_later({**asked, **_TIMES}),
            f"cat > \"{HERE}/hours.sh\" <<'END'\n{script}\nEND",
            f"(crontab -l 2>/dev/null | grep --invert-match --fixed-strings hours.sh; {lines}) | crontab -",
        ),
    )


def _commands(
    option: PlacementOption, *, cluster: bool, existing: bool, scaled: str
) -> tuple[str, str, dict[str, str]] | None:
    """To start and to stop, and what they ask for. A cluster of k3s is machines, which are stopped as such.

    A pool that follows its pods is filled again for those that wait (AKS refuses to resize it), so that the pods are
    stopped: https://keda.sh/docs/2.20/concepts/scaling-deployments/#pausing-autoscaling.
    """
    if scaled:
        again = f"kubectl --namespace {NAMESPACE} annotate scaledobject {scaled} {_PAUSED}-"
        return again, f"{again}\nkubectl --namespace {NAMESPACE} annotate scaledobject {scaled} {_PAUSED}=0", {}
    if existing:
        return None
    if cluster and provider_of(option).kubernetes != "k3s" and (filled := resized(option, option.nodes)):
        return "\n".join(filled), "\n".join(resized(option, 0)), {}
    known = machine_commands(option)
    if known is None or (cluster and provider_of(option).kubernetes != "k3s"):
        return None
    found = f"{known.find}\n" if known.find else ""
    return f"{found}{known.start}", f"{found}{known.stop}", dict(known.asks)
