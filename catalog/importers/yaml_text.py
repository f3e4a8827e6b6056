"""YAML of strangers: mappings, lists and text, and nothing that a YAML file could make of itself.

Values stay as they are written, so that version 1.10 does not become the number 1.1. Aliases are refused: a file of
a few lines of them is billions of values long.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Union

import yaml

from catalog.files import refuse
from catalog.importers.reading import whole_text

Value = Union[str, None, "Mapping", list["Value"]]
DEEPEST = 40
NULL = {"", "~", "null", "Null", "NULL"}
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mapping(dict[str, "Value"]):
    """A mapping, with the line it begins on."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line

    def text(self, name: str) -> str | None:
        """The value where it is text."""
        value = self.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> list[str]:
        """Its items that are text, where it is a list."""
        value = self.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def mapping(self, name: str) -> "Mapping":
        """The value where it is a mapping, else an empty one."""
        value = self.get(name)
        return value if isinstance(value, Mapping) else Mapping(self.line)

    def mappings(self, name: str) -> list["Mapping"]:
        """Its items that are mappings, where it is a list."""
        value = self.get(name)
        return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def yaml_mapping(path: Path) -> Mapping:
    """The one mapping that the file is. Raises ImportRefused, naming the line."""
    text = whole_text(path)
    if text.lstrip().startswith("<"):
        refuse(path, 1, "is a web page, not YAML")
    try:
        root = _root(path, text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "wrong character"
        refuse(path, mark.line + 1 if mark else None, f"is not YAML: {problem}")
    if not isinstance(root, Mapping):
        refuse(path, 1, "is not a mapping")
    return root


def _root(path: Path, text: str) -> Value:
    root: Value = None
    open_: list[Mapping | list[Value]] = []
    keys: list[str | None] = []
    for event, line in _events(path, text):
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
            keys.pop()
            continue
        value = _value(event, line)
        if not open_:
            root = value
        elif isinstance(top := open_[-1], list):
            top.append(value)
        elif keys[-1] is None:
            if not isinstance(event, yaml.ScalarEvent):
                refuse(path, line, "has a key that is no text")
            keys[-1] = event.value
            continue
        else:
            top[keys[-1]] = value
            keys[-1] = None
        if isinstance(value, Mapping | list):
            if len(open_) == DEEPEST:
                refuse(path, line, f"nests more than {DEEPEST} deep")
            open_.append(value)
            keys.append(None)
    return root


def _events(path: Path, text: str) -> Iterator[tuple[yaml.Event, int]]:
    documents = 0
    for event in yaml.parse(text, Loader=Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            refuse(path, line, "uses an alias, which no such file needs")
        tag = event.tag if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) else None
        if tag and "python" in tag:
            refuse(path, line, "has a tag that makes objects")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                refuse(path, line, "begins a second document")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event, line


def _value(event: yaml.Event, line: int) -> Value:
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(line)
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if not isinstance(event, yaml.ScalarEvent) or (event.style is None and event.value in NULL):
        return None
    return str(event.value)
