"""From an empty account to a running workload: the plan's steps, in the order to run them."""

import json
import re
import shlex
from collections.abc import Iterable
from math import ceil

from artifacts import openshift
from artifacts.airgap import CARRIED, fetch_step, join_step, load_step, weights_gb, with_trainer
from artifacts.clusters import cluster_steps, runs_in_cluster
from artifacts.engines import (
    SERVERS,
    Engine,
    claim_name,
    engine_of,
    image,
    needs_quantized_checkpoint,
    workload_name,
)
from artifacts.helm import has_gpu_operator, in_order, install_command, repository_commands
from artifacts.jobs import job_arguments, nodes_of_job
from artifacts.notation import figure
from artifacts.program_manifest import program_apply, with_model_asked
from artifacts.programs import installs_libraries, program_of, with_program
from artifacts.sites import MODELS, ONLINE, Site, site_of
from artifacts.slurm import PROGRAM, can_submit, slurm_steps, uses_slurm
from artifacts.vllm_stack import ROUTER_SERVICE, deployment_name, serve_command, serving_chart
from artifacts.workloads import (
    LOADER,
    NAMESPACE,
    PORT,
    claim_command,
    claim_of_weights,
    gpu_resource,
    image_there,
    job_command,
    loader_command,
    server_arguments,
    server_command,
    spans_machines,
)
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import ModelChoice, Recommendation, StackComponent, Step
from domain.workload import WorkloadSpec

_CHECKPOINT_ROOM_GB = 100
_ROOM = 1.1
SHORT_COMMAND = 90
CONTAINER_PROGRAM = "/data/program"
"""Where a rented container has its program: on its volume."""


def deployment_steps(
    recommendation: Recommendation | None,
    models: tuple[ModelChoice, ...],
    stack: tuple[StackComponent, ...],
    spec: WorkloadSpec,
) -> tuple[Step, ...]:
    """Runnable steps for one recommendation (none: none); every name and version in them is the catalogue's."""
    if recommendation is None:
        return ()
    option = with_program(recommendation.option, spec)
    engine, site = engine_of(option, spec), site_of(option, spec)
    if uses_slurm(spec) and can_submit(option, engine):
        nodes, offline = nodes_of_job(option, engine), spec.hosting == "air_gapped"
        arguments = (
            [] if engine in SERVERS else job_arguments(option, engine, nodes, site, prepared=True, folder=PROGRAM)
        )
        return _numbered(slurm_steps(option, engine, arguments, nodes, offline=offline))
    chart = serving_chart(option, engine, stack) if runs_in_cluster(option) and site == ONLINE else None
    steps = [
        *((fetch_step(option, engine, stack, site),) if site.offline else ()),
        *((openshift.use_cluster(),) if site.openshift else ()),
        *((load_step(option, engine, site),) if site.offline else ()),
        *_cluster(option, stack, site),
        *_prepared(option, models, site),
        *_stack(option, stack, chart, site),
        *_gpus_visible(option),
        *_weights(option, engine, site),
        *_storage(option, engine, spec),
        _workload(option, engine, chart, site),
        *((openshift.route(workload_name(option)),) if site.openshift and engine in SERVERS else ()),
        *_verify(option, engine, chart, site),
        _monitor(option, engine, stack, site),
    ]
    return _numbered(_with_client(step, site) for step in steps)


def _with_client(step: Step, site: Site) -> Step:
    """With the cluster's own command line in place of `kubectl`."""
    if site.client == "kubectl":
        return step
    said = (re.sub(r"\bkubectl\b", site.client, command) for command in step.commands)
    return step.model_copy(update={"commands": tuple(said)})


def _cluster(option: PlacementOption, stack: tuple[StackComponent, ...], site: Site) -> tuple[Step, ...]:
    if site.openshift:
        return (openshift.gpu_operator(offline=site.offline),) if option.offer.gpu else ()
    if site.offline and not site.cluster_is_there:
        return (join_step(),)
    return cluster_steps(option, gpu_operator=has_gpu_operator(stack), existing=site.cluster_is_there)


