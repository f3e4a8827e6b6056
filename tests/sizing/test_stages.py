"""A time for an answer by voice is shared by what hears, thinks and speaks."""

from domain.workload import Traffic, Workload, WorkloadSpec
from sizing.stages import shared_time_note
from sizing.together import specs_of

CALLS = Traffic(concurrent_users=40, ttft_ms=900, latency_ms=900)


def voice(*workloads: Workload) -> tuple[WorkloadSpec, ...]:
    return specs_of(WorkloadSpec(task_type="inference", domain="speech", workloads=workloads))


HEARS = Workload(task_type="inference", domain="speech", use_case="transcription", traffic=CALLS)
THINKS = Workload(task_type="inference", domain="llm", use_case="chatbot", traffic=CALLS)
SPEAKS = Workload(task_type="inference", domain="speech", use_case="text_to_speech", traffic=CALLS)


def test_each_stage_has_its_part_and_what_listens_its_steps() -> None:
    hears, thinks, speaks = voice(HEARS, THINKS, SPEAKS)
    assert hears.traffic == CALLS
    assert (thinks.traffic.ttft_ms, thinks.traffic.latency_ms) == (300, None)
    assert (speaks.traffic.ttft_ms, speaks.traffic.latency_ms) == (300, 300)
    (note,) = shared_time_note((hears, thinks, speaks))
    assert note == "The 900 ms to an answer are shared by its 3 stages, 300 ms each."


def test_workloads_that_are_no_chain_keep_their_time() -> None:
    searches = Workload(task_type="inference", domain="embeddings", use_case="search", traffic=CALLS)
    for one in voice(THINKS, searches):
        assert one.traffic == CALLS
    assert shared_time_note(voice(THINKS, searches)) == ()
