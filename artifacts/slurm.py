"""Batch scripts for a Slurm cluster: jobs and servers on the nodes as they are, with as many GPUs as each has."""

import shlex
from collections.abc import Sequence

from artifacts.checkpoint import is_gated
from artifacts.engines import SERVERS, Engine, checkpoint, engine_version, vllm_flags, workload_name
from artifacts.notation import count
from artifacts.program_manifest import program_written, with_model_asked
from artifacts.programs import installs_libraries, libraries
from artifacts.workloads import PORT, spans_machines
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

SLURM = "slurm"
ENVIRONMENT, WEIGHTS = "$HOME/stack8s", "/data/stack8s/weights"
PROGRAM = "/data/stack8s/program"
"""On the file system that all nodes see."""


def uses_slurm(spec: WorkloadSpec) -> bool:
    """Whether the work goes to a Slurm cluster, which needs no Kubernetes."""
    return spec.cluster == SLURM


def can_submit(option: PlacementOption, engine: Engine) -> bool:
    """Whether a batch script runs it: jobs, and servers of vLLM whose copies stay within a node."""
    return engine not in SERVERS or (engine is Engine.VLLM and not spans_machines(option))


def slurm_steps(
    option: PlacementOption, engine: Engine, arguments: Sequence[str], nodes: int, *, offline: bool
) -> tuple[Step, ...]:
    """The Python environment on the shared file system, the batch script, and what tells how it goes."""
    steps = [_environment(option, engine, offline=offline)] if _packages(option, engine) else []
    if engine in SERVERS:
        return (*steps, _serve(option, offline=offline), _ask(option))
    return (*steps, _submit(option, engine, arguments, nodes, offline=offline))


def _packages(option: PlacementOption, engine: Engine) -> tuple[str, ...]:
    if installs_libraries(option):
        return libraries(option)
    if engine in (Engine.VLLM, Engine.VLLM_BATCH):
        return (f"vllm=={engine_version(option)}",)
    return ()


def _environment(option: PlacementOption, engine: Engine, *, offline: bool) -> Step:
    packages = " ".join(_packages(option, engine))
    model = shlex.quote(checkpoint(option))
    install = f"{ENVIRONMENT}/bin/pip install {packages}"
    fetched = [f"{ENVIRONMENT}/bin/hf download {model}"] if model else []
    if option.model and is_gated(option):
        fetched.insert(0, f"{ENVIRONMENT}/bin/hf auth login")
    detail = (
        "Once, on a login node, under a home that all nodes see. The weights go to the cache there, so that the jobs "
        "fetch nothing."
    )
    if option.model and is_gated(option):
        detail += f" Accept the terms of {option.model.key} on its page with the account of your token first."
    if offline:
        install = f"{ENVIRONMENT}/bin/pip install --no-index --find-links carry/wheels {packages}"
        fetched = [f"mkdir -p /data/stack8s && cp -r carry/weights {WEIGHTS}"] if model else []
        outside = [f"pip download --dest carry/wheels {packages}"]
        outside += [f"hf download {model} --local-dir carry/weights"] if model else []
        detail += f" Outside, first: {'; '.join(outside)}; carry the folder in."
    return Step(
        order=0, title="Prepare the environment", detail=detail,
        commands=(f"python3 -m venv {ENVIRONMENT}", install, *fetched),
    )  # fmt: skip


def _submit(option: PlacementOption, engine: Engine, arguments: Sequence[str], nodes: int, *, offline: bool) -> Step:
    """One task a node, which starts a process for each of its GPUs; a batch of requests has one task a copy."""
    name, each = workload_name(option), option.offer.gpu_count
    index, tasks = "SLURM_NODEID", "--ntasks-per-node=1"
    if engine is Engine.VLLM_BATCH:
        together = option.tensor_parallel * option.pipeline_parallel
        index, tasks = "SLURM_PROCID", f"--ntasks={option.replicas} --gpus-per-task={together}"
    written = [part.replace("JOB_COMPLETION_INDEX", index).replace(f"{name}-0.{name}", "${MAIN}") for part in arguments]
    if offline and option.model:
        written = [part.replace(checkpoint(option), WEIGHTS) for part in written]
    script = (
        "sbatch <<'EOF'",
        "#!/bin/bash",
        f"#SBATCH --job-name={name} --nodes={nodes} {tasks} --gpus-per-node={each} --exclusive",
        'export MAIN=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
        f'export PATH="{ENVIRONMENT}/bin:$PATH" HF_HUB_OFFLINE=1',
        f"srun {shlex.join(written)}",
        "EOF",
    )
    detail = (
        "Put the dataset under /data on the file system that the nodes share, and give the job your partition, account "
        "and a time limit."
    )
    if nodes > 1 and engine is not Engine.VLLM_BATCH:
        detail += (
            " The nodes exchange gradients at every step: the hours of this plan take InfiniBand or RoCE between them, "
            "which the first lines of the log show (NCCL_DEBUG=INFO); over plain Ethernet it takes several times as "
            "long."
        )
    return Step(
        order=0,
        title="Submit the job",
        detail=detail,
        commands=(*program_written(option, PROGRAM), with_model_asked("\n".join(script), option), "squeue --me"),
    )


def _serve(option: PlacementOption, *, offline: bool) -> Step:
    """An array with one task a copy, each on a port of its own."""
    name, together = workload_name(option), option.tensor_parallel * option.pipeline_parallel
    key = checkpoint(option)
    served = ["vllm", "serve", key, *vllm_flags(option)]
    if offline:
        served = ["vllm", "serve", WEIGHTS, f"--served-model-name={key}", *vllm_flags(option)]
    script = (
        "sbatch <<'EOF'",
        "#!/bin/bash",
        f"#SBATCH --job-name={name} --nodes=1 --ntasks=1 --gpus-per-node={together} --array=0-{option.replicas - 1}",
        f'export PATH="{ENVIRONMENT}/bin:$PATH" HF_HUB_OFFLINE=1',
        f"srun {shlex.join(served)} --port=$(({PORT} + SLURM_ARRAY_TASK_ID))",
        "EOF",
    )
    detail = (
        f"{count(option.replicas, 'task')} with {count(together, 'GPU')} each. A Slurm job ends with its time limit "
        "and starts again elsewhere: a service that has to stay wants a reservation, or nodes that are taken out of "
        "the queue. Where several copies run, a proxy (nginx, LiteLLM) shares the requests out."
    )
    return Step(order=0, title="Serve the model", detail=detail, commands=("\n".join(script), "squeue --me"))


def _ask(option: PlacementOption) -> Step:
    name = workload_name(option)
    node = f"$(squeue --me --name={name} --states=RUNNING --noheader --format=%N | head -n 1)"
    return Step(
        order=0, title="Ask it something", detail="Loading the weights takes some minutes.",
        commands=(f"curl --fail --silent --show-error http://{node}:{PORT}/v1/models",),
    )  # fmt: skip
