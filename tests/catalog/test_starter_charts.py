"""The starter charts hold together: keys, versions, categories, references, and the breadth a plan needs."""

import re
from collections import Counter
from datetime import date

import pytest

from catalog.starter import ChartFacts, read_charts

SEMVER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
KNOWN_AS_BETA_ONLY = {"fnndsc/orthanc"}
PLACEHOLDERS = {"0.0.0", "0.0.1", "v0.0.0", "v0.0.1"}
EVERY_STACK_DRAWS_ON = {
    "analytics", "autoscaling", "backup", "batch_scheduler", "cache", "certificates", "ci_cd", "data_catalog",
    "data_labelling", "data_processing", "database", "experiment_tracking", "gateway", "gpu_support", "identity",
    "image_registry", "inference_server", "infrastructure", "medical", "messaging", "networking", "notebook",
    "object_storage", "observability", "policy", "search_engine", "secrets", "security", "service_mesh", "storage",
    "training_operator", "user_interface", "vector_database", "workflow",
}  # fmt: skip
CATEGORIES = {*EVERY_STACK_DRAWS_ON, "feature_store"}


@pytest.fixture(scope="module")
def facts() -> ChartFacts:
    return read_charts()


def numbers(version: str) -> tuple[int, ...]:
    found = SEMVER.fullmatch(version)
    assert found, f"{version} is no released version"
    return tuple(int(part) for part in found.groups())


def test_there_are_charts_enough_in_every_category(facts: ChartFacts) -> None:
    counts = Counter(chart.fact.package.category for chart in facts.charts)
    assert counts.total() >= 250
    assert set(counts) == CATEGORIES
    assert {category: counts[category] for category in EVERY_STACK_DRAWS_ON if counts[category] < 3} == {}


def test_every_version_is_a_release_and_the_newest_comes_first(facts: ChartFacts) -> None:
    for chart in (chart.fact for chart in facts.charts):
        assert chart.versions[0] == chart.package.version, chart.package.key
        if chart.package.key in KNOWN_AS_BETA_ONLY:
            assert "beta" in chart.package.description
            continue
        ordered = [numbers(version) for version in chart.versions]
        assert ordered == sorted(set(ordered), reverse=True), chart.package.key
        assert not PLACEHOLDERS & set(chart.versions), chart.package.key


def test_keys_are_in_order_and_alternatives_exist(facts: ChartFacts) -> None:
    keys = [chart.fact.package.key for chart in facts.charts]
    assert keys == sorted(keys)
    for package in (chart.fact.package for chart in facts.charts):
        assert set(package.alternatives) <= set(keys) - {package.key}, package.key


def test_an_alias_means_one_chart(facts: ChartFacts) -> None:
    owners = Counter(alias.lower() for chart in facts.charts for alias in chart.fact.aliases)
    assert [alias for alias, count in owners.items() if count > 1] == []


def test_one_repository_has_one_address(facts: ChartFacts) -> None:
    addresses: dict[str, set[str | None]] = {}
    for package in (chart.fact.package for chart in facts.charts):
        addresses.setdefault(package.repository, set()).add(package.repository_url)
        assert package.repository_url is None or package.repository_url.startswith(("https://", "oci://"))
    assert {name for name, urls in addresses.items() if len(urls) > 1} == set()
    assert {name for name, urls in addresses.items() if urls == {None}} == {"cvat"}


def test_every_chart_says_what_it_is_for_in_its_own_words(facts: ChartFacts) -> None:
    descriptions = Counter(chart.fact.package.description for chart in facts.charts)
    assert [text for text, count in descriptions.items() if count > 1 or len(text) < 35 or text[-1] != "."] == []
    for package in (chart.fact.package for chart in facts.charts):
        assert package.display_name, package.key
        assert package.keywords, package.key
        assert package.license, package.key


def test_sources_are_dated_and_all_in_use(facts: ChartFacts) -> None:
    assert {source.source_id for source in facts.sources} == {chart.source_id for chart in facts.charts}
    assert all(source.source.as_of <= date(2026, 11, 20) and source.source.url for source in facts.sources)


def test_the_project_s_own_chart_is_there_beside_a_repackaged_one(facts: ChartFacts) -> None:
    packages = {chart.fact.package.key: chart.fact.package for chart in facts.charts}
    bitnami = [package for package in packages.values() if package.repository == "bitnami"]
    assert bitnami
    assert not any(package.official for package in bitnami)
    for key in ("jetstack/cert-manager", "argo/argo-cd", "apache-airflow/airflow", "zilliztech/milvus", "kong/kong"):
        assert packages[key].official


def test_requests_are_amounts_one_pod_could_ask_for(facts: ChartFacts) -> None:
    for package in (chart.fact.package for chart in facts.charts):
        assert package.cpu_request is None or 0 < package.cpu_request <= 16, package.key
        assert package.memory_request_gib is None or 0 < package.memory_request_gib <= 64, package.key
        assert (package.cpu_request is None) == (package.memory_request_gib is None), package.key
