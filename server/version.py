"""Which release this is."""

from importlib.metadata import version

VERSION = version("stack8s-architect")
