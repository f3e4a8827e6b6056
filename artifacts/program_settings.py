"""What the memory proof assumed, as the settings a program is started with: nothing here is chosen anew."""

import math
from typing import Protocol, TypeAlias

from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.amount_of_work import tokens_of
from sizing.approaches import approach_for
from sizing.architecture import parameter_count_b, typical_shape
from sizing.candidates import candidates
from sizing.precision import supports
from sizing.reference_workloads import reference_for
from sizing.training import DEFAULT_SEQUENCE_TOKENS
from sizing.variants import FINE_TUNING_EPOCHS, training_epochs, training_tokens
from sizing.vector_store import store_meant, store_wanted

ConfigValue: TypeAlias = "str | int | bool | dict[str, ConfigValue]"

INTO_STORE = "--into-store"
_METHODS = {"train": "full", "lora": "lora", "qlora": "qlora"}
_LANGUAGE = ("finetune_language", "prefer_language", "reward_language", "pretrain_language")
_ADAPTED = _LANGUAGE[:3]


class _Steps(Protocol):
    @property
    def samples_a_step(self) -> dict[str, int]: ...
    @property
    def tokens_a_step(self) -> int | None: ...


def precision_of(option: PlacementOption) -> str:
    """In which a program computes; without a GPU in full precision."""
    gpu = option.offer.gpu
    return "fp32" if gpu is None else "bf16" if supports(gpu, "bf16") else "fp16"


def is_sharded(option: PlacementOption) -> bool:
    """Whether the weights or what belongs to them are divided among the GPUs."""
    return option.zero_stage > 0 and processes(option) > 1


def processes(option: PlacementOption) -> int:
    """One a GPU, over all machines; one where there is none."""
    return option.nodes * max(option.offer.gpu_count, 1)


def micro_batch(option: PlacementOption) -> int:
    """Samples of one GPU in one pass, as the proof counts their activations."""
    return (option.proof.concurrency if option.proof else None) or 1


def sequence_tokens(option: PlacementOption) -> int:
    return (option.proof.context_tokens if option.proof else None) or DEFAULT_SEQUENCE_TOKENS


def accumulation(program: _Steps, option: PlacementOption) -> int:
    """Passes for one step, so that a step sees about as much as the program's row says."""
    mode = option.proof.mode if option.proof else "train"
    wanted = program.samples_a_step.get(mode, 0)
    if program.tokens_a_step:
        wanted = program.tokens_a_step // sequence_tokens(option)
    return max(1, round(wanted / (micro_batch(option) * processes(option))))


def accelerate_config(option: PlacementOption) -> dict[str, ConfigValue]:
    """ZeRO's stages as FSDP has them: 3 divides everything, 1 and 2 keep the gathered weights until they are used."""
    several, sharded = processes(option) > 1, is_sharded(option)
    made: dict[str, ConfigValue] = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": "FSDP" if sharded else "MULTI_GPU" if several else "NO",
        "num_machines": option.nodes,
        "num_processes": processes(option),
        "machine_rank": 0,
        "mixed_precision": {"fp32": "no"}.get(precision_of(option), precision_of(option)),
        "use_cpu": option.offer.gpu is None,
        "main_training_function": "main",
        "rdzv_backend": "static",
        "same_network": True,
    }
    if sharded:
        made["fsdp_config"] = {
            "fsdp_version": 2,
            "fsdp_reshard_after_forward": option.zero_stage == 3,
            "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "fsdp_activation_checkpointing": True,
            "fsdp_cpu_ram_efficient_loading": True,
            "fsdp_offload_params": False,
            "fsdp_state_dict_type": "SHARDED_STATE_DICT",
        }
    return made


def starts_with(option: PlacementOption, nodes: int, config: str, main: str) -> str:
    """The start of accelerate's command; with several machines each says which of them it is."""
    machines = (
        f" --machine_rank ${{JOB_COMPLETION_INDEX}} --main_process_ip {main} --main_process_port 29500"
        if nodes > 1
        else ""
    )
    return f"accelerate launch --config_file {config}{machines}"


