"""Where somebody is decides where a plan belongs, unless a place to run was said."""

import pytest

from domain.reading import Home
from domain.workload import Evidence, Location, WorkloadSpec
from graph.home import with_home, without_home
from tests.understanding.talking import starter_reader

BANK = WorkloadSpec(task_type="inference", domain="llm", industry="finance")


def home(jurisdiction: str, quote: str = "here") -> Home:
    return Home(jurisdiction=jurisdiction, said=Evidence(quote=quote, turn=0))


@pytest.mark.parametrize(
    ("text", "homes"),
    [
        ("A bank in Madrid wants an assistant on Llama 3.1 8B for 100 people", ["ES"]),
        ("Our customers in Japan chat with a 14B model", ["JP"]),
        ("A Swiss private bank wants an assistant for 100 people", ["CH"]),
        ("Asistente para una aseguradora mexicana, 500 agentes, Llama 3.3 70B", ["MX"]),
        ("Assistent für eine Kanzlei in München mit 30 Anwälten, Mistral Small", ["DE"]),
        ("Transcribe 20,000 hours of German customer calls", []),
        ("Deploy Llama 3.1 8B in Germany", []),
    ],
)
def test_where_somebody_is_is_read_apart_from_where_to_run(text: str, homes: list[str]) -> None:
    read = starter_reader().read_at_once([text], WorkloadSpec(), None, False)
    assert [one.jurisdiction for one in read.homes] == homes


@pytest.mark.parametrize(("jurisdiction", "place"), [("FR", "EU"), ("CH", "CH"), ("US", "US")])
def test_a_banks_data_are_kept_where_the_bank_is(jurisdiction: str, place: str) -> None:
    assumed = with_home(BANK, (home(jurisdiction, "our town"),))
    assert assumed.location.jurisdictions == (place,)
    assert "our town" in assumed.assumed["location.jurisdictions"]


def test_people_under_laws_alike_are_served_from_any_of_their_places() -> None:
    """ "EU + UK customers"."""
    assumed = with_home(BANK, (home("FR", "EU"), home("UK", "UK")))
    assert assumed.location.jurisdictions == ("EU", "UK")


@pytest.mark.parametrize(
    ("spec", "homes"),
    [
        (BANK, (home("DE"), home("JP"))),
        (BANK.model_copy(update={"location": Location(regions=("us-east-1",))}), (home("DE"),)),
        (BANK.model_copy(update={"industry": "games", "task_type": "training"}), (home("DE"),)),
        (BANK, ()),
    ],
)
def test_nothing_is_assumed_where_homes_differ_a_place_was_said_or_nothing_ties_it_to_one(
    spec: WorkloadSpec, homes: tuple[Home, ...]
) -> None:
    assert with_home(spec, homes) == spec


def test_people_in_the_union_are_served_from_it() -> None:
    assumed = with_home(BANK.model_copy(update={"industry": None}), (home("DE", "customers in Berlin"),))
    assert assumed.location.jurisdictions == ("EU",)
    assert "GDPR" in assumed.assumed["location.jurisdictions"]


def test_people_elsewhere_are_served_from_near_them_if_that_can_be_had() -> None:
    assumed = with_home(BANK.model_copy(update={"industry": "games"}), (home("JP", "players in Japan"),))
    assert (assumed.location.jurisdictions, assumed.location.preferred) == ((), ("JP",))
    assert "players in Japan" in assumed.assumed["location.preferred"]


def test_an_assumed_place_gives_way_and_says_so() -> None:
    anywhere = without_home(with_home(BANK, (home("KE", "Nairobi"),)))
    assert anywhere is not None
    assert anywhere.location.jurisdictions == ()
    assert any("nothing there fits" in said for said in anywhere.assumptions)
    assert without_home(BANK) is None


@pytest.mark.parametrize(
    ("laws", "places"),
    [
        (("gdpr",), ("EU",)), (("uk_gdpr", "gdpr"), ("EU", "UK")), (("hipaa",), ("US",)), (("soc2", "hipaa"), ("US",)),
        (("gdpr", "hipaa"), ()), (("soc2",), ()),
    ],
)  # fmt: skip
def test_a_law_on_personal_data_has_a_place(laws: tuple[str, ...], places: tuple[str, ...]) -> None:
    said = BANK.model_copy(update={"compliance": laws, "evidence": {"compliance": Evidence(quote="law", turn=0)}})
    placed = with_home(said, ())
    assert placed.location.jurisdictions == places
    assert ("location.jurisdictions" in placed.assumed) == bool(places)
    back = without_home(placed)
    assert (back.location.jurisdictions if back else ()) == ()
    assert with_home(said, (home("US"),)).location.jurisdictions == ("US",)
