"""What claims do to the spec that stands."""

from functools import lru_cache

import pytest

from domain.base import value_at
from domain.workload import OwnedHardware, RequestedModel, WorkloadSpec
from graph.understanding.mentions.index import NameIndex, index_of
from graph.understanding.mentions.line import Span
from graph.understanding.merge.consistency import reconcile
from graph.understanding.merge.draft import changed_fields, put_together, taken_apart
from graph.understanding.merge.merge import merge
from graph.understanding.merge.models import in_full
from graph.understanding.roles.claim import MEDIUM, STRONG, WEAK, Claim, Operation, Value
from tests.understanding.merge.lines import line, standing
from tests.understanding.talking import small_vocabulary

Said = tuple[str, Value | None, str, Operation, int]


@lru_cache
def index() -> NameIndex:
    return index_of(small_vocabulary())


def revised(spec: WorkloadSpec, words: str, *said: Said, turn: int = 5) -> WorkloadSpec:
    """The spec after a turn that claims these fields, each by some of its words."""
    claims = []
    for field, value, quote, operation, strength in said:
        start = words.index(quote)
        claims.append(Claim(field, value, Span(start, start + len(quote)), operation, strength))
    draft = taken_apart(spec)
    merge(draft, line(words), claims, turn, index())
    reconcile(draft, index(), claims)
    return put_together(draft)


def sets(field: str, value: Value, quote: str) -> Said:
    return field, value, quote, "set", STRONG


def adds(field: str, value: Value, quote: str) -> Said:
    return field, value, quote, "add", STRONG


def does(operation: Operation, field: str, value: Value | None, quote: str) -> Said:
    return field, value, quote, operation, STRONG


PROVIDERS = "location.providers"
ON_AWS = standing((PROVIDERS, ("aws",), "on AWS"))
NOT_AZURE = standing(("location.excluded_providers", ("azure",), "not Azure"))
EXACTLY_8 = standing(("gpu.min_count", 8, "exactly 8"), ("gpu.max_count", 8, "exactly 8"))


@pytest.mark.parametrize(
    ("spec", "words", "said", "field", "value"),
    [
        (ON_AWS, "make it GCP", adds(PROVIDERS, "gcp", "GCP"), PROVIDERS, ("gcp",)),
        (ON_AWS, "also consider GCP", adds(PROVIDERS, "gcp", "GCP"), PROVIDERS, ("aws", "gcp")),
        (ON_AWS, "GCP too", adds(PROVIDERS, "gcp", "GCP"), PROVIDERS, ("aws", "gcp")),
        (ON_AWS, "or GCP", adds(PROVIDERS, "gcp", "GCP"), PROVIDERS, ("aws", "gcp")),
        (ON_AWS, "no AWS", does("exclude", PROVIDERS, "aws", "AWS"), "location.excluded_providers", ("aws",)),
        (ON_AWS, "no AWS", does("exclude", PROVIDERS, "aws", "AWS"), PROVIDERS, ()),
        (ON_AWS, "forget AWS", does("withdraw", PROVIDERS, "aws", "AWS"), "location.excluded_providers", ()),
        (ON_AWS, "forget Azure", does("withdraw", PROVIDERS, "azure", "Azure"), "location.excluded_providers",
         ("azure",)),
        (NOT_AZURE, "Azure is ok", does("permit", PROVIDERS, "azure", "Azure"), "location.excluded_providers", ()),
        (NOT_AZURE, "Azure is ok", does("permit", PROVIDERS, "azure", "Azure"), PROVIDERS, ()),
        (NOT_AZURE, "Azure only", adds(PROVIDERS, "azure", "Azure"), PROVIDERS, ("azure",)),
        (standing(("components.wanted", ("kafka",), "Kafka")), "no need for Kafka",
         does("withdraw", "components.wanted", "kafka", "Kafka"), "components.excluded", ("kafka",)),
        (standing(("gpu.models", ("A100-80GB",), "A100 80GB")), "no A100",
         does("exclude", "gpu.models", "A100", "A100"),
         "gpu.models", ()),
        (standing(("traffic.users", 200, "200 users")), "double it", does("scale", "traffic.users", 2, "double"),
         "traffic.users", 400),
        (standing(("budget.amount", 900.0, "$900")), "drop the budget", does("withdraw", "budget", None, "budget"),
         "budget.amount", None),
        (standing(("industry", "healthcare", "clinical")), "marketing will use it as well",
         sets("industry", "advertising", "marketing"), "industry", "healthcare"),
        (standing(("industry", "healthcare", "clinical")), "no, it's for a bank",
         sets("industry", "finance", "bank"), "industry", "finance"),
        (standing(("task_type", "inference", "serve")), "it should learn",
         ("task_type", "training", "learn", "set", MEDIUM), "task_type", "inference"),
        (standing(("traffic.users", 200, "200 users")), "some users", ("traffic.users", 2, "some", "set", WEAK),
         "traffic.users", 200),
        (EXACTLY_8, "4 GPUs", sets("gpu.min_count", 4, "4 GPUs"), "gpu.max_count", None),
        (standing(("gpu.max_count", 8, "at most 8")), "at least 10", sets("gpu.min_count", 10, "at least 10"),
         "gpu.max_count", None),
        (standing(("gpu.min_count", 8, "8 GPUs")), "at most 4", sets("gpu.max_count", 4, "at most 4"),
         "gpu.min_count", None),
        (standing(("gpu.max_count", 8, "at most 8")), "at least 2", sets("gpu.min_count", 2, "at least 2"),
         "gpu.max_count", 8),
    ],
)  # fmt: skip
def test_one_claim_moves_one_field(spec: WorkloadSpec, words: str, said: Said, field: str, value: object) -> None:
    assert value_at(revised(spec, words, said), field) == value


