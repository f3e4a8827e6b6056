"""The first screen: everything that decides, in 40 lines of 100 columns, whatever the plan holds."""

import cProfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts.choices import answer, three_choices
from artifacts.first_screen import COLUMNS, LINES, first_screen
from artifacts.together import together_answer
from domain.parts import PlacedWorkload, Together
from domain.placement import BrokenRule, PlacementOption, Served
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from tests.artifacts.sample_plan import offer, option, plan


def served(tokens_per_s: float) -> Served:
    return Served(in_flight=20, tokens_per_s_per_user=tokens_per_s, ttft_ms=400)


FIRST = option(label="recommended", served=served(31), price_per_hour_usd=3.5, price_per_month_usd=2555.0)
CHEAP = option(
    label="cheapest", served=served(11), price_per_month_usd=720.0, offer=offer("vast", region="global"),
    breaks=(BrokenRule(rule="R1", words="marketplace hosts"), BrokenRule(rule="R6", words="slow: 11 tok/s a user")),
)  # fmt: skip


def shown(*options: PlacementOption, **changes: object) -> str:
    made = {"answer": answer(WorkloadSpec(), options), "choices": three_choices(options), "next_step": "Do `this`"}
    return first_screen(plan(**{**made, **changes}))


def test_it_opens_with_what_to_rent_at_which_price_and_what_it_does() -> None:
    text = " ".join(shown(FIRST, CHEAP).split())
    assert "at aws us-east-1 for $3.50 an hour ($2,555 a month)" in text
    assert "20 requests at once at 31 tokens a second each, first token after 0.4 s" in text


def test_a_choice_says_what_it_gives_up_and_what_it_saves() -> None:
    text = " ".join(shown(FIRST, CHEAP).split())
    assert "| R1 R6 |" in text
    assert "R1 marketplace hosts; R6 slow: 11 tok/s a user; saves $1,835 a month" in text


def test_another_number_format_is_said() -> None:
    text = " ".join(shown(FIRST, CHEAP.model_copy(update={"quantization": "awq"})).split())
    assert "H100-SXM 80 GB, awq |" in text
    assert f"awq where the recommended runs {FIRST.quantization}" in text


def test_marks_in_the_middle_of_a_line_stay_as_they_are_and_open_nothing_at_its_beginning() -> None:
    text = shown(FIRST, assumptions=("x + y = z since 2022. " * 12,))
    assert "\\ " not in text
    assert not any(line.startswith(("+ ", "= ", "2022. ")) for line in text.splitlines())
    assert not any("\\=" in shown(FIRST, assumptions=("a" * n + " EUR = USD" * 12,)) for n in range(9))


def test_many_notes_cost_as_many_times_the_work_and_no_more() -> None:
    def work_of(count: int) -> int:
        with cProfile.Profile() as profile:
            shown(FIRST, assumptions=tuple(f"The value {number} was taken for granted" for number in range(count)))
        return sum(entry.callcount for entry in profile.getstats())

    assert work_of(400) < 2.3 * work_of(200)


def test_a_job_is_told_by_its_hours_and_its_cost() -> None:
    job = option(label="recommended", job_hours=12.0, job_cost_usd=660.48, quantization="lora")
    text = " ".join(shown(job).split())
    assert "takes about 12 h and costs about $660" in text
    assert "per job" in text


def test_a_job_of_weeks_says_what_would_shorten_it() -> None:
    job = option(label="recommended", job_hours=20 * 24.0, job_cost_usd=9000.0)
    quicker = option(label="faster", gpus=16, nodes=2, job_hours=5 * 24.0, job_cost_usd=9500.0)
    assert "To shorten it: 16 x H100-SXM 80 GB take 5 days" in answer(WorkloadSpec(), (job, quicker))


def test_hardware_at_hand_is_rented_from_nobody() -> None:
    own = option(label="own hardware", served=served(20), offer=offer("own hardware", region="on site"))
    assert answer(WorkloadSpec(), (own, FIRST)).startswith("Rent nothing, your ")


def test_a_question_is_answered_before_the_plan() -> None:
    lines = shown(FIRST, verdict="No: it needs twice as much.").splitlines()
    assert lines[2] == "**No: it needs twice as much.**"


