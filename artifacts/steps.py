"""From an empty account to a running workload: the plan's steps, in the order to run them."""

import json
import shlex
from collections.abc import Iterable

from artifacts.clusters import cluster_steps, runs_in_cluster, uses_own_cluster
from artifacts.engines import (
    SERVERS,
    Engine,
    claim_name,
    engine_of,
    image,
    needs_quantized_checkpoint,
    vllm_flags,
    workload_name,
)
from artifacts.helm import has_gpu_operator, in_order, install_command, pull_command, repository_commands
from artifacts.notation import figure
from artifacts.vllm_stack import ROUTER_SERVICE, deployment_name, serve_command, serving_chart
from artifacts.workloads import (
    NAMESPACE,
    PORT,
    claim_command,
    gpu_resource,
    job_command,
    server_arguments,
    server_command,
    spans_machines,
)
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import ModelChoice, Recommendation, StackComponent, Step
from domain.workload import WorkloadSpec

_CHECKPOINT_ROOM_GB = 100
SHORT_COMMAND = 90
SLURM = "slurm"


def deployment_steps(
    recommendation: Recommendation | None,
    models: tuple[ModelChoice, ...],
    stack: tuple[StackComponent, ...],
    spec: WorkloadSpec,
) -> tuple[Step, ...]:
    """Runnable steps for one recommendation (none: none); every name and version in them is the catalogue's."""
    if recommendation is None:
        return ()
    option = recommendation.option
    engine = engine_of(option, spec)
    if uses_slurm(spec) and engine not in SERVERS:
        return _numbered((*_token(option), _submit(option, engine)))
    chart = serving_chart(option, engine, stack) if runs_in_cluster(option) else None
    steps = [
        *_brought_in(option, engine, stack, spec),
        *cluster_steps(option, gpu_operator=has_gpu_operator(stack), existing=uses_own_cluster(option, spec)),
        *((_namespace(option, models),) if runs_in_cluster(option) else _token(option)),
        *_stack(option, stack, chart),
        *_gpus_visible(option),
        *_storage(option, engine, spec),
        _workload(option, engine, chart),
        *_verify(option, engine, chart),
        _monitor(option, engine, stack),
    ]
    return _numbered(steps)


def _numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(step.model_copy(update={"order": order}) for order, step in enumerate(steps, start=1))


def uses_slurm(spec: WorkloadSpec) -> bool:
    """Whether the jobs go to a Slurm cluster, which needs no Kubernetes."""
    return spec.cluster == SLURM


def _submit(option: PlacementOption, engine: Engine) -> Step:
    """The job as a batch script: one task a node, which starts a process for each of its GPUs."""
    nodes, name = _job_nodes(option, engine), workload_name(option)
    arguments = [
        part.replace("JOB_COMPLETION_INDEX", "SLURM_NODEID").replace(f"{name}-0.{name}", "${MAIN}")
        for part in _job_arguments(option, engine, nodes)
    ]
    script = "\n".join(
        (
            "sbatch <<'EOF'",
            "#!/bin/bash",
            f"#SBATCH --job-name={name} --nodes={nodes} --ntasks-per-node=1 --gpus-per-node={option.offer.gpu_count}",
            'export MAIN=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
            f"srun {shlex.join(arguments)}",
            "EOF",
        )
    )
    detail = (
        "Put the dataset under /data on the file system that the nodes share, and give the job your partition and "
        "account."
    )
    return Step(order=0, title="Submit the job", detail=detail, commands=(script, "squeue --me"))


def next_step(steps: tuple[Step, ...]) -> str:
    """What to do first: the first step, with its command where it is a short one; then how many there are."""
    if not steps:
        return ""
    first = steps[0]
    command = first.commands[0] if first.commands else ""
    told = f"{first.title}: `{command}`" if command and len(command) <= SHORT_COMMAND else first.title
    return f"{told}, the first of {len(steps)} steps below (at a terminal: `--full`)."


