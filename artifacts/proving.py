"""The step that shows that a service does what was asked: shape, greatest length, speed, and a copy that fails."""

from artifacts.engines import SERVERS, Engine
from artifacts.first_request import is_streamed, request_of
from artifacts.notation import figure
from artifacts.rented import step
from artifacts.workloads import NAMESPACE, Value, apply
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.amount_of_work import is_heard_live
from sizing.library_versions import library_versions

TITLE = "Prove it"
POD = "prove"
_THERE = f"kubectl --namespace {NAMESPACE}"
_LEAST_LOST, _TURNS = 0.05, 4
"""The load test sends four times what is in flight: a copy that fails takes with it what it was answering."""


_WINDOWS = (
    " Both send recordings, which is all that this server takes: what listens to a stream sends its last seconds, 30 "
    "at most, again every second (arXiv 2307.14743), and no program here does that."
)


def prove_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, address: str, *, crash: str = "",
    unchecked: bool = False, inside: bool = False, back: str = "",
) -> tuple[Step, ...]:  # fmt: skip
    """`crash`: stops one of several copies; `back` waits until it is there again. `unchecked`: the certificate is the
    machine's own. `inside`: asked from a pod of the cluster, since a forwarded port leads to a single copy and ends
    with it."""
    if engine not in SERVERS or option.object_name:
        return ()
    wanted, traffic = [], spec.traffic
    percentile = figure(traffic.latency_percentile or 95)
    if traffic.ttft_ms and traffic.ttft_ms != traffic.latency_ms:
        wanted.append(f"the first token within {figure(traffic.ttft_ms)} ms for {percentile} % of the requests")
    if traffic.latency_ms:
        wanted.append(f"the answer within {figure(traffic.latency_ms)} ms for {percentile} % of them")
    if option.throughput:
        wanted.append("the speed within the band of the plan's estimate")
    asked = request_of(option, engine, spec)
    kind = "one recording" if asked.recording else "one request of the kind that is sent"
    longest = " and a prompt of the greatest length" if asked.counts and option.proof else ""
    held = f" It passes with {', '.join(wanted)}." if wanted else ""
    flags = f'--address "{address}" --key "$API_KEY"' + (" --any-certificate" if unchecked else "")
    run = f"{_THERE} exec {POD} -- python3 /tmp/checks" if inside else "python3 checks"
    commands = [f"{run}/smoke_test.py {flags}", f"{run}/load_test.py {flags}"]
    live = ""
    if is_streamed(option, engine, spec):
        live = " The third speaks to it over a websocket, in as many streams at once as are expected."
        commands.append(f"{run}/live_test.py {flags}")
    elif is_heard_live(spec) and asked.recording:
        live = _WINDOWS
    copy = ""
    if crash:
        lost = part_lost(option.replicas)
        copy = (
            f" Then one of {option.replicas} copies is stopped under load: no more than {figure(100 * lost)} % of the "
            "requests may be lost, about what it was answering, and it has to come back by itself."
        )
        commands.append(f"(sleep 5; {crash}) & {run}/load_test.py {flags} --lost {lost:g}; wait")
        commands += [back] if back else []
    where = "The programs lie in the folder that `--out` writes."
    if inside:
        where += " They run in a pod, so that the load comes to all copies; the last command removes it."
        wait = f"{_THERE} wait --for=condition=Ready pod/{POD} --timeout=5m"
        brought = f"tar -c -f - checks | {_THERE} exec --stdin {POD} -- tar -x -f - -C /tmp"
        commands = [apply(_pod()), wait, brought, *commands, f"{_THERE} delete pod {POD}"]
    quality = ""
    if spec.use_case or spec.task_type == "rag":
        quality = (
            " How good the answers are only your own examples tell: put a hundred questions whose answers you know to "
            "it before others rely on it."
        )
    return (
        step(
            TITLE,
            f"{where} The first sends {kind}{longest} and looks at the "
            f"answer; the second sends the expected load.{held}{live}{copy}{quality}",
            *commands,
        ),
    )


def part_lost(copies: int) -> float:
    """Of the requests, what one of so many copies may take with it: its part of those in flight, and half as many that
    come before the Service knows."""
    return max(_LEAST_LOST, round(1.5 / (_TURNS * copies), 2))


def _pod() -> Value:
    """Python and nothing else, for as long as the checks take."""
    container: Value = {
        "name": POD,
        "image": library_versions().images["python"].image,
        "command": ["sleep", "7200"],
        "resources": {"requests": {"cpu": "500m", "memory": "256Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False},
    }
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "namespace": NAMESPACE, "labels": {"app": POD}},
        "spec": {"automountServiceAccountToken": False, "restartPolicy": "Never", "containers": [container]},
    }  # fmt: skip
