"""The cost breakdown adds up, and a service nobody priced is named instead of guessed."""

from datetime import date

import pytest

from catalog.starter import read_compute
from domain.base import Source
from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Offer, ServicePrice
from domain.placement import PlacementOption
from domain.workload import Budget, Dataset, Location, RequestedModel, Traffic, WorkloadSpec
from sizing.cost import Disks, Helpers, Stays, cost_breakdown
from sizing.currency import DEFAULT_RATES, to_usd
from sizing.placement import place

SOURCE = Source(name="price page", as_of=date(2026, 1, 1))
SERVICE = WorkloadSpec(
    task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name="8B", params_b=8),),
    location=Location(providers=("aws",)), traffic=Traffic(requests_per_second=2, output_tokens=250),
)  # fmt: skip
TRAINING = WorkloadSpec(
    task_type="training", domain="vision", gpu_needed=True, location=Location(providers=("aws",)),
    dataset=Dataset(size_gb=2000, modality="mri"), budget=Budget(amount=5000, currency="EUR", period="total"),
)  # fmt: skip


def price(kind: str, unit: str, usd: float, region: str = "*") -> ServicePrice:
    return ServicePrice.model_validate({
        "key": f"aws/{kind}/{region}", "provider": "aws", "kind": kind, "unit": unit, "price_usd": usd,
        "region": region, "source": SOURCE,
    })  # fmt: skip


PRICES = (
    price("block_storage", "gb_month", 0.08), price("object_storage", "gb_month", 0.023), price("egress", "gb", 0.09),
    price("load_balancer", "hour", 0.0225), price("control_plane", "hour", 0.10),
)  # fmt: skip


def first(spec: WorkloadSpec, offers: tuple[Offer, ...], models: tuple[ModelCard, ...]) -> PlacementOption:
    return place(spec, models, offers).options[0]