def settings_arguments(name: str, option: PlacementOption, spec: WorkloadSpec) -> tuple[str, ...]:
    """The program's own arguments, but for the number of steps."""
    if name in ("serve_trees", "serve_network", "serve_yolo"):
        return ()
    if name.startswith("serve_"):
        return (f"--precision={precision_of(option)}",)
    if name == "score_trees":
        return (f"--shards={option.replicas}",)
    if name.startswith("batch_"):
        return _batch(name, option, spec)
    if name in ("train_trees", "forecast_series", "factorise_interactions"):
        return _without_network(name, option, spec)
    made = [f"--precision={precision_of(option)}", f"--micro-batch={micro_batch(option)}"]
    if name == "train_agent":
        return ()
    if name in _LANGUAGE:
        return (*made, *_language(name, option))
    if name == "finetune_texts":
        mode = option.proof.mode if option.proof else "train"
        made += [f"--method={_METHODS.get(mode, 'full')}", f"--max-tokens={sequence_tokens(option)}"]
    if name == "finetune_speech" and option.proof and option.proof.mode == "lora":
        made.append("--method=lora")
    if name == "segment_volumes":
        made.append(f"--patches-per-scan={reference_for(spec).samples_per_item:g}")
    if spec.training.resolution and name in ("finetune_images", "finetune_diffusion", "train_yolo"):
        made.append(f"--size={spec.training.resolution.split('x')[0]}")
    if name == "finetune_sequences":
        made.append("--checkpointing")
    return (*made, f"--epochs={_epochs(option, spec):g}")


def _language(name: str, option: PlacementOption) -> list[str]:
    mode, tokens = option.proof.mode if option.proof else "lora", sequence_tokens(option)
    # Where FSDP divides the weights it drops the activations, too; twice would gather everything twice.
    made = [f"--max-tokens={tokens}", *(() if is_sharded(option) else ("--checkpointing",))]
    if name in _ADAPTED:
        made.insert(0, f"--method={_METHODS.get(mode, 'lora')}")
        if option.model and option.model.architecture.experts:
            made.append("--adapt=attention")
    elif option.model is None:
        shape = typical_shape(parameter_count_b(option.runs) or 1.0)
        made += [f"--layers={shape.layers}", f"--hidden={shape.hidden}", f"--intermediate={shape.intermediate}",
                 f"--heads={shape.heads}", f"--kv-heads={shape.kv_heads}", f"--vocabulary={shape.vocab}"]  # fmt: skip
    return made


def language_steps(program: _Steps, option: PlacementOption, spec: WorkloadSpec) -> tuple[str, ...]:
    """Passes for a step, and how long it goes: by tokens where tokens were counted, else by epochs."""
    if not (program.samples_a_step or program.tokens_a_step):
        return ()
    passes = accumulation(program, option)
    made = [f"--gradient-accumulation={passes}"]
    name = option.program.name if option.program else ""
    if name not in _LANGUAGE:
        return tuple(made)
    counted = tokens_of(spec)
    # Examples are of unlike lengths: only a text without ends fills each step with as many tokens.
    if name == "pretrain_language":
        candidate = candidates(spec, (option.model,) if option.model else ())[0]
        a_step = micro_batch(option) * processes(option) * passes * sequence_tokens(option)
        return (*made, f"--max-steps={math.ceil(training_tokens(spec, candidate) / a_step)}")
    once = 1 if counted is not None else FINE_TUNING_EPOCHS
    return (*made, f"--epochs={spec.training.epochs or once:g}")


def fills_store(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether a batch's vectors go into the vector store that was asked for, or is there."""
    turns = option.model is not None and option.model.domain == "embeddings" and spec.task_type == "batch_inference"
    return turns and store_wanted(spec) and store_meant(spec).speaks


def _epochs(option: PlacementOption, spec: WorkloadSpec) -> float:
    """As the hours were counted."""
    domain = option.model.domain if option.model else spec.domain
    reference = reference_for(spec.model_copy(update={"domain": domain}))
    approach = approach_for(spec)
    if approach is not None:
        return spec.training.epochs or approach.workload.epochs
    return training_epochs(spec, reference)


def _without_network(name: str, option: PlacementOption, spec: WorkloadSpec) -> tuple[str, ...]:
    approach = approach_for(spec)
    if name == "factorise_interactions":
        return ()
    made = [f"--trees={approach.approach.passes}"] if approach else []
    if name == "train_trees":
        named = " ".join(model.name.lower() for model in spec.models)
        gpu = option.offer.gpu is not None and option.offer.gpu.vendor == "nvidia"
        # LightGBM's wheels have no CUDA.
        library = "xgboost" if gpu or "xgb" in named else "lightgbm"
        made += [f"--library={library}", f"--device={'gpu' if gpu else 'cpu'}"]
    return tuple(made)


def _batch(name: str, option: PlacementOption, spec: WorkloadSpec) -> tuple[str, ...]:
    shards = f"--shards={option.replicas}"
    if name == "batch_requests":
        at_once = option.requests_per_replica or micro_batch(option)
        tokens = f"--max-tokens={spec.traffic.output_tokens}" if spec.traffic.output_tokens else ""
        into = f"{INTO_STORE}={store_meant(spec).name}" if fills_store(option, spec) else ""
        return tuple(part for part in (shards, f"--at-once={max(at_once, 8)}", tokens, into) if part)
    task = option.model.pipeline_tag if option.model else "image-classification"
    return f"--task={task}", f"--precision={precision_of(option)}", shards
