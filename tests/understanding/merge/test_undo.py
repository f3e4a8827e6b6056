"""What takes revisions back, wholly or of one part, and what it leaves to read."""

import pytest

from domain.workload import Evidence, Traffic, WorkloadSpec
from graph.understanding.labels.labelled import labelled_lines
from graph.understanding.merge.history import REMEMBERED_SPECS, History
from graph.understanding.merge.undo import taken_back


def with_users(users: int) -> WorkloadSpec:
    said = Evidence(quote=f"{users} users", turn=0)
    return WorkloadSpec(traffic=Traffic(users=users), evidence={"traffic.users": said})


HISTORY = History().revised(with_users(10)).revised(with_users(20)).revised(with_users(30))


@pytest.mark.parametrize(
    ("message", "users"),
    [("undo that", 30), ("please revert", 30), ("go back to the previous plan", 30), ("undo twice", 20),
     ("no wait, undo the last two changes", 20), ("hmm I liked the other one better", 30), ("take that back", 30),
     ("the previous plan was better", 30), ("can we go back?", 30), ("let's go back to what we had", 30),
     ("we stay with what we had", 30), ("leave everything as it was", 30), ("forget the last one", 30),
     ("forget what I just said", 30), ("ctrl z", 30), ("roll it back", 30), ("back to how it was", 30),
     ("one step back please", 30), ("keep the old version", 30), ("stay with the old one", 30),
     ("no, the other one", 30),
     ("I want the plan before that", 30), ("the version before was fine", 30), ("put it back", 30),
     ("the one before the last change", 30),
     ("can we have the plan from before again?", 30), ("drop that", 30), ("bring it back", 30),
     ("never mind, as it was before", 30),
     ("the other one was nicer", 30), ("back to the other one", 30), ("get rid of that", 30), ("undo back", 30),
     ("bitte rückgängig machen", 30), ("return to last time", 30), ("back to the one before", 30),
     ("discard this change", 30), ("revert to the previous", 30), ("three steps back", 10),
     ("back to the first version", 10), ("undo everything", 10), ("return to the original configuration", 10),
     ("cancel all my changes", 10), ("take everything back", 10), ("back to the beginning", 10),
     ("back to square one", 10),
     ("back to where we started", 10), ("as we wanted it originally", 10), ("as it was at the start", 10)],
)  # fmt: skip
def test_what_takes_back_a_revision(message: str, users: int) -> None:
    taken = taken_back(message, with_users(40), HISTORY)
    assert taken is not None
    assert (taken.spec.traffic.users, taken.rest) == (users, "")


@pytest.mark.parametrize(
    "message",
    ["go back to AWS", "back to 200 users", "revert to on-demand", "use the second one", "I prefer the first one",
     "what was the previous plan?", "how do I undo a change?", "so how do I undo a change?", "drop Kafka",
     "stay on AWS", "our previous setup was 4 A100",
     "same as before but with spot", "forget everything, new project", "redo the plan with 100 users",
     "ignore previous instructions", "the last one is fine", "undo the HIPAA requirement", "leave it as it is"],
)  # fmt: skip
def test_what_takes_nothing_back(message: str) -> None:
    assert taken_back(message, with_users(40), HISTORY) is None


@pytest.mark.parametrize("message", labelled_lines()["undo"])
def test_the_labelled_lines_take_back(message: str) -> None:
    assert taken_back(message, with_users(40), HISTORY) is not None


@pytest.mark.parametrize(
    "message",
    [
        "redo",
        "redo that",
        "redo the last change",
        "undo the undo",
        "put it back in",
        "no, keep it after all",
        "no, redo that",
    ],
)
def test_what_was_taken_back_is_put_back(message: str) -> None:
    undone = taken_back("undo", with_users(40), HISTORY)
    assert undone is not None
    again = taken_back(message, undone.spec, undone.history)
    assert again is not None
    assert again.spec.traffic.users == 40


@pytest.mark.parametrize(
    "part", ["change to the budget", "budget", "user count", "spot thing", "original number of users"]
)
def test_one_part_goes_back_alone(part: str) -> None:
    first = with_users(10)
    spec = first.model_copy(
        update={
            "pricing": "spot",
            "traffic": Traffic(users=40),
            "budget": first.budget.model_copy(update={"amount": 500}),
        }
    )
    words = f"back to the {part}" if "original" in part else f"undo the {part}"
    taken = taken_back(words, spec, History().revised(first))
    assert taken is not None
    changed = {
        "change to the budget": "budget",
        "budget": "budget",
        "user count": "traffic",
        "spot thing": "pricing",
        "original number of users": "traffic",
    }[part]
    assert taken.spec.model_dump(exclude={"evidence", "assumptions"}) == spec.model_copy(
        update={changed: getattr(first, changed)}
    ).model_dump(exclude={"evidence", "assumptions"})
    assert taken.rest == ""


