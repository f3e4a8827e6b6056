"""Each Terraform module has only arguments that its providers and modules take, and all that they demand."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest
import tree_sitter_hcl
import yaml
from tree_sitter import Language, Parser

from artifacts.bundle.terraform import terraform_files
from tests.artifacts.printed import Node
from tests.artifacts.sample_plan import offer, option

_EXPRESSION = re.compile(r"(?<!\$)\$\{(.*?)\}")
_NAMED = re.compile(r"\b(var|data|module|local|[a-z]+_[a-z_]+)\.([\w-]+)(?:\.([\w-]+))?")
_META = frozenset({"source", "version", "for_each", "count", "depends_on", "lifecycle", "provider", "providers"})


@lru_cache
def arguments() -> Mapping[str, Mapping[str, bool]]:
    """Block -> argument -> whether it is demanded."""
    text = Path(__file__).with_name("terraform_arguments.yaml").read_text(encoding="utf-8")
    return {
        block: {name.rstrip("!"): name.endswith("!") for name in names} for block, names in yaml.safe_load(text).items()
    }


def modules(bundles: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Mapping[str, Node]]]:
    for name, files in bundles.items():
        for path, text in files.items():
            if path.endswith("main.tf.json"):
                yield f"{name} {path}", json.loads(text)


async def test_every_argument_is_one_that_is_taken_and_none_is_missing(
    bundles: Mapping[str, Mapping[str, str]],
) -> None:
    found = dict(modules(bundles))
    assert len(found) >= 10
    assert {name: wrong for name, module in found.items() if (wrong := list(faults(module)))} == {}


async def test_every_expression_is_one_and_names_what_is_there(bundles: Mapping[str, Mapping[str, str]]) -> None:
    parser = Parser(Language(tree_sitter_hcl.language()))
    assert parser.parse(b"value = var.\n").root_node.has_error
    for name, module in modules(bundles):
        for expression in _EXPRESSION.findall(json.dumps(module).replace('\\"', '"')):
            assert not parser.parse(f"value = {expression}\n".encode()).root_node.has_error, (name, expression)
            for kind, first, second in _NAMED.findall(expression):
                block = {"var": "variable"}.get(kind, kind)
                there = part(module, block, first) if block in ("variable", "module") else (
                    part(module, "data", first, second) if block == "data" else part(module, "resource", kind, first)
                )  # fmt: skip
                assert there is not None, (name, expression)
        declared = part(module, "variable") or {}
        assert isinstance(declared, Mapping)
        assert {variable for variable in declared if f"var.{variable}" not in json.dumps(module)} == set(), name


def test_a_wrong_argument_and_a_missing_one_are_found() -> None:
    pool: Mapping[str, Node] = {"cluster": "x", "node_config": {"machine": "g2-standard-4"}}
    module: Mapping[str, Node] = {"resource": {"google_container_node_pool": {"one": pool}}}
    assert list(faults(module)) == ["google_container_node_pool.node_config has no machine"]
    assert "azurerm_resource_group lacks location" in list(
        faults({"resource": {"azurerm_resource_group": {"here": {"name": "x"}}}})
    )


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure"])
def test_machines_of_spot_are_asked_for_as_such(provider: str) -> None:
    spot = option(offer=offer(provider, pricing="spot", seller="hyperscaler"))
    (text,) = terraform_files([spot], ()).values()
    assert list(faults(json.loads(text))) == []
    assert {"aws": '"SPOT"', "gcp": '"spot": true', "azure": "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"}[
        provider
    ] in text


def faults(module: Mapping[str, Node]) -> Iterator[str]:
    resources, used = part(module, "resource") or {}, part(module, "module") or {}
    assert isinstance(resources, Mapping)
    assert isinstance(used, Mapping)
    for kind, named in resources.items():
        assert isinstance(named, Mapping)
        for held in named.values():
            yield from _of(kind, held)
    for held in used.values():
        assert isinstance(held, Mapping)
        source = f"module.{held['source']}"
        yield from _of(source, held)
        groups = held.get("eks_managed_node_groups") or {}
        assert isinstance(groups, Mapping)
        for group in groups.values():
            yield from _of(f"{source}.group", group)


def _of(block: str, held: Node) -> Iterator[str]:
    known = arguments().get(block)
    if isinstance(held, list):
        for one in held:
            yield from _of(block, one)
        return
    if known is None or not isinstance(held, Mapping):
        if known is None and block.count(".") == 0:
            yield f"nothing is known of {block}"
        return
    yield from (f"{block} has no {name}" for name in held if name not in known and name not in _META)
    yield from (f"{block} lacks {name}" for name, demanded in known.items() if demanded and name not in held)
    for name, inner in held.items():
        yield from _of(f"{block}.{name}", inner)


def part(node: Node, *names: str) -> Node:
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
