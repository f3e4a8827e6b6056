"""What a service must hold at once, and the machines without a GPU that it may stand on."""

import pytest

from domain.workload import Availability, Dataset, Location, RequestedModel, Traffic, WorkloadSpec
from sizing.amount_of_work import items_of_job
from sizing.constraints import allowed_cpu_offers
from sizing.demand import demand_notes, demand_of, requests_asked_per_s
from sizing.rules import RuleBook
from sizing.standards import needs_spare
from sizing.usual_requests import thinks_unless_told
from tests.sizing.small_catalogues import offer, request


def in_flight(**said: object) -> int:
    traffic = Traffic.model_validate({"output_tokens": 300, "tokens_per_second_per_user": 30, "ttft_ms": 500, **said})
    return demand_of(request(traffic=traffic)).concurrent


def test_people_whose_requests_come_at_a_known_rate_wait_part_of_the_time() -> None:
    assert in_flight(concurrent_users=1000) == 1000
    assert in_flight(concurrent_users=1000, requests_per_second=4) == 4 * (0.5 + 300 / 30)
    assert in_flight(concurrent_users=10, requests_per_second=4) == 10


def test_those_who_come_once_a_month_are_rarely_there_together() -> None:
    users = {
        period: demand_of(request(traffic=Traffic(users=40_000, users_per=period))) for period in (None, "day", "month")
    }
    assert [demand.concurrent for demand in users.values()] == [4_000, 2_000, 400]


def test_people_whom_a_recommender_knows_are_no_load_beside_a_rate() -> None:
    traffic = Traffic(users=300_000_000, requests_per_second=12_000)
    assert demand_of(request(domain="recommendation", traffic=traffic)).concurrent < 100_000


@pytest.mark.parametrize(
    ("asked", "spare"),
    [({}, False), ({"zones": 1}, False), ({"min_replicas": 1}, False), ({"zones": 2}, True),
     ({"min_replicas": 2}, True), ({"uptime_percent": 99.9}, True)],
)  # fmt: skip
def test_one_may_fail_where_availability_was_asked_for(asked: dict[str, float], spare: bool) -> None:
    assert needs_spare(request(availability=Availability.model_validate(asked))) is spare


def test_machines_without_a_gpu_are_those_that_the_request_allows() -> None:
    spec = request(gpu_needed=False, location=Location(providers=("sound",)))
    plain, elsewhere = (offer(provider, 1.0, gpu=None, gpu_count=0) for provider in ("sound", "other"))
    assert allowed_cpu_offers(spec, (plain, elsewhere, offer("sound", 2.0)), RuleBook(spec)) == (plain,)


@pytest.mark.parametrize(("name", "tokens"), [("Llama Guard 3 8B", 16), ("Llama 3.1 8B", 256)])
def test_a_guard_answers_with_a_verdict(name: str, tokens: int) -> None:
    spec = WorkloadSpec(task_type="inference", domain="llm", models=(RequestedModel(name=name),))
    assert demand_of(spec).output_tokens == tokens


@pytest.mark.parametrize(
    "name", ["deepseek-ai/DeepSeek-R1", "QwQ-32B", "Qwen3-30B-A3B-Thinking-2507", "Magistral-Small"]
)
def test_models_that_think_write_more_than_the_answer(name: str) -> None:
    chat = WorkloadSpec(task_type="inference", domain="llm", use_case="chatbot", models=(RequestedModel(name=name),))
    plain = chat.model_copy(update={"models": (RequestedModel(name="Qwen2.5-72B-Instruct"),)})
    more = demand_of(chat).output_tokens - demand_of(plain).output_tokens
    assert more == 1024
    assert any("1,024 of them thinking" in note for note in demand_notes(chat))
    assert not any("thinking" in note for note in demand_notes(plain))


def test_answers_of_a_stated_length_have_no_thinking_added() -> None:
    spec = WorkloadSpec(
        task_type="inference",
        domain="llm",
        models=(RequestedModel(name="DeepSeek-R1"),),
        traffic=Traffic(output_tokens=300),
    )
    assert demand_of(spec).output_tokens == 300
    assert not any("thinking" in note for note in demand_notes(spec))


@pytest.mark.parametrize(
    ("said", "pace"),
    [({"latency_ms": 8_000}, 32), ({"latency_ms": 8_000, "output_tokens": 800}, 100), ({"latency_ms": 500}, None),
     ({"latency_ms": 500, "output_tokens": 10}, 20), ({"latency_ms": 20_000, "tokens_per_second_per_user": 25}, 25)],
)  # fmt: skip
def test_a_whole_answer_sets_the_pace(said: dict[str, float], pace: float | None) -> None:
    """Of unknown length the usual one, unless nobody writes so fast: then its beginning is meant."""
    assert demand_of(request(traffic=Traffic.model_validate(said))).tokens_per_s_per_user == pace


def test_a_request_is_as_many_runs_of_the_model_as_were_said() -> None:
    asked = request(domain="embeddings", traffic=Traffic(requests_per_second=40, calls_each=100))
    assert (demand_of(asked).requests_per_s, requests_asked_per_s(asked)) == (4000, 40)
    assert demand_of(request(traffic=Traffic(peak_requests_per_second=2, calls_each=5))).requests_per_s == 10


def test_a_model_of_pictures_sees_each_and_a_language_model_reads_all_at_once() -> None:
    eight = Traffic(requests_per_second=3, images_each=8, input_tokens=100, output_tokens=50)
    seen, read = (demand_of(request(domain=domain, traffic=eight)) for domain in ("vision", "multimodal"))
    assert (seen.requests_per_s, seen.input_tokens) == (24, 100)
    assert (read.requests_per_s, read.input_tokens) == (3, 100 + 8 * 37 * 37)


def test_a_job_is_its_items_times_the_runs_for_each() -> None:
    job = request(task_type="batch_inference", dataset=Dataset(items=1000), traffic=Traffic(calls_each=12))
    learnt = request(task_type="fine_tuning", dataset=Dataset(items=1000), traffic=Traffic(calls_each=12))
    assert (demand_of(job).items, items_of_job(learnt)) == (12_000, 1000)


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("Qwen3-32B", True), ("Qwen3-30B-A3B", True), ("Qwen3.5-27B", True), ("GLM-4.6", True),
        ("Qwen3-4B-Instruct-2507", False), ("Qwen3-30B-A3B-Thinking-2507", False), ("Qwen3-Coder-30B-A3B", False),
        ("Qwen2.5-32B-Instruct", False), ("DeepSeek-R1", False), ("Qwen3-Embedding-8B", False),
    ],
)  # fmt: skip
def test_only_a_model_that_can_be_told_not_to_think_is_told(name: str, is_told: bool) -> None:
    assert thinks_unless_told(name) is is_told
