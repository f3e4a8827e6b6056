"""Of two equal keys in one mapping YAML keeps the second and drops the first in silence: no table of ours has any."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDERS = ("artifacts", "bench", "catalog", "domain", "evals", "graph", "prompts", "server", "sizing", "tests", "tools")
TABLES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))


def twice(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        yield from {key for key in keys if keys.count(key) > 1}
        for _, value in node.value:
            yield from twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from twice(value)


def test_a_key_that_stands_twice_is_found() -> None:
    assert list(twice(yaml.compose("said: [{a: 1, b: 2, a: 3}]", Loader=yaml.CSafeLoader))) == ["a"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_key_stands_twice(folder: str) -> None:
    for path in TABLES:
        if path.relative_to(ROOT).parts[0] == folder:
            for document in yaml.compose_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
                assert not [*twice(document)], path