def _prepared(option: PlacementOption, models: tuple[ModelChoice, ...], site: Site) -> tuple[Step, ...]:
    """Where the workload goes, and what it is allowed; a token only where something is downloaded."""
    if not runs_in_cluster(option):
        return _token(option)
    if site.openshift:
        token = () if site.offline else _namespace(option, models).commands[1:]
        project = openshift.project()
        project = project.model_copy(update={"commands": (*project.commands, *token)})
        return (project, openshift.security_context())
    return (_namespace(option, () if site.offline else models, token=not site.offline),)


def _weights(option: PlacementOption, engine: Engine, site: Site) -> tuple[Step, ...]:
    """On OpenShift pods do not see the disks of machines: the weights that were carried in go onto a claim."""
    if not (site.offline and site.openshift) or option.model is None:
        return ()
    name, size = workload_name(option), weights_gb(option) or _CHECKPOINT_ROOM_GB
    shared = option.nodes > 1
    detail = f"{figure(size * _ROOM, 0)} GB: the weights and a tenth more." + (
        " Several machines read them, so the storage class must be a shared file system." if shared else ""
    )
    holder = image_there(engine, option, site) or "WORKLOAD_IMAGE"
    target = f"--namespace {NAMESPACE}"
    return (
        Step(
            order=0,
            title="Put the weights where the pods read them",
            detail=detail,
            commands=(
                claim_of_weights(ceil(size * _ROOM), shared=shared),
                loader_command(holder),
                f"oc wait {target} --for=condition=Ready pod/{LOADER} --timeout=15m",
                f"oc rsync {target} {CARRIED}/weights/{name} {LOADER}:{MODELS}/",
                f"oc delete pod {target} {LOADER}",
            ),
        ),
    )


def _numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(step.model_copy(update={"order": order}) for order, step in enumerate(steps, start=1))


def next_step(steps: tuple[Step, ...]) -> str:
    """What to do first: the first step, with its command where it is a short one; then how many there are."""
    if not steps:
        return ""
    first = steps[0]
    command = first.commands[0] if first.commands else ""
    told = f"{first.title}: `{command}`" if command and len(command) <= SHORT_COMMAND else first.title
    return f"{told}, the first of {len(steps)} steps below (at a terminal: `--full`)."


def _namespace(option: PlacementOption, models: tuple[ModelChoice, ...], *, token: bool = True) -> Step:
    runs = [option.model] if option.model else [choice.model for choice in models[:1]]
    gated = [model.key for model in runs if model.gated and token]
    commands = [f"kubectl create namespace {NAMESPACE} --dry-run=client -o yaml | kubectl apply -f -"]
    detail = "A namespace for the workload."
    if gated:
        detail = (
            "A namespace for the workload, with a Hugging Face token in it. Accept the terms of "
            f"{', '.join(gated)} on the model's page with the account of that token first."
        )
        commands.append(
            f"kubectl --namespace {NAMESPACE} create secret generic hf-token "
            '--from-literal=token="${HF_TOKEN:?a Hugging Face token}" --dry-run=client -o yaml | kubectl apply -f -'
        )
    return Step(order=0, title="Prepare the namespace", detail=detail, commands=tuple(commands))


def _token(option: PlacementOption) -> tuple[Step, ...]:
    """A rented container has no secrets of a cluster: the token is one of its environment variables."""
    if option.model is None or not option.model.gated:
        return ()
    detail = (
        f"Accept the terms of {option.model.key} on its Hugging Face page, make a token there, and give it to the "
        "container as the environment variable HF_TOKEN."
    )
    return (Step(order=0, title="Have a token for the model", detail=detail),)


def _stack(
    option: PlacementOption, stack: tuple[StackComponent, ...], serving: Package | None, site: Site
) -> tuple[Step, ...]:
    if not stack:
        return ()
    ordered = in_order(stack)
    # The chart that serves the model is installed with the model, in a later step.
    before = tuple(component for component in ordered if component.package != serving)
    folder = f"{CARRIED}/charts" if site.offline else None
    added = () if site.offline else repository_commands(ordered)
    installs = [(component, install_command(component.package, option.offer.provider, folder)) for component in before]
    detail = "In this order: " + ", ".join(
        f"{component.package.name} {component.package.version} ({component.role})" for component in before
    )
    by_hand = [component.package.name for component, command in installs if command is None]
    if by_hand:
        detail += f". The catalogue has no repository address for {', '.join(by_hand)}: install it from its home page"
    return (
        Step(
            order=0,
            title="Install the Kubernetes stack",
            detail=detail + ".",
            commands=(*added, *(command for _, command in installs if command)),
        ),
    )


