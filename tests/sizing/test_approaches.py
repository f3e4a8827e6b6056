"""Answers that are no model: when they are recommended, and the memory of their data."""

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import Dataset, RequestedModel, Traffic, WorkloadSpec
from sizing.approaches import BYTES_AS_STORED, approach_for, approaches, hours_on_threads
from sizing.candidates import candidates, runs_without_gpu
from sizing.cpu_placement import ram_needed_gib
from sizing.item_work import SERVING_UTILISATION
from sizing.memory import GIB
from sizing.placement import place
from sizing.reference_workloads import reference_for, workload_named
from sizing.standards import SETUP_HOURS


def spec(domain: str, *left: str, **fields: object) -> WorkloadSpec:
    quotes = [{"quote": quote, "turn": 0} for quote in left]
    return WorkloadSpec.model_validate({"task_type": "training", "domain": domain, "unplaced": quotes, **fields})


def key_of(request_: WorkloadSpec) -> str | None:
    found = approach_for(request_)
    return found.approach.key if found else None


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (spec("tabular", dataset=Dataset(items=100_000_000)), "gradient-boosted-trees"),
        (spec("tabular", dataset=Dataset(items=3_000)), None),
        (spec("tabular"), "gradient-boosted-trees"),
        (spec("tabular", use_case="question_answering"), None),
        (spec("time_series", use_case="forecasting", dataset=Dataset(items=50_000)), "gradient-boosted-forecasting"),
        (spec("time_series", use_case="forecasting"), None),
        (spec("recommendation", dataset=Dataset(items=2_000_000_000)), "recommendation"),
        (spec("recommendation", "CTR of our banners"), "recommendation"),
        (spec("recommendation", dataset=Dataset(items=20_000)), "matrix-factorisation"),
        (spec("recommendation", "cold start"), None),
        (spec("llm"), None),
    ],
)
def test_data_decides_between_a_model_and_a_method(request_: WorkloadSpec, key: str | None) -> None:
    assert key_of(request_) == key


def test_a_model_that_was_named_is_used_but_a_simulation_stays_one() -> None:
    named = (RequestedModel(name="TabPFN"),)
    assert key_of(spec("tabular", models=named, dataset=Dataset(items=100_000_000))) is None
    program = (RequestedModel(name="GROMACS"),)
    assert key_of(spec("scientific", use_case="molecular_dynamics", models=program)) == "molecular-dynamics"


def test_the_number_behind_a_simulators_name_is_what_it_counts() -> None:
    asked = spec(
        "scientific", use_case="molecular_dynamics", models=(RequestedModel(name="GROMACS 2M", params_b=0.002),)
    )
    found = approach_for(asked)
    assert found is not None
    assert (found.approach.key, found.rows) == ("molecular-dynamics", 2e6)


def test_memory_is_rows_times_columns() -> None:
    found = approach_for(spec("tabular", dataset=Dataset(items=100_000_000, columns=200)))
    assert found is not None
    assert found.memory_gib == pytest.approx(100e6 * (200 * 9 + 36) / GIB)
    assert found.cpu_hours == pytest.approx(9.0, rel=0.02)  # 309M values a second, between Higgs and 1.7 billion rows
    assert "100,000,000 rows x (200 columns x 9 B + 36 B) = 171.0 GiB" in found.note


def test_the_rule_of_memory_gives_what_was_measured() -> None:
    """LightGBM, Experiments: 1.7 billion rows x 67 columns took 176 GB, with the values binned to a byte, and 627.8 s
    a tree."""
    trees = next(row for row in approaches() if row.key == "gradient-boosted-trees")
    binned = trees.bytes_per_value - 2 * BYTES_AS_STORED
    assert 1.7e9 * (67 * binned + trees.bytes_per_row) == pytest.approx(176e9, rel=0.01)
    assert 1.7e9 * 67 / (trees.values_per_s(1.7e9 * 67) or 0) == pytest.approx(627.8, rel=0.01)


def test_a_table_that_caches_hold_is_read_faster() -> None:
    """LightGBM, Experiments: Higgs, 500 trees in 130 s."""
    trees = next(row for row in approaches() if row.key == "gradient-boosted-trees")
    assert 10.5e6 * 28 * 500 / (trees.values_per_s(10.5e6 * 28) or 0) == pytest.approx(130, rel=0.01)


def test_a_batch_scores_its_rows_in_pieces_and_learns_nothing() -> None:
    rows = Dataset(items=12_000_000, columns=300)
    found = approach_for(spec("tabular", task_type="batch_inference", dataset=rows))
    learnt = approach_for(spec("tabular", dataset=rows))
    assert found is not None
    assert learnt is not None
    assert found.job_hours == pytest.approx(12e6 / (16 * 9700) / 3600)
    assert (found.held_gib, learnt.held_gib) == (None, learnt.memory_gib)
    assert learnt.job_hours == learnt.cpu_hours
    assert "Scoring 12,000,000 rows takes about 0.021 h on 16 threads" in found.note


def test_a_volume_is_as_many_rows_as_a_dataset_of_so_many() -> None:
    found = approach_for(spec("tabular", task_type="batch_inference", volume={"amount": 5e6, "unit": "items"}))
    assert found is not None
    assert found.rows == 5e6


