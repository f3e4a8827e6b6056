"""A server takes requests as long as its use needs and as memory leaves beside the load."""

import pytest

from artifacts.engines import vllm_flags
from domain.placement import LOAD_LINE, PlacementOption
from domain.workload import OwnedHardware, Traffic, WorkloadSpec
from sizing.demand import assumes_load, demand_of
from sizing.longest_request import longest_note, with_longest_request
from sizing.memory import GIB
from sizing.placement import place
from sizing.serving import serving_proof
from tests.sizing.small_catalogues import GPU, MODEL, MODELS, gpu, offer, request


def _served(spec: WorkloadSpec, *, gib: float = GPU.usable_gib) -> PlacementOption:
    plain = place(spec, MODELS, (offer("a", 2.0, gpu=gpu(usable_gib=gib)),)).options[0]
    return with_longest_request(plain, spec)


@pytest.mark.parametrize(
    ("use", "said", "tokens"),
    [
        ("code_generation", {}, 131_072),
        ("chatbot", {}, 32_768),
        ("translation", {}, 32_768),
        ("chatbot", {"traffic": Traffic(input_tokens=31_700, output_tokens=300)}, 128_000),
        ("code_generation", {"context_tokens": 20_000}, 20_000),
    ],
)
def test_the_limit_is_what_was_said_else_what_the_use_needs(use: str, said: dict[str, object], tokens: int) -> None:
    option = _served(request(use_case=use, **said))
    assert f"--max-model-len={tokens}" in vllm_flags(option)


def test_a_long_request_fits_beside_the_usual_ones_in_flight() -> None:
    spec = request(use_case="code_generation", traffic=Traffic(concurrent_users=4))
    option = _served(spec, gib=30.0)
    proof, demand = option.proof, demand_of(spec)
    assert proof is not None
    assert proof.context_tokens is not None
    assert option.served is not None
    assert demand.least_tokens < proof.context_tokens < 131_072
    each = -(-option.served.in_flight // option.replicas)
    held = proof.kv_bytes(proof.context_tokens) + (each - 1) * proof.kv_bytes(demand.held_tokens)
    assert held / GIB <= proof.kv_cache_gib
    assert "what memory leaves" in (longest_note(option, spec) or "")


def test_the_proof_is_the_one_of_a_server_made_for_that_limit() -> None:
    option = _served(request(use_case="chatbot"))
    assert option.proof is not None
    again = serving_proof(MODEL, GPU, context_tokens=option.proof.context_tokens, sequences=option.requests_per_replica)
    assert tuple(line for line in option.proof.lines if line.label != LOAD_LINE) == again.lines
    assert (option.proof.total_gib, option.proof.max_concurrency) == pytest.approx(
        (again.total_gib, again.max_concurrency)
    )


def test_the_proof_says_what_the_whole_load_keeps() -> None:
    spec = request(use_case="chatbot", traffic=Traffic(concurrent_users=40))
    option = _served(spec)
    assert option.proof is not None
    assert with_longest_request(option, spec) == option
    (line,) = (line for line in option.proof.lines if line.label == LOAD_LINE)
    each = -(-40 // option.replicas)
    assert line.formula.startswith(f"{each} at once on a copy x {demand_of(spec).held_tokens:,} tokens")
    assert line.value == pytest.approx(each * option.proof.kv_bytes(demand_of(spec).held_tokens) / GIB)
    assert line.value <= option.proof.kv_cache_gib
    fixed = option.proof.weights_gib + option.proof.activation_gib + option.proof.overhead_gib
    assert option.proof.needed_gib == pytest.approx(fixed + max(line.value, option.proof.total_gib - fixed))
    assert line.value > option.proof.total_gib - fixed, "else the load says nothing about the sum"


def test_one_person_with_a_card_at_home_is_not_twenty() -> None:
    own = (OwnedHardware(gpu="RTX-4090", count=2),)
    assert assumes_load(request(owned=own))
    assert demand_of(request(owned=own)).concurrent == 2
    assert demand_of(request(owned=own, stakes="production")).concurrent == 20
    assert demand_of(request(owned=(OwnedHardware(gpu="L40S", count=2),))).concurrent == 20