def _namespace(option: PlacementOption, models: tuple[ModelChoice, ...]) -> Step:
    gated = [model.key for model in ([option.model] if option.model else []) if model.gated]
    gated += [choice.model.key for choice in models if choice.model.gated and choice.model.key not in gated]
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


def _brought_in(
    option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...], spec: WorkloadSpec
) -> tuple[Step, ...]:
    """Where there is no internet: charts, image and weights are fetched elsewhere and carried in."""
    if spec.hosting != "air_gapped":
        return ()
    commands = [*repository_commands(in_order(stack))]
    commands += [pulled for part in stack if (pulled := pull_command(part.package)) is not None]
    if (used := image(engine, option)) is not None:
        commands.append(f"docker pull {used} && docker save --output image.tar {used}")
    if option.model is not None:
        commands.append(f"hf download {option.model.key} --local-dir weights")
    detail = (
        "On a machine with internet: the charts, the server's image and the weights. Carry them in, load the image and "
        "those that the charts name into the registry inside, and point the later steps at the copies."
    )
    return (Step(order=0, title="Fetch what has to be brought in", detail=detail, commands=tuple(commands)),)


def _stack(option: PlacementOption, stack: tuple[StackComponent, ...], serving: Package | None) -> tuple[Step, ...]:
    if not stack:
        return ()
    ordered = in_order(stack)
    # The chart that serves the model is installed with the model, in a later step.
    before = tuple(component for component in ordered if component.package != serving)
    installs = [(component, install_command(component.package, option.offer.provider)) for component in before]
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
            commands=(*repository_commands(ordered), *(command for _, command in installs if command)),
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
            detail=f"The column must add up to {option.gpus}. Where it is empty, the GPU driver or the device plugin "
            "is still starting or is missing.",
            commands=(f"kubectl get nodes -o custom-columns='NODE:.metadata.name,GPUS:.status.allocatable.{column}'",),
        ),
    )


