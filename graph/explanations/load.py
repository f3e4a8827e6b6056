"""Whether the plan carries the load that a question names."""

from artifacts.notation import figure
from domain.placement import PlacementOption
from domain.workload import Traffic, WorkloadSpec
from graph.explanations.evidence import Standing
from graph.explanations.pace import SECONDS_PER_HOUR, in_flight_of, most_in_flight, pace, served
from sizing.demand import active_share, average_requests_per_s, demand_of, requests_asked_per_s

PER_AUDIO_HOUR = 120
MORE = frozenset({"more", "extra", "additional", "another", "further"})
"""Words by which the people of a question come on top of those that are planned for."""
EVERYONE = frozenset({"everyone", "everybody", "all"})
AT_ONCE = frozenset({"once", "simultaneously", "concurrently", "parallel", "together"})
"""With those: the people that are planned for, all of them at work at the same time."""
ENOUGH = frozenset({"enough", "suffice", "sufficient", "suffices"})
TROUBLE = frozenset({"problem", "issue", "trouble", "break", "slow", "sluggish", "lag", "choke", "overload", "matter"})
"""Words of a question that asks for trouble: yes would tell that there is some."""


def verdict(standing: Standing, option: PlacementOption) -> str | None:
    """Yes or no, with what is asked for and what there is; null where the question names no load."""
    asked = load_asked(standing)
    if asked is None:
        return None
    told, spec = asked
    load, work = served(option), pace(option, spec)
    if load is not None:
        demand, flow = demand_of(spec), spec.traffic.requests_per_second
        flying = in_flight_of(option, flow, demand.output_tokens) if flow is not None else None
        wanted = demand.concurrent if flying is None else flying
        at_once = f"{wanted:,} requests at a time"
        if spec.traffic.users and spec.traffic.concurrent_users is None:
            at_once += f", with {figure(100 * active_share(spec.traffic), 0)} % of them active at once"
        most = max(load.in_flight, most_in_flight(option) or 0)
        return _told(standing, wanted <= most, f"{told} are {at_once}", f"at most {most:,}")
    flow = average_requests_per_s(spec)
    if work is None or flow is None or work.unit == "million output tokens":
        return None
    an_hour = flow * SECONDS_PER_HOUR / (PER_AUDIO_HOUR if work.unit == "audio hour" else 1)
    enough, there = an_hour <= work.per_hour, f"{figure(work.per_hour, 0)} {work.unit}s an hour"
    return _told(standing, enough, f"{told} are {figure(an_hour, 0)} {work.unit}s an hour", there)


def load_asked(standing: Standing) -> tuple[str, WorkloadSpec] | None:
    """The load of the question in words, and the standing requirement with it."""
    said, stands = standing.said.traffic, standing.spec.traffic
    if said.users and not (said.concurrent_users or stands.users) and stands.concurrent_users:
        said = said.model_copy(update={"users": None, "concurrent_users": said.users})  # those who were counted at once
    everyone = EVERYONE & {*standing.words} and AT_ONCE & {*standing.words}
    if everyone and stands.users and not (said.users or said.concurrent_users):
        said = said.model_copy(update={"concurrent_users": stands.users})
    if said.users or said.concurrent_users:
        people = said.concurrent_users or said.users or 0
        kind = "concurrent users" if said.concurrent_users else "users"
        if MORE & set(standing.words) and said.users and stands.users:
            together = stands.users + said.users
            return f"{together:,} users with those", _with(standing.spec, users=together)
        return f"{people:,} {kind}", _with(standing.spec, users=said.users, concurrent_users=said.concurrent_users)
    if said.requests_per_second:
        flow = said.requests_per_second
        return f"{figure(flow)} requests a second", _with(standing.spec, requests_per_second=flow)
    times = standing.times
    if times is None and standing.closed and ENOUGH & {*standing.words} and (stands.concurrent_users or stands.users):
        return _as_it_stands(standing)
    if times is None:
        return None
    more: dict[str, float | int | None] = {
        "users": stands.users and round(stands.users * times),
        "concurrent_users": stands.concurrent_users and round(stands.concurrent_users * times),
    }
    flow_now = requests_asked_per_s(standing.spec)
    if flow_now is not None:
        more["requests_per_second"] = flow_now * times
    if not any(more.values()):
        return None
    return f"{figure(times)} times the load", _with(standing.spec, **more)


def _as_it_stands(standing: Standing) -> tuple[str, WorkloadSpec]:
    """Of a question whether it is enough that names no other load: the one that was planned for."""
    traffic = standing.spec.traffic
    people = traffic.concurrent_users or traffic.users or 0
    return f"the {people:,} {'concurrent users' if traffic.concurrent_users else 'users'} planned for", standing.spec


def _with(spec: WorkloadSpec, **traffic: float | int | None) -> WorkloadSpec:
    kept = {"input_tokens": spec.traffic.input_tokens, "output_tokens": spec.traffic.output_tokens}
    return spec.model_copy(update={"traffic": Traffic.model_validate({**kept, **traffic})})


def _told(standing: Standing, enough: bool, asked: str, there: str) -> str:
    yes, no = ("That fits", "That is too much") if TROUBLE & set(standing.words) else ("Yes", "No")
    if enough:
        return f"{yes}: {asked}, and the plan answers {there}."
    return (
        f"{no}: {asked}, and the plan answers {there}. Say the new load as a wish (“plan for ...”) to have it planned."
    )