def test_the_lines_add_up_to_the_month(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    cost = cost_breakdown(first(SERVICE, starter_offers, starter_models), SERVICE, PRICES)
    assert cost.unpriced == ()
    assert cost.monthly_usd == pytest.approx(sum(line.monthly_usd or 0 for line in cost.lines))
    egress = next(line for line in cost.lines if line.item == "Egress")
    assert egress.monthly_usd == pytest.approx(2 * 730 * 3600 * 250 * 6 / 1e9 * 0.09)
    control_plane = next(line for line in cost.lines if line.item == "Kubernetes control plane")
    assert control_plane.monthly_usd == pytest.approx(73.0)


def test_what_has_no_price_is_named_and_left_out(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models)
    other_cloud = tuple(p.model_copy(update={"provider": "gcp"}) for p in PRICES)
    cost = cost_breakdown(option, SERVICE, other_cloud)
    assert set(cost.unpriced) == {"Node disks", "Egress", "Load balancer", "Kubernetes control plane"}
    assert cost.monthly_usd == option.price_per_month_usd


def test_hardware_at_hand_pays_for_nothing_but_itself_and_a_cluster_that_is_there_has_its_control_plane(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models)
    joined = cost_breakdown(option, SERVICE.model_copy(update={"hosting": "existing_cluster"}), PRICES)
    assert "Kubernetes control plane" not in {line.item for line in joined.lines}
    own = option.model_copy(update={"offer": option.offer.model_copy(update={"provider": OWN_HARDWARE})})
    assert len(cost_breakdown(own, SERVICE, PRICES).lines) == 1


def test_a_price_of_the_region_beats_the_general_one(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models)
    local = price("load_balancer", "hour", 1.0, option.offer.region)
    cost = cost_breakdown(option, SERVICE, (*PRICES, local))
    assert next(line for line in cost.lines if line.item == "Load balancer").monthly_usd == pytest.approx(730.0)


def test_a_training_job_pays_for_its_dataset_and_checkpoints(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(TRAINING, starter_offers, starter_models)
    cost = cost_breakdown(option, TRAINING, PRICES)
    assert {"Dataset", "Checkpoints"} <= {line.item for line in cost.lines}
    assert next(line for line in cost.lines if line.item == "Dataset").monthly_usd == pytest.approx(46.0)
    assert cost.job_usd is not None
    assert option.job_cost_usd is not None
    assert option.job_cost_usd < cost.job_usd < option.job_cost_usd + cost.monthly_usd
    assert cost.currency_note is not None
    assert DEFAULT_RATES["EUR"].source.as_of.isoformat() in cost.currency_note


def test_budgets_in_other_currencies_are_converted_at_the_dated_rate() -> None:
    assert to_usd(1000, "EUR") == pytest.approx(1117.2)
    assert to_usd(1000, "GBP") == pytest.approx(1000 * 1.1172 / 0.8338)
    assert to_usd(1000, None) == 1000
    with pytest.raises(InvalidInput, match="XAU"):
        to_usd(1, "XAU")


def test_a_job_that_is_run_once_pays_for_its_hours_and_not_for_the_month(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(TRAINING, starter_offers, starter_models)
    cost = cost_breakdown(option, TRAINING, PRICES)
    assert option.job_hours is not None
    assert cost.hours_per_month == min(730, option.job_hours)
    assert cost.lines[0].monthly_usd == option.price_per_hour_usd * cost.hours_per_month


def test_machines_beside_the_workload_are_in_the_bill_and_named_where_they_have_no_price(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models)
    small = next(offer for offer in starter_offers if offer.gpu is None and offer.pricing == "on_demand")
    priced = Helpers("CPU pool", small.instance_type, 3, small)
    without = cost_breakdown(option, SERVICE, PRICES)
    cost = cost_breakdown(option, SERVICE, PRICES, helpers=(priced, Helpers("Other pool", "m1", 2, None)))
    assert cost.monthly_usd == pytest.approx(without.monthly_usd + 3 * (small.price_per_hour_usd or 0.0) * 730)
    assert "Other pool: 2 x m1" in cost.unpriced


def test_a_price_of_another_region_stands_in_and_is_named(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models)
    elsewhere = tuple(p.model_copy(update={"region": "elsewhere-1"}) for p in PRICES)
    cost = cost_breakdown(option, SERVICE, elsewhere, disks=Disks(500.0, "2 x 250 GB"))
    assert cost.unpriced == ()
    for line in cost.lines[1:]:
        assert "of elsewhere-1; none is known here" in line.formula, line.item
    disks = next(line for line in cost.lines if line.item == "Disks")
    assert disks.formula.startswith("500 GB (2 x 250 GB) x $")


def test_what_stays_between_the_hours_is_paid_for_all_month(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    """Steps empty the pool with GPUs and leave the rest of the cluster standing; a stopped machine keeps its disk."""
    option = first(SERVICE, starter_offers, starter_models).model_copy(update={"hours_per_month": 200.0})
    beside = Helpers("Pool", "m1", 2, option.offer.model_copy(update={"price_per_hour_usd": 0.5}))
    held = Disks(500.0, "300 GB of the machines, 200 GB of volumes", of_machines_gb=300.0)

    def lines(stays: Stays) -> dict[str, float]:
        cost = cost_breakdown(option, SERVICE, PRICES, helpers=(beside,), disks=held, stays=stays)
        assert cost.monthly_usd == pytest.approx(sum(line.monthly_usd or 0.0 for line in cost.lines))
        return {line.item: line.monthly_usd or 0.0 for line in cost.lines}

    back, stopped, stands = lines("nothing"), lines("disks"), lines("cluster")
    share = 730 / 200
    assert stands["Pool: 2 x m1"] == pytest.approx(2 * 0.5 * 730) == pytest.approx(back["Pool: 2 x m1"] * share)
    assert stands["Kubernetes control plane"] == pytest.approx(back["Kubernetes control plane"] * share)
    assert stopped["Disks"] == pytest.approx(back["Disks"] * share)
    assert stands["Disks that stay"] == pytest.approx(stopped["Disks"] * 200 / 500)
    assert stands["Disks of the machines"] == pytest.approx(back["Disks"] * 300 / 500)


def test_a_run_pays_for_its_hours_and_the_month_for_what_stays(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(TRAINING, starter_offers, starter_models)
    standing = cost_breakdown(option, TRAINING, PRICES, stays="cluster")
    alone = cost_breakdown(option, TRAINING, PRICES)
    assert standing.job_usd == alone.job_usd
    assert option.hours_per_month < 730
    assert standing.monthly_usd > alone.monthly_usd


@pytest.mark.parametrize(
    ("hours", "stays", "part"), [(730.0, "nothing", 1.0), (73.0, "nothing", 0.1), (73.0, "cluster", 1.0)]
)
def test_a_file_system_that_machines_share_is_paid_while_it_is_there(
    hours: float, stays: Stays, part: float, starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    option = first(SERVICE, starter_offers, starter_models).model_copy(update={"hours_per_month": hours})
    provider = option.offer.provider
    known = price("file_storage", "gb_month", 0.3, "elsewhere").model_copy(update={"provider": provider})
    disks = Disks(0.0, "no disk of its own", shared_gb=500.0, shared_by="efs")
    for prices, paid in (((known,), 150.0 * part), ((), None)):
        cost = cost_breakdown(option, SERVICE, prices, disks=disks, stays=stays)
        [line] = [line for line in cost.lines if line.item == "Disks that are shared"]
        assert line.monthly_usd == (pytest.approx(paid) if paid is not None else None)
        assert ("of elsewhere; none is known here" in line.formula) is (paid is not None)
        assert "no price known" in line.formula or paid is not None


def test_the_catalogue_prices_the_file_system_that_steps_on_aws_make() -> None:
    [row] = [cited.fact for cited in read_compute().services if cited.fact.kind == "file_storage"]
    assert (row.provider, row.unit, row.price_usd) == ("aws", "gb_month", 0.3)