def _storage(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> tuple[Step, ...]:
    if engine in SERVERS or not runs_in_cluster(option):
        return ()
    dataset_gb = spec.dataset.size_gb or 0.0
    size_gb = int(-(-(dataset_gb * 1.1) // 1)) + _CHECKPOINT_ROOM_GB
    nodes = _job_nodes(option, engine)
    shared = nodes > 1
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


def _workload(option: PlacementOption, engine: Engine, chart: Package | None) -> Step:
    title = "Serve the model" if engine in SERVERS else "Run the job"
    details = [f"{option.model.key if option.model else 'The workload'} with {engine.value}"]
    if chart:
        details.append(f"through the chart {chart.name} {chart.version}")
    if option.quantization:
        details.append(f"at {option.quantization}")
    detail = " ".join(details) + ", with the settings of the memory proof."
    if needs_quantized_checkpoint(option):
        detail += (
            f" The arithmetic is for {option.quantization} weights: put the name of a checkpoint quantised so in "
            "place of the model's."
        )
    if not runs_in_cluster(option):
        arguments = server_arguments(engine, option)
        started = " ".join(arguments) if arguments else "your program"
        where = image(engine, option) or "your image"
        return Step(
            order=0, title=title, detail=f"{detail} In the rented container, from {where}: {started}", commands=()
        )
    if spans_machines(option) and engine is Engine.VLLM:
        detail += " One copy spans machines, so the LeaderWorkerSet controller must be installed."
    if chart:
        return Step(order=0, title=title, detail=detail, commands=(serve_command(chart, option),))
    if image(engine, option) is None:
        detail += " Set WORKLOAD_IMAGE to an image that holds your program; it finds the model's id in MODEL_ID" + (
            f" and answers on port {PORT}." if engine in SERVERS else " and the dataset under /data."
        )
    return Step(order=0, title=title, detail=detail, commands=_workload_commands(option, engine))


def _workload_commands(option: PlacementOption, engine: Engine) -> tuple[str, ...]:
    if engine in SERVERS:
        return (server_command(engine, option),)
    nodes = _job_nodes(option, engine)
    return (job_command(engine, option, _job_arguments(option, engine, nodes), nodes),)


def _job_nodes(option: PlacementOption, engine: Engine) -> int:
    """A batch of requests is one job a copy; training spreads over every machine."""
    return 1 if engine is Engine.TRL and option.nodes == 1 else option.nodes


def _job_arguments(option: PlacementOption, engine: Engine, nodes: int) -> list[str]:
    model = option.model
    gpus = max(option.offer.gpu_count, 1)
    if engine is Engine.VLLM_BATCH and model:
        own_file = "/data/requests-${JOB_COMPLETION_INDEX}.jsonl"
        run = f'exec vllm run-batch --input-file {own_file} --output-file {own_file}.answers "$@"'
        return ["bash", "-c", run, "run-batch", f"--model={model.key}", *vllm_flags(option)]
    name = workload_name(option)
    rendezvous = (
        f"--nnodes={nodes} --nproc-per-node={gpus} --node-rank=${{JOB_COMPLETION_INDEX}} "
        f"--master-addr={name}-0.{name} --master-port=29500"
    )
    if engine is Engine.TRL and model:
        machines = (
            f"--num_machines {nodes} --num_processes {nodes * gpus} --machine_rank ${{JOB_COMPLETION_INDEX}} "
            f"--main_process_ip {name}-0.{name} --main_process_port 29500"
        )
        train = f'pip install --quiet trl peft bitsandbytes && exec trl sft {machines} "$@"'
        return ["bash", "-c", train, "sft", *_trl_flags(option)]
    return ["bash", "-c", f"exec torchrun {rendezvous} train.py --data /data --output /data/checkpoints"]


def _trl_flags(option: PlacementOption) -> list[str]:
    assert option.model is not None
    mode = option.proof.mode if option.proof else "lora"
    flags = [
        f"--model_name_or_path={option.model.key}",
        "--dataset_name=/data/dataset",
        "--output_dir=/data/checkpoints",
        "--gradient_checkpointing",
    ]
    if option.proof and option.proof.context_tokens:
        flags.append(f"--max_length={option.proof.context_tokens}")
    if mode in ("lora", "qlora"):
        flags.append("--use_peft")
    if mode == "qlora":
        flags.append("--load_in_4bit")
    return flags


def _verify(option: PlacementOption, engine: Engine, chart: Package | None) -> tuple[Step, ...]:
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
    forward = f"kubectl --namespace {NAMESPACE} port-forward service/{service} {PORT}:80 &"
    return (
        Step(
            order=0,
            title="Ask it something",
            detail="The first start downloads the weights; after that one request must be answered.",
            commands=(ready, forward, *_first_request(option, engine)),
        ),
    )


def _first_request(option: PlacementOption, engine: Engine) -> tuple[str, ...]:
    address = f"http://127.0.0.1:{PORT}"
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


def _monitor(option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...]) -> Step:
    watch = "GPU use and memory"
    if engine is Engine.VLLM:
        watch += ", waiting requests (vllm:num_requests_waiting) and KV cache use (vllm:kv_cache_usage_perc)"
    names = sorted(component.package.name for component in stack)
    commands = []
    detail = f"Watch {watch}; add a replica when requests wait while the cache is full."
    if engine not in SERVERS:
        detail = f"Watch {watch}; a GPU that idles is waiting for the dataset."
    if "kube-prometheus-stack" in names:
        commands.append(
            "kubectl --namespace kube-prometheus-stack port-forward service/kube-prometheus-stack-grafana 3000:80"
        )
        detail += " Grafana is then at http://127.0.0.1:3000."
    elif runs_in_cluster(option) and engine is Engine.VLLM:
        commands.append(f"curl --silent http://127.0.0.1:{PORT}/metrics | grep -E 'num_requests|cache_usage'")
    return Step(order=0, title="Watch it", detail=detail, commands=tuple(commands))