def test_the_notes_and_the_next_step_are_there() -> None:
    text = shown(FIRST, assumptions=("a1.",), not_taken_into_account=("“x”: y.",), cautions=("c1.",))
    assert all(part in text for part in ("**Assumed** a1", "**Not taken into account** “x”: y", "**To confirm** c1"))
    assert "**Next** Do `this`" in text


@pytest.mark.parametrize("what", ["assumptions", "not_taken_into_account", "cautions", "changes"])
def test_what_has_no_room_is_counted(what: str) -> None:
    many = tuple(f"Sentence number {number} with some words in it that fill the line." for number in range(200))
    text = shown(FIRST, CHEAP, **{what: many})
    assert "more below" in text
    assert_fits(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="ab1 .-_*`<>[]()|#~&\\\n$=+", max_size=400), max_size=12),
    st.text(alphabet="ab1 `|\n", max_size=300),
)
def test_it_fits_whatever_the_texts_are(texts: list[str], title: str) -> None:
    told = tuple(texts)
    assert_fits(shown(FIRST, CHEAP, assumptions=told, cautions=told, not_taken_into_account=told, title=f"t {title}"))


def assert_fits(text: str) -> None:
    lines = text.rstrip("\n").split("\n")
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS


@given(
    names=st.lists(st.text(max_size=90), min_size=2, max_size=4), place=st.text(max_size=40), does=st.text(max_size=30)
)
@settings(max_examples=100, deadline=None)
def test_it_fits_with_a_row_for_each_of_several_workloads(names: list[str], place: str, does: str) -> None:
    broken = tuple(BrokenRule(rule="R6", words=f"slow: {place}") for _ in range(4))
    placed = tuple(
        PlacedWorkload(
            name=f"{name}, {does}", does=does, usd_per_month=1234.5,
            option=FIRST.model_copy(update={"offer": offer("vast", region=place), "breaks": broken[:number]}),
        )
        for number, name in enumerate(names)
    )  # fmt: skip
    found = Together(workloads=placed, usd_per_month=4938, usd_once=0)
    text = shown(FIRST, together=found, answer=together_answer(found), assumptions=(place * 4,), cautions=(does * 9,))
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS
    assert sum(line.startswith("|") for line in lines) == len(names) + 2


def test_the_whole_plan_begins_with_it() -> None:
    from artifacts.markdown import plan_markdown

    whole: DeploymentPlan = plan()
    assert plan_markdown(whole).startswith(first_screen(whole).rstrip("\n"))


UNKNOWN_LENGTH = WorkloadSpec.model_validate({"task_type": "batch_inference", "deadline_hours": 24, "every": "week"})


def test_a_job_of_unknown_length_is_paid_by_the_hour() -> None:
    text = " ".join(answer(UNKNOWN_LENGTH, [FIRST]).split())
    assert "for $3.50 an hour while it works, at most $84.00 a week" in text
    assert "all month it would be $2,555" in text
    (choice,) = three_choices([FIRST], UNKNOWN_LENGTH)
    assert (choice.usd, choice.per, choice.a_per) == (3.5, "hour", "an hour")
    assert three_choices([FIRST], WorkloadSpec(task_type="inference"))[0].per == "month"


def test_a_service_that_is_given_back_after_a_weekend_says_what_that_comes_to() -> None:
    weekend = WorkloadSpec(task_type="inference", deadline_hours=48)
    assert "($2,555 a month; $168 if given back after the 48 h that were said)" in answer(weekend, [FIRST])
    assert "given back" not in answer(WorkloadSpec(task_type="inference", deadline_hours=2190), [FIRST])


def test_the_sum_of_several_has_no_month_of_what_ends() -> None:
    job = PlacedWorkload(name="a job", option=FIRST, usd_per_month=2555.0, by_the_hour=True)
    service = PlacedWorkload(name="a service", option=FIRST, usd_per_month=2555.0)
    told = together_answer(Together(workloads=(job, service), usd_per_month=5110.0, usd_once=0.0))
    assert "together cost $2,555 a month and $3.50 an hour while what ends is at work (a job" in told
