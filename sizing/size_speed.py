"""How fast: the second half of the `size` question, for a language model that is served."""

from pydantic import Field

from domain.base import Frozen
from domain.placement import MemoryProof
from sizing.demand import DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS
from sizing.precision import bytes_per_parameter, runnable_format
from sizing.request import SizeRequest, asked_shape, cache_format, wanted_format
from sizing.speeds import SpeedEngine
from sizing.throughput import BAND_HIGH, BAND_LOW, ReplicaRate, prefill_s, replica_rate, speed_of


class ServingSpeed(Frozen):
    """Of all replicas together at full load, but for what one user sees."""

    output_tokens_per_second: float
    tokens_per_second_per_user: float
    ttft_ms: float = Field(description="of a request that does not wait")
    requests_per_second: float
    low: float = Field(description="of output_tokens_per_second; measurements lie between low and high")
    high: float
    in_flight: int = Field(description="requests at once over all replicas; others wait")
    tuned_output_tokens_per_second: float = Field(description="what submissions to MLPerf reach with a tuned engine")


def serving_speed(request: SizeRequest, proof: MemoryProof) -> ServingSpeed | None:
    """With as many requests at once as were asked for, or as memory holds if less. Null where not even one fits, where
    the GPU's speed is not known, or the model is no language model."""
    rate = _rate(request, proof, "vllm")
    tuned = _rate(request, proof, "tensorrt-llm")
    if rate is None or tuned is None:
        return None
    shape, tp, pp = asked_shape(request), proof.tensor_parallel, proof.pipeline_parallel
    speed = speed_of(request.gpu, _format(request))
    assert speed is not None
    tokens_per_s = rate.tokens_per_s * request.replicas
    return ServingSpeed(
        output_tokens_per_second=tokens_per_s,
        tokens_per_second_per_user=rate.tokens_per_s_per_user,
        ttft_ms=(prefill_s(shape, speed, tp, pp, request.input_tokens or DEFAULT_INPUT_TOKENS) + speed.step_s) * 1000,
        requests_per_second=rate.requests_per_s * request.replicas,
        low=tokens_per_s * BAND_LOW,
        high=tokens_per_s * BAND_HIGH,
        in_flight=rate.batch * request.replicas,
        tuned_output_tokens_per_second=max(tokens_per_s, tuned.tokens_per_s * request.replicas),
    )


def tokens_per_second(request: SizeRequest, proof: MemoryProof, engine: SpeedEngine) -> float | None:
    """Output of all replicas in that engine; null as in `serving_speed`."""
    rate = _rate(request, proof, engine)
    return None if rate is None else rate.tokens_per_s * request.replicas


def _format(request: SizeRequest) -> str:
    wanted = wanted_format(request)
    return runnable_format(request.gpu, wanted, strict=False) or wanted


def _rate(request: SizeRequest, proof: MemoryProof, engine: SpeedEngine) -> ReplicaRate | None:
    at_once = min(request.concurrency, proof.max_concurrency or (request.concurrency if proof.fits else 0))
    if proof.mode != "serve" or at_once < 1:
        return None
    format_name = _format(request)
    speed = speed_of(request.gpu, format_name, engine)
    if speed is None:
        return None
    return replica_rate(
        asked_shape(request), speed, format_name, bytes_per_parameter(cache_format(request, format_name)),
        proof.tensor_parallel, proof.pipeline_parallel, at_once, request.input_tokens or DEFAULT_INPUT_TOKENS,
        request.output_tokens or DEFAULT_OUTPUT_TOKENS, False,
    )  # fmt: skip
