"""A service without a GPU is given the cores that its load takes, or none is promised."""

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import WorkloadSpec
from sizing.candidates import candidates
from sizing.cores import SYSTEM_GIB, cores_as_device
from sizing.cpu_service import CpuService, cpu_service, outgrows_cores
from sizing.placement import place
from tests.sizing.test_retrieval import offer


def scoring(**said: object) -> WorkloadSpec:
    asked = {"task_type": "inference", "domain": "tabular", "models": [{"name": "0.025B", "params_b": 0.025}]}
    return WorkloadSpec.model_validate({**asked, "gpu_needed": False, **said})


def service_of(spec: WorkloadSpec) -> CpuService:
    found = cpu_service(spec, candidates(spec, ())[0])
    assert found is not None
    return found


def machine(vcpu: int, usd: float) -> Offer:
    return offer(f"cpu{vcpu}", usd, gpus=0, vcpu=vcpu, ram_gib=64.0)


def test_two_thousand_scores_a_second_are_hundreds_of_cores() -> None:
    """25M parameters x 50 columns x 2 = 2.5 GFLOPs; x 2,500 a second / 25 GFLOPS / half busy = 500 vCPU."""
    spec = scoring(traffic={"requests_per_second": 2500, "latency_ms": 20})
    assert service_of(spec).work.amount == pytest.approx(2.5)
    assert service_of(spec).vcpu == pytest.approx(500)
    assert "500 vCPU" in (outgrows_cores(spec, candidates(spec, ())[0]) or "")


def test_machines_follow_from_the_load() -> None:
    """200 a second are 40 vCPU: three machines of 16, and not one of 4."""
    spec = scoring(traffic={"requests_per_second": 200, "latency_ms": 50})
    option = place(spec, (), [machine(16, 0.6), machine(4, 0.1)]).options[0]
    assert (option.offer.vcpu, option.nodes) == (4, 10)
    alone = place(spec, (), [machine(16, 0.6)]).options[0]
    assert alone.nodes == 3
    assert alone.throughput[0].value == pytest.approx(3 * 16 * 25 * 0.5 / 2.5)
    assert outgrows_cores(spec, candidates(spec, ())[0]) is None


def test_an_answer_that_no_core_gives_in_time_is_not_promised() -> None:
    """2.5 GFLOPs in 5 ms take 20 threads."""
    spec = scoring(traffic={"requests_per_second": 10, "latency_ms": 5})
    assert place(spec, (), [machine(64, 2.0)]).options == ()


def test_boosted_trees_answer_so_many_requests_a_core() -> None:
    """20,000 a second / 1,650 / half busy are 25 vCPU; a single one has a thread to itself."""
    spec = scoring(models=[{"name": "lightgbm"}], traffic={"requests_per_second": 20_000, "latency_ms": 50})
    option = place(spec, (), [machine(8, 0.3)]).options[0]
    assert (option.nodes, option.runs) == (4, "gradient-boosted trees")
    assert option.throughput[0].value == pytest.approx(4 * 8 * 1650 / 2)
    assert option.served is not None
    assert option.served.answer_ms == pytest.approx(1000 / 1650)


def test_zones_and_a_spare_are_machines() -> None:
    spec = scoring(traffic={"requests_per_second": 10}, availability={"zones": 3})
    assert place(spec, (), [machine(16, 0.6)]).options[0].nodes == 3
    assert place(scoring(availability={"uptime_percent": 99.9}), (), [machine(16, 0.6)]).options[0].nodes == 2


def test_columns_that_were_said_are_the_tokens_of_a_row() -> None:
    assert service_of(scoring(dataset={"columns": 200})).work.amount == pytest.approx(10.0)


def writing(models: tuple[ModelCard, ...], **said: object) -> tuple[WorkloadSpec, tuple[ModelCard, ...]]:
    asked = {"task_type": "inference", "domain": "llm", "models": [{"name": "Qwen3 8B"}], "gpu_needed": False}
    return WorkloadSpec.model_validate({**asked, **said}), tuple(m for m in models if m.key == "Qwen/Qwen3-8B")


def test_cores_write_as_fast_as_they_read_the_weights(starter_models: tuple[ModelCard, ...]) -> None:
    """8.2B parameters x 4.9 bits are 5.0 GB; 64 vCPU x 2 GB/s read them 25 times a second, less what they compute and
    0.7 s for the prompt."""
    spec, models = writing(starter_models, traffic={"concurrent_users": 1, "input_tokens": 64, "output_tokens": 256})
    option = place(spec, models, [machine(64, 2.0)]).options[0]
    assert option.served is not None
    assert option.served.tokens_per_s_per_user == pytest.approx(20.5, abs=0.5)
    assert option.quantization == "q4_k_m"


def test_a_machine_that_writes_as_fast_as_people_read_comes_before_a_cheaper_one(
    starter_models: tuple[ModelCard, ...],
) -> None:
    spec, models = writing(starter_models, traffic={"concurrent_users": 1, "input_tokens": 64, "output_tokens": 256})
    placed = place(spec, models, [machine(8, 0.3), machine(48, 1.8)])
    assert placed.options[0].offer.vcpu == 48
    label, _ = writing(starter_models, traffic={"concurrent_users": 1, "input_tokens": 64, "output_tokens": 8})
    assert place(label, models, [machine(8, 0.3), machine(48, 1.8)]).options[0].offer.vcpu == 8


def test_memory_is_that_of_the_file_that_is_loaded(starter_models: tuple[ModelCard, ...]) -> None:
    """5 GB in 4 bits do not fit beside the system in 4 GiB, and need no 46."""
    spec, models = writing(starter_models)
    small, enough = (offer(f"ram{gib}", 0.3, gpus=0, vcpu=64, ram_gib=float(gib)) for gib in (4, 16))
    assert [o.offer.ram_gib for o in place(spec, models, [small, enough]).options] == [16.0]
    assert cores_as_device(8, 16.0).usable_gib == 16.0 - SYSTEM_GIB