def _gpus_visible(option: PlacementOption) -> tuple[Step, ...]:
    resource = gpu_resource(option.offer)
    if resource is None or not runs_in_cluster(option):
        return ()
    column = resource.replace(".", "\\.")
    return (
        Step(
            order=0,
            title="Check that Kubernetes sees the GPUs",
            detail=f"The column must add up to at least {option.gpus}. Where it is empty, the GPU driver or the device "
            "plugin is still starting or is missing.",
            commands=(f"kubectl get nodes -o custom-columns='NODE:.metadata.name,GPUS:.status.allocatable.{column}'",),
        ),
    )


def _storage(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> tuple[Step, ...]:
    if engine in SERVERS or not runs_in_cluster(option):
        return ()
    dataset_gb = spec.dataset.size_gb or 0.0
    size_gb = int(-(-(dataset_gb * 1.1) // 1)) + _CHECKPOINT_ROOM_GB
    shared = nodes_of_job(option, engine) > 1
    detail = f"{figure(size_gb, 0)} GB for the dataset, a tenth more, and {_CHECKPOINT_ROOM_GB} GB of checkpoints. "
    detail += (
        "Several machines read it, so the storage class must be a shared file system. "
        if shared
        else "The cluster's default storage class is used. "
    )
    return (
        Step(
            order=0,
            title="Make room for the dataset and the checkpoints",
            detail=detail + "Copy the dataset into it before the next step; the job sees it under /data.",
            commands=(claim_command(size_gb, shared=shared, name=claim_name(option)),),
        ),
    )


def _workload(option: PlacementOption, engine: Engine, chart: Package | None, site: Site) -> Step:
    title = "Serve the model" if engine in SERVERS else "Run the job"
    named = option.model.key if option.model else option.runs or "The workload"
    details = [f"{named} with {_runs_with(option, engine)}"]
    if chart:
        details.append(f"through the chart {chart.name} {chart.version}")
    if option.quantization:
        details.append(f"at {option.quantization}")
    detail = " ".join(details) + (", with the settings of the memory proof." if option.proof else ".")
    if needs_quantized_checkpoint(option):
        detail += (
            f" The arithmetic is for {option.quantization} weights: put the name of a checkpoint quantised so in "
            "place of the model's."
        )
    if not runs_in_cluster(option):
        arguments = server_arguments(engine, option)
        if installs_libraries(option) or (option.program and engine not in SERVERS):
            arguments = job_arguments(option, engine, 1, site, folder=CONTAINER_PROGRAM)
            detail += (
                f"{_data_wanted(option)} Copy the folder program/ of the plan's bundle to {CONTAINER_PROGRAM} on the "
                "container's volume, which is mounted at /data."
            )
        started = shlex.join(arguments) if arguments else "your program"
        where = image(engine, option) or "your image"
        return Step(
            order=0, title=title, detail=f"{detail} In the rented container, from {where}: {started}", commands=()
        )
    if spans_machines(option) and engine is Engine.VLLM:
        detail += " One copy spans machines, so the LeaderWorkerSet controller must be installed."
    if chart:
        return Step(order=0, title=title, detail=detail, commands=(serve_command(chart, option),))
    detail += _data_wanted(option)
    if image_there(engine, option, site) is None and not installs_libraries(option):
        detail += " Set WORKLOAD_IMAGE to an image that holds your program; it finds the model's id in MODEL_ID" + (
            f" and answers on port {PORT}." if engine in SERVERS else " and the dataset under /data."
        )
    return Step(order=0, title=title, detail=detail, commands=_workload_commands(option, engine, site))


def _workload_commands(option: PlacementOption, engine: Engine, site: Site) -> tuple[str, ...]:
    if engine in SERVERS:
        return (server_command(engine, option, site),)
    nodes = nodes_of_job(option, engine)
    pods = option.replicas if engine is Engine.VLLM_BATCH else nodes
    program = program_apply(option, NAMESPACE)
    job = with_model_asked(job_command(engine, option, job_arguments(option, engine, nodes, site), pods, site), option)
    if site.offline and installs_libraries(option):
        job = with_trainer(job)
    return (program, job) if program else (job,)


def _runs_with(option: PlacementOption, engine: Engine) -> str:
    program = program_of(option)
    return f"{option.program.name}.py ({program.title})" if program and option.program else engine.value


def _data_wanted(option: PlacementOption) -> str:
    """What the program reads, where it keeps its results, and that it may be stopped."""
    program = program_of(option)
    if program is None:
        return ""
    untried = "" if program.tested else " Our tests do not run this program: its libraries need a GPU or its image."
    return (
        f"{untried} It reads {program.data}; checkpoints and results go to /data, and a job that was stopped goes on. "
        "MLFLOW_TRACKING_URI in its environment sends its metrics to a tracker."
    )


def _verify(option: PlacementOption, engine: Engine, chart: Package | None, site: Site) -> tuple[Step, ...]:
    if not runs_in_cluster(option):
        return ()
    name = workload_name(option)
    if engine not in SERVERS:
        return (
            Step(
                order=0,
                title="Follow the job",
                detail="The log shows progress; the job is done when it says Complete.",
                commands=(
                    f"kubectl --namespace {NAMESPACE} logs --follow job/{name}",
                    f"kubectl --namespace {NAMESPACE} get job {name}",
                ),
            ),
        )
    ready = (
        f"kubectl --namespace {NAMESPACE} wait --for=condition=Ready pod --selector app={name} --timeout=30m"
        if spans_machines(option)
        else f"kubectl --namespace {NAMESPACE} rollout status deployment/{deployment_name(option) if chart else name} "
        "--timeout=30m"
    )
    service = ROUTER_SERVICE if chart else name
    forward: tuple[str, ...] = (f"kubectl --namespace {NAMESPACE} port-forward service/{service} {PORT}:80 &",)
    address = f"http://127.0.0.1:{PORT}"
    if site.openshift:
        forward, address = (), openshift.route_address(name)
    loads = "reads the weights from the disk" if site.offline else "downloads the weights"
    return (
        Step(
            order=0,
            title="Ask it something",
            detail=f"The first start {loads}; after that one request must be answered.",
            commands=(ready, *forward, *_first_request(option, engine, address)),
        ),
    )


def _first_request(option: PlacementOption, engine: Engine, address: str) -> tuple[str, ...]:
    if option.model is None or engine is Engine.OWN_SERVER:
        return (f"curl --fail --silent --show-error {address}/",)
    if engine is Engine.TEXT_EMBEDDINGS:
        return (_post(f"{address}/embed", json.dumps({"inputs": "hello"})),)
    tag = option.model.pipeline_tag
    if tag in ("text-generation", "image-text-to-text"):
        asked = {"model": option.model.key, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 16}
        return (_post(f"{address}/v1/chat/completions", json.dumps(asked)),)
    return (f"curl --fail --silent --show-error {address}/v1/models",)


def _post(address: str, body: str) -> str:
    # JSON escapes a quote as \u0027, so the body can not close the shell's quotes.
    quoted = body.replace("'", "\\u0027")
    return f"curl --fail --silent --show-error {address} -H 'Content-Type: application/json' -d '{quoted}'"


def _monitor(option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...], site: Site) -> Step:
    watch = "GPU use and memory"
    if engine is Engine.VLLM:
        watch += ", waiting requests (vllm:num_requests_waiting) and KV cache use (vllm:kv_cache_usage_perc)"
    names = sorted(component.package.name for component in stack)
    commands: list[str] = []
    detail = f"Watch {watch}; add a replica when requests wait while the cache is full."
    if engine not in SERVERS:
        detail = f"Watch {watch}; a GPU that idles is waiting for the dataset."
    if site.openshift:
        detail += " OpenShift's own monitoring shows it: in the console under Observe."
        commands += openshift.monitoring(workload_name(option)) if engine is Engine.VLLM else ()
    elif "kube-prometheus-stack" in names:
        commands.append(
            "kubectl --namespace kube-prometheus-stack port-forward service/kube-prometheus-stack-grafana 3000:80"
        )
        detail += " Grafana is then at http://127.0.0.1:3000."
    elif runs_in_cluster(option) and engine is Engine.VLLM:
        commands.append(f"curl --silent http://127.0.0.1:{PORT}/metrics | grep -E 'num_requests|cache_usage'")
    return Step(order=0, title="Watch it", detail=detail, commands=tuple(commands))
