"""What a job's container runs: the trainer, a batch of requests, or one's own program, over all of its machines."""

from artifacts.engines import TRAINING_PACKAGES, Engine, vllm_flags, workload_name
from artifacts.sites import Site, model_reference
from domain.placement import PlacementOption
from sizing.precision import supports


def nodes_of_job(option: PlacementOption, engine: Engine) -> int:
    """Machines that the job's files are read on."""
    return 1 if engine is Engine.TRL and option.nodes == 1 else option.nodes


def job_arguments(
    option: PlacementOption, engine: Engine, nodes: int, site: Site, *, prepared: bool = False
) -> list[str]:
    """`prepared`: the packages are installed where it runs."""
    model, named = option.model, model_reference(option, site)
    gpus = max(option.offer.gpu_count, 1)
    if engine is Engine.VLLM_BATCH and model:
        own_file = "/data/requests-${JOB_COMPLETION_INDEX}.jsonl"
        run = f'exec vllm run-batch --input-file {own_file} --output-file {own_file}.answers "$@"'
        return ["bash", "-c", run, "run-batch", f"--model={named}", *vllm_flags(option)]
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
        made = "" if site.offline or prepared else f"pip install --quiet {' '.join(TRAINING_PACKAGES)} && "
        return ["bash", "-c", f'{made}exec trl sft {machines} "$@"', "sft", *_trl_flags(option, named)]
    return ["bash", "-c", f"exec torchrun {rendezvous} train.py --data /data --output /data/checkpoints"]


def _trl_flags(option: PlacementOption, model: str) -> list[str]:
    mode = option.proof.mode if option.proof else "lora"
    flags = [
        f"--model_name_or_path={model}",
        "--dataset_name=/data/dataset",
        "--output_dir=/data/checkpoints",
        "--gradient_checkpointing",
    ]
    bf16 = option.offer.gpu is None or supports(option.offer.gpu, "bf16")
    flags += ["--dtype=bfloat16", "--bf16"] if bf16 else ["--dtype=float16", "--fp16"]
    if option.gpus > 1:
        flags.append(f"--accelerate_config={f'zero{option.zero_stage}' if option.zero_stage else 'multi_gpu'}")
    if option.proof and option.proof.concurrency:
        flags.append(f"--per_device_train_batch_size={option.proof.concurrency}")
    if option.proof and option.proof.context_tokens:
        flags.append(f"--max_length={option.proof.context_tokens}")
    if mode in ("lora", "qlora"):
        flags.append("--use_peft")
    if mode == "qlora":
        flags.append("--load_in_4bit")
    return flags
