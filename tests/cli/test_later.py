"""Commands whose modules wait until they are run."""

import inspect

import pytest
from typer.main import get_group

from cli import app
from server.commands.later import _brought, _waiting


@pytest.mark.parametrize("name", sorted(_waiting))
def test_the_help_of_all_says_of_it_what_its_own_help_says(name: str) -> None:
    said = get_group(app).commands[name].help
    own = inspect.cleandoc(_brought(name).help or "").splitlines()[0]
    assert said == own
