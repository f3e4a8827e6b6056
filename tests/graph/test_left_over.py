"""Figures and names that no field quotes are said to be left over; what is used is not."""

import pytest

from domain.workload import (
    AskedQuestion,
    Evidence,
    GpuRequirement,
    OwnedHardware,
    RequestedModel,
    Unplaced,
    WorkloadSpec,
)
from graph.left_over import MOST, demands_told, language_told, left_over, told

WITH_MEMORY = OwnedHardware(gpu="H100", ram_gb=512)


def said(**quotes: str) -> dict[str, Evidence]:
    return {field.replace("__", "."): Evidence(quote=quote, turn=0) for field, quote in quotes.items()}


@pytest.mark.parametrize(
    ("request_", "spec", "left"),
    [
        ("Serve it to 40 users", WorkloadSpec(evidence=said(traffic__users="40 users")), ()),
        ("racks with 30A 208V circuits", WorkloadSpec(), ("racks with 30A 208V circuits",)),
        ("about 120 summaries per minute, please", WorkloadSpec(), ("120 summaries per minute",)),
        ("built with Heimdall and iX9", WorkloadSpec(), ("built with Heimdall and iX9",)),
        ("Deploy Llama 3.3 70B", WorkloadSpec(models=(RequestedModel(name="Llama 3.3 70B"),)), ()),
        ("in Polish", WorkloadSpec(unplaced=(Unplaced(quote="Polish", turn=0),)), ()),
        ("is an L40S enough", WorkloadSpec(question=AskedQuestion(kind="fits", subjects=("an L40S",))), ()),
        ("20,000 hours of calls", WorkloadSpec(evidence=said(task_type="20,000 hours of calls")),
         ("20,000 hours of calls",)),
        ("8x H100 here", WorkloadSpec(evidence=said(owned="8x H100")), ()),
        ("8x H100, 512GB RAM", WorkloadSpec(evidence=said(owned="8x H100"), owned=(WITH_MEMORY,)), ()),
        ("1) serve it 2) cheaply", WorkloadSpec(), ()),
        ("on OpenShift 4.17", WorkloadSpec(evidence=said(cluster="OpenShift")), ("OpenShift 4.17",)),
        ("promote if AUC is better, start 03:30", WorkloadSpec(), ("promote if AUC is better", "start 03:30")),
        ("we want chat AND agents", WorkloadSpec(), ()),
        ("the NAS is slow. Is the NAS enough?", WorkloadSpec(), ("NAS is slow",)),
        ("40 users over a VPN in Graz", WorkloadSpec(evidence=said(traffic__users="40 users")), ("VPN in Graz",)),
        ("RFP section 4.2 (extract). The Contractor shall provide compute", WorkloadSpec(), ()),
        ("Clause 7.1 (b): the Supplier runs Heimdall", WorkloadSpec(), ("Supplier runs Heimdall",)),
        ("Hello, SME of people (Smith & Partners Ltd)", WorkloadSpec(), ()),
        ("we at Müller GmbH need iX9", WorkloadSpec(), ("need iX9",)),
        ("at most so much excl. VAT, netto", WorkloadSpec(), ()),
        ("PME de (cabinet comptable), prix HT", WorkloadSpec(), ()),
        ("It runs on Heimdall. Kind regards, Tom Miller", WorkloadSpec(), ("runs on Heimdall",)),
        ("It must be up. Viele Grüße, Petra", WorkloadSpec(), ()),
        ("Thanks to Heimdall it is up", WorkloadSpec(), ("Thanks to Heimdall it is up",)),
        ("Our API must be up. Thanks", WorkloadSpec(), ()),
    ],
)  # fmt: skip
def test_what_no_field_quotes(request_: str, spec: WorkloadSpec, left: tuple[str, ...]) -> None:
    assert left_over((request_,), spec) == left