def test_the_last_of_several_corrections_in_a_turn_holds() -> None:
    said = adds(PROVIDERS, "aws", "AWS"), adds(PROVIDERS, "azure", "Azure"), sets("traffic.users", 50, "50 users")
    spec = revised(WorkloadSpec(), "on AWS for 50 users. Sorry, on Azure.", *said)
    assert (spec.location.providers, spec.traffic.users) == (("azure",), 50)


def test_a_list_in_one_turn_is_kept_whole() -> None:
    said = adds(PROVIDERS, "aws", "AWS"), adds(PROVIDERS, "azure", "Azure")
    assert revised(WorkloadSpec(), "AWS or Azure", *said).location.providers == ("aws", "azure")


def test_the_words_behind_a_field_are_kept() -> None:
    spec = revised(ON_AWS, "now 90 users", sets("traffic.users", 90, "90 users"), turn=1)
    assert (spec.evidence["traffic.users"].quote, spec.evidence["traffic.users"].turn) == ("90 users", 1)
    assert changed_fields(ON_AWS, spec) == ("traffic.users",)


def model(name: str, params_b: float | None = None) -> RequestedModel:
    return RequestedModel(name=name, params_b=params_b)


@pytest.mark.parametrize(
    ("stands", "words", "said", "names"),
    [
        ((model("Llama 3.1 8B", 8),), "use the 70B instead", (("models", model("70B", 70), "70B", "add", MEDIUM),),
         ["Llama 3.1 70B"]),
        ((model("13B", 13),), "it's Mistral", (adds("models", model("Mistral"), "Mistral"),), ["Mistral"]),
        ((), "our own 13B, a mistral derivative", (("models", model("13B", 13), "13B", "add", MEDIUM),
                                                   adds("models", model("mistral"), "mistral")), ["mistral"]),
        ((), "whisper and a 8B LLM", (adds("models", model("whisper"), "whisper"),
                                      ("models", model("8B", 8), "8B", "add", MEDIUM)), ["8B", "whisper"]),
        ((model("Mistral 7B", 7), model("whisper")), "swap mistral for Qwen2.5 7B",
         (does("drop", "models", model("mistral"), "mistral"), adds("models", model("Qwen2.5 7B", 7), "Qwen2.5 7B")),
         ["Qwen2.5 7B", "whisper"]),
        ((model("Mistral 7B", 7),), "add whisper as well", (adds("models", model("whisper"), "whisper"),),
         ["Mistral 7B", "whisper"]),
        ((), "Llama, the Llama 70B", (adds("models", model("Llama"), "Llama"), adds("models", model("Llama 70B", 70),
                                                                                     "Llama 70B")), ["Llama 70B"]),
    ],
)  # fmt: skip
def test_which_models_stand(
    stands: tuple[RequestedModel, ...], words: str, said: tuple[Said, ...], names: list[str]
) -> None:
    assert [one.name for one in revised(WorkloadSpec(models=stands), words, *said).models] == names


def test_a_family_alone_is_its_member_that_was_spoken_of() -> None:
    short = Claim("models", model("mistral"), Span(0, 7), "add")
    (held,) = in_full([short], (), (model("Mistral 7B", 7), model("Mistral 24B", 24)))
    assert held.value == model("Mistral 7B", 7)
    (kept,) = in_full([short], (model("Mistral 7B", 7), model("Mistral 24B", 24)), ())
    assert kept == short


def test_what_is_said_again_of_hardware_at_hand_takes_the_place_of_the_first() -> None:
    two, four = OwnedHardware(gpu="A6000", count=2), OwnedHardware(gpu="A6000", count=4)
    spec = revised(WorkloadSpec(owned=(two,)), "we have 4 A6000", adds("owned", four, "4 A6000"))
    assert spec.owned == (four,)
    assert changed_fields(WorkloadSpec(owned=(two,)), spec) == ("owned",)


def test_a_city_moves_with_the_provider() -> None:
    spec = standing(("location.regions", ("eu-central-1",), "Frankfurt"), (PROVIDERS, ("aws",), "AWS"))
    assert revised(spec, "make it GCP", adds(PROVIDERS, "gcp", "GCP")).location.regions == ("europe-west3",)


def test_the_union_without_one_country_is_all_the_others() -> None:
    where = "location.jurisdictions"
    spec = revised(WorkloadSpec(), "EU, not Germany", adds(where, "EU", "EU"), does("exclude", where, "DE", "Germany"))
    assert (len(spec.location.jurisdictions), "DE" in spec.location.jurisdictions) == (26, False)


def test_the_memory_of_a_card_goes_with_the_card() -> None:
    spec = standing(("gpu.models", ("A100-80GB",), "A100 80GB"), ("gpu.min_vram_gb", 80.0, "A100 80GB"))
    assert revised(spec, "make it H100", adds("gpu.models", "L4", "H100")).gpu.min_vram_gb is None


def test_what_no_field_can_hold_is_owned_up_to_until_something_is_wanted() -> None:
    spec = revised(WorkloadSpec(), "no qwen", does("exclude", "models", RequestedModel(name="qwen"), "qwen"))
    assert [text for text in spec.assumptions if "ruled out qwen" in text]
    assert revised(spec, "use llama", adds("models", RequestedModel(name="llama"), "llama")).assumptions == ()


def test_a_place_that_is_ruled_out_is_held() -> None:
    spec = revised(WorkloadSpec(), "not in the US", does("exclude", "location.jurisdictions", "US", "US"))
    assert spec.location.excluded_jurisdictions == ("US",)
