"""Does a recommended option fit? Its proof recomputed, its sums redone, and a lower bound of our own."""

import math
from collections.abc import Iterator

from domain.errors import InvalidInput
from domain.placement import MemoryProof, PlacementOption
from domain.workload import LANGUAGE_DOMAINS
from evals.observation import Finding
from sizing.request import SizeRequest, size

GIB = 2**30
LEAST_BYTES_PER_PARAMETER = {
    "fp32": 4.0, "fp16": 2.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5, "awq": 0.5, "gptq": 0.5, "nf4": 0.5,
    "mxfp4": 0.5, "nvfp4": 0.5, "train": 6.0, "lora": 2.0, "qlora": 0.5,
}  # fmt: skip
"""What no engine can go below: the weights alone, and with training 16-bit weights, gradients and optimizer states."""
SLACK = 1e-6
SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of a single GPU, where two workloads share it."""


def fit_findings(option: PlacementOption) -> tuple[Finding, ...]:
    """The proof says that it fits, adds up, is what sizing computes for these facts, and is not below any bound."""
    if option.offer.gpu is None:
        return ()
    name = f"{option.nodes} x {option.offer.key}"
    if option.proof is None:
        return (Finding(grader="fit", passed=False, what=f"{name} has a proof", expected="a proof", got="none"),)
    return (*_sums(name, option, option.proof), *_recomputed(name, option, option.proof), *_bound(name, option))


def _sums(name: str, option: PlacementOption, proof: MemoryProof) -> Iterator[Finding]:
    room = proof.usable_gib * proof.memory_fraction
    fits = proof.fits and proof.total_gib <= proof.usable_gib + SLACK
    yield Finding(
        grader="fit", passed=fits, what=f"{name} fits", expected=f"at most {proof.usable_gib:.2f} GiB on each GPU",
        got=f"{proof.total_gib:.2f} GiB ({'fits' if proof.fits else 'does not fit'}, {room:.2f} GiB for the engine)",
        evidence=proof.binding_constraint,
    )  # fmt: skip
    gpu = option.offer.gpu
    shares = SHARES if option.gpus == 1 else (1.0,)
    same = gpu is not None and any(math.isclose(proof.usable_gib, share * gpu.usable_gib) for share in shares)
    yield Finding(
        grader="fit", passed=same, what=f"the proof of {name} is about its GPU",
        expected=f"{gpu.usable_gib if gpu else 0:g} GiB", got=f"{proof.usable_gib:g} GiB",
    )  # fmt: skip
    used = option.tensor_parallel * option.pipeline_parallel * option.replicas
    if proof.mode == "serve":
        yield Finding(
            grader="fit", passed=used <= option.gpus, what=f"the replicas of {name} have GPUs to run on",
            expected=f"at most {option.gpus}", got=str(used),
        )  # fmt: skip


def _recomputed(name: str, option: PlacementOption, proof: MemoryProof) -> Iterator[Finding]:
    """Only serving a language model is a function of the option alone; the others depend on the dataset too."""
    model, gpu = option.model, option.offer.gpu
    if proof.mode != "serve" or gpu is None or model is None or model.domain not in LANGUAGE_DOMAINS:
        return
    if option.served is not None and option.served.answer_ms is not None:
        return  # an encoder: its answers are not counted in tokens, and it keeps none
    try:
        again = size(
            SizeRequest(
                gpu=gpu, model=model, quantization=option.quantization, tensor_parallel=option.tensor_parallel,
                pipeline_parallel=option.pipeline_parallel, context_tokens=proof.context_tokens,
                concurrency=proof.concurrency or 1, max_num_seqs=option.requests_per_replica,
            )
        )  # fmt: skip
    except InvalidInput as refused:
        yield Finding(grader="fit", passed=False, what=f"the proof of {name} can be redone", got=refused.message)
        return
    same = again.fits == proof.fits and math.isclose(again.total_gib, proof.total_gib, rel_tol=1e-6)
    yield Finding(
        grader="fit", passed=same, what=f"the proof of {name} recomputed",
        expected=f"{again.total_gib:.4f} GiB, {'fits' if again.fits else 'does not fit'}",
        got=f"{proof.total_gib:.4f} GiB, {'fits' if proof.fits else 'does not fit'}", evidence=again.binding_constraint,
    )  # fmt: skip


def _bound(name: str, option: PlacementOption) -> Iterator[Finding]:
    """All GPUs of one copy together hold at least the weights; training adds states, spread over all GPUs."""
    model, gpu, proof = option.model, option.offer.gpu, option.proof
    least = LEAST_BYTES_PER_PARAMETER.get(option.quantization or "")
    if model is None or gpu is None or proof is None or model.params_b is None or least is None:
        return
    serves = proof.mode == "serve"
    gpus = option.tensor_parallel * option.pipeline_parallel if serves else option.gpus
    needed_gib = model.params_b * 1e9 * least / GIB
    yield Finding(
        grader="fit", passed=needed_gib <= gpus * gpu.usable_gib, what=f"{model.key} is not larger than {name}",
        expected=f"at least {needed_gib:.1f} GiB", got=f"{gpus} x {gpu.usable_gib:g} GiB",
    )  # fmt: skip