@pytest.mark.parametrize(
    "form",
    [
        "## Hardware Available", "[Usage]: how do I serve it", "**Model:** it",
        "Budget: it", "Minimum GPU Requirement\n\nwhat is it", "- [x] I searched the FAQ of iX9",
        "- PyTorch version: 2.5.1+cu124", "- `transformers` version: 4.44.0", "vllm==0.5.4",
        "2.1 Availability must be good",
        "1. Which one?", "2025-03-14 09:12:44,101 INFO [engine.py:312] Started with PID 21455",
        'File "/home/ubuntu/main.py", line 88, in <module>', "RuntimeError: CUDA error 700", 
        "see https://example.org/iX9/7",
        "On Tue, 4 Mar 2025 at 16:20, Petra Nowak <p.nowak@example.org> wrote:",
        "Service | Peak Users\n---|---\nchat | it",
        "it is up\n--\nPetra Nowak, +48 22 555", "**Is your request related to a Problem?**", "1 | it | chat",
        "Mit freundlichen Grüßen\nSabine Krüger",
    ],
)  # fmt: skip
def test_what_only_gives_a_message_its_form_is_not_left(form: str) -> None:
    assert left_over((form,), WorkloadSpec()) == ()


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("### Rack of 30A circuits", "Rack of 30A circuits"), ("**Power:** 208V circuits", "208V circuits"),
        ("Index: OpenSearch 2.13", "OpenSearch 2.13"),
        ("2.1 Penetration test by iX9", "Penetration test by iX9"),
        ("chat | with Heimdall\nmail | with iX9", "Heimdall"), ("- must fit a 4U rack", "fit a 4U rack"),
        ("Error budget of 43 minutes", "Error budget of 43 minutes"),
    ],
)  # fmt: skip
def test_what_is_said_in_that_form_is_left(message: str, left: str) -> None:
    assert left in left_over((message,), WorkloadSpec())


def test_what_a_later_turn_explains_is_no_longer_left() -> None:
    before = left_over(("with 45 min each",), WorkloadSpec())
    assert before
    assert left_over(("they are recordings",), WorkloadSpec(evidence=said(volume__amount="45 min")), before) == ()


def test_all_is_one_sentence_and_what_is_too_much_is_counted() -> None:
    assert told(()) == ()
    (sentence,) = told(tuple(f"x{number}" for number in range(MOST + 3)))
    assert sentence.endswith("and 3 more.")


def test_nouns_of_a_german_message_and_names_of_columns_are_nothing_left_over() -> None:
    german = "Sehr geehrte Damen und Herren, wir planen einen Chatbot für unsere Dokumentation mit vielen Tabellen."
    table = "| Workload | Model | Users |\n|---|---|---|\n| chat | small | few |\n"
    assert left_over([german], WorkloadSpec()) == left_over([table], WorkloadSpec()) == ()
    assert left_over(["**Hardware available:** none yet"], WorkloadSpec()) == ()


def test_who_writes_in_another_language_is_told_that_the_reply_is_in_english() -> None:
    assert language_told(["Wir wollen einen Chatbot für 20 Leute"])
    assert language_told(["We want a chatbot for 20 people"]) == ()


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Which Hardware is needed for Training", ()), ("CUDA_VISIBLE_DEVICES=0,1 python serve.py", ()),
        ("a bot 4 the office", ()), ("a bot 4 times a day", ("bot 4 times a day",)),
        ("这台机器有45个接口，够吗？", ("这台机器有45个接口",)), ("dual RTX 6000 Ada", ("dual RTX 6000 Ada",)),
    ],
)  # fmt: skip
def test_plain_words_and_commands_are_no_names_and_figures_stand_apart_in_chinese(
    message: str, left: tuple[str, ...]
) -> None:
    assert left_over((message,), WorkloadSpec()) == left


def test_a_name_of_several_words_that_the_spec_holds_is_used_in_all_of_its_parts() -> None:
    spec = WorkloadSpec(gpu=GpuRequirement(models=("RTX-6000-Ada",)))
    assert left_over(("either RTX 6000 Ada",), spec) == ()


@pytest.mark.parametrize(
    ("message", "phrase", "is_must"),
    [
        ("The regulator requires that output is bit-identical.", "output is bit-identical", True),
        ("It must speak SAML", "SAML", True),
        ("students at exactly 14:00 get it", "exactly 14:00", True),
        ("GPUs may not be older than 2022", "older than 2022", True),
        ("It has to be up. Our rack holds 12U", "12U", False),
        ("with Heimdall", "Heimdall", False),
    ],
)
def test_a_must_that_nothing_rests_on_is_told_first(message: str, phrase: str, is_must: bool) -> None:
    assert (phrase in demands_told((message,), (phrase,))) is is_must
