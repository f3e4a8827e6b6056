"""Tables of the project's own that stand beside the code which reads them."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter

T = TypeVar("T")


def own_yaml(path: Path, shape: type[T]) -> T:
    """A YAML file of ours, checked against its shape. Raises ValidationError where it does not hold to it.

    Read by libyaml: PyYAML's own parser takes ten times as long, and a plan reads some thirty of these files.
    """
    return TypeAdapter(shape).validate_python(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