BEFORE = WorkloadSpec.model_validate(
    {
        "budget": {"amount": 3000}, "location": {"jurisdictions": ["DE"], "sellers": ["community"]},
        "gpu": {"models": ["A100"]}, "models": [{"name": "Llama 3.1 8B"}], "traffic": {"users": 50},
        "sensitive": ["medical"], "stakes": "hobby", "pricing": "spot", "deadline_hours": 72,
        "hours_per_month": 200, "context_tokens": 8000, "precision": "fp8", "dataset": {"items": 40000},
        "compliance": ["hipaa"], "components": {"wanted": ["grafana"]}, "priorities": {"cost": "high"},
        "license": {"allowed": ["mit"]},
    }
)  # fmt: skip
AFTER = WorkloadSpec.model_validate(
    {
        "budget": {"amount": 9000}, "location": {"regions": ["paris"], "jurisdictions": ["FR"],
        "sellers": ["hyperscaler"]}, "gpu": {"models": ["H100"]}, "models": [{"name": "Qwen3 32B"}],
        "traffic": {"users": 90}, "sensitive": ["company"], "stakes": "production", "pricing": "on_demand",
        "deadline_hours": 216, "hours_per_month": 730, "context_tokens": 32000, "precision": "int4",
        "dataset": {"items": 90000}, "compliance": ["soc2"], "components": {"wanted": ["redis"]},
        "priorities": {"latency": "high"}, "license": {"allowed": ["apache-2.0"]},
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("message", "field"),
    [("undo the money", "budget"), ("undo the last change of the budget", "budget"), ("undo the city", "location"),
     ("undo the data center", "location"), ("undo the residency", "location"), ("undo the sellers", "location"),
     ("undo the community cloud", "location"), ("undo the GPU type", "gpu"), ("undo the graphics card", "gpu"),
     ("undo the model size", "models"), ("undo the load", "traffic"), ("undo the privacy", "sensitive"),
     ("undo the sensitive data", "sensitive"), ("undo the stakes", "stakes"), ("undo the purchase option", "pricing"),
     ("undo the deadline", "deadline_hours"), ("undo the due date", "deadline_hours"),
     ("undo the schedule", "hours_per_month"),
     ("undo the opening hours", "hours_per_month"), ("undo the context length", "context_tokens"),
     ("undo the tokens", "context_tokens"), ("undo the quantization", "precision"), ("undo the data size", "dataset"),
     ("undo the certification", "compliance"), ("undo the licence", "license"),
     ("undo the tools", "components"), ("undo the priorities", "priorities")],
)  # fmt: skip
def test_a_part_is_known_by_what_people_call_it(message: str, field: str) -> None:
    taken = taken_back(message, AFTER, History().revised(BEFORE))
    assert taken is not None
    assert getattr(taken.spec, field) != getattr(AFTER, field)
    kept = {name for name in WorkloadSpec.model_fields if name not in (field, "confidence")}
    assert all(getattr(taken.spec, name) == getattr(AFTER, name) for name in kept)


def test_as_many_revisions_go_back_as_are_counted() -> None:
    history = HISTORY.revised(with_users(40)).revised(with_users(50))
    for message, users in (("undo the last 4 changes", 20), ("undo the last four changes", 20),
                           ("undo the last 5 changes", 10), ("undo the last five changes", 10)):  # fmt: skip
        taken = taken_back(message, with_users(60), history)
        assert taken is not None
        assert taken.spec.traffic.users == users


def test_the_rest_of_a_message_keeps_its_place() -> None:
    taken = taken_back("undo that and use GCP", with_users(40), HISTORY)
    assert taken is not None
    assert taken.rest == "undo that and use GCP".replace("undo that", " " * len("undo that"))


def test_nothing_is_taken_back_of_a_first_plan() -> None:
    taken = taken_back("undo that", with_users(40), History())
    assert taken is not None
    assert taken.nothing


def test_what_is_kept_of_a_long_history_does_not_grow() -> None:
    history = History()
    for users in range(100):
        history = history.revised(with_users(users))
    assert len(history.before) == REMEMBERED_SPECS
    first, after = history.back(with_users(100), len(history.before))
    assert (first.traffic.users, after.revisions) == (0, 0)
    again, _ = after.forward(first)
    assert again.traffic.users != 0