def test_the_size_of_a_dataset_stands_in_for_its_rows() -> None:
    found = approach_for(spec("tabular", dataset=Dataset(size_gb=400)))
    assert found is not None
    assert found.rows == pytest.approx(400e9 / 4 / 100)


def test_series_have_a_history() -> None:
    found = approach_for(spec("time_series", use_case="forecasting", dataset=Dataset(items=50_000)))
    assert found is not None
    assert found.rows == 50_000 * 1941
    assert found.workload.samples_per_item == 1941


def test_atoms_are_counted_as_they_were_written() -> None:
    found = approach_for(spec("scientific", "3 million atoms", use_case="molecular_dynamics"))
    assert found is not None
    assert found.memory_gib == pytest.approx(3e6 * 1024 / GIB)
    assert found.workload.serve_activation_gib == found.memory_gib


def test_every_approach_has_its_reference_workload() -> None:
    for row in approaches():
        assert workload_named(row.key).key == row.key


def test_the_method_is_the_only_candidate_and_says_why(starter_models: tuple[ModelCard, ...]) -> None:
    request_ = spec("tabular", dataset=Dataset(items=100_000_000))
    (candidate,) = candidates(request_, starter_models)
    assert candidate.card is None
    assert candidate.note is not None
    assert candidate.note.startswith("Recommended: gradient-boosted trees")
    memory = candidate.approach.memory_gib if candidate.approach else None
    assert ram_needed_gib(request_, candidate, None) == pytest.approx((memory or 0) * 1.5)


def test_nobody_rents_a_gpu_for_what_needs_none_unless_they_asked(starter_models: tuple[ModelCard, ...]) -> None:
    forecast = spec("time_series", use_case="forecasting", dataset=Dataset(items=50_000))
    assumed = forecast.model_copy(update={"gpu_needed": True, "assumed": {"gpu_needed": "GPU assumed."}})
    assert runs_without_gpu(forecast, starter_models)
    assert runs_without_gpu(assumed, starter_models)
    assert not runs_without_gpu(forecast.model_copy(update={"gpu_needed": True}), starter_models)
    assert not runs_without_gpu(spec("time_series", use_case="forecasting"), starter_models)
    assert not runs_without_gpu(spec("recommendation", dataset=Dataset(items=2_000_000_000)), starter_models)


def test_a_catalogue_without_a_model_for_the_task_says_so(starter_models: tuple[ModelCard, ...]) -> None:
    request_ = WorkloadSpec(task_type="inference", domain="vision", use_case="face_recognition")
    (candidate,) = candidates(request_, ())
    assert "no model for face recognition" in (candidate.note or "")


def test_what_an_engine_dropped_is_said_of_a_model_that_was_named(starter_models: tuple[ModelCard, ...]) -> None:
    named = (RequestedModel(name="meta-llama/Llama-3.2-11B-Vision-Instruct"),)
    request_ = WorkloadSpec(task_type="inference", domain="multimodal", models=named)
    first = candidates(request_, starter_models)[0]
    assert first.note is not None
    assert "0.10.2" in first.note


def test_a_simulation_takes_as_long_as_its_atoms_and_its_time_say_and_no_copy_shortens_one_run(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    """GROMACS on STMV (1,066,628 atoms): 20.6 ns a day on one A100."""

    def hours(atoms: str, runs: int) -> float | None:
        asked = {
            "task_type": "batch_inference", "domain": "scientific", "use_case": "molecular_dynamics",
            "gpu_needed": True, "gpu": {"models": ["A100-80GB"]}, "availability": {"min_replicas": runs},
            "volume": {"amount": 206, "unit": "simulated_ns", "per": "total"},
            "unplaced": [{"quote": atoms, "turn": 0}],
        }  # fmt: skip
        return place(WorkloadSpec.model_validate(asked), starter_models, starter_offers).options[0].job_hours

    assert hours("1,066,628 atoms", 1) == pytest.approx(240 + SETUP_HOURS, rel=0.01)
    assert hours("1,066,628 atoms", 4) == pytest.approx(240 + SETUP_HOURS, rel=0.01)
    assert hours("106,662 atoms", 1) == pytest.approx(24 + SETUP_HOURS, rel=0.01)


def test_a_structure_takes_as_long_as_was_measured_for_its_length() -> None:
    """AlphaFold 3, docs/performance.md: seconds on one A100-80GB and on one H100."""
    for tokens, a100, h100 in ((1_024, 62, 34), (2_048, 275, 144), (5_120, 2_547, 1_416)):
        asked = WorkloadSpec(domain="scientific", use_case="structure_prediction", traffic=Traffic(input_tokens=tokens))
        work = 2 * reference_for(asked).gmacs_per_item / SERVING_UTILISATION
        assert work / 312e3 == pytest.approx(a100, rel=0.45)
        assert work / 989e3 == pytest.approx(h100, rel=0.45)


def test_more_threads_than_were_measured_help_less_and_less() -> None:
    hours = [hours_on_threads(10.0, threads) for threads in (8, 16, 32, 64, 128)]
    assert hours[:2] == [20.0, 10.0]
    assert 5.0 < hours[2] < 10.0
    assert hours[1] / hours[2] == pytest.approx(hours[2] / hours[3])
    assert hours[4] == hours[3]
