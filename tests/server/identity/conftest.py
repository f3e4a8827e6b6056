"""Servers that know their users, and tokens as an identity provider would make them."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import jwt
import pytest
from pydantic import SecretStr

from database import Database
from settings import Settings

SECRET = "a secret of this test and of nothing else"
Serving = Callable[[Settings], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def secured_settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"supabase_jwt_secret": SecretStr(SECRET)})


@pytest.fixture(scope="session")
def secured(secured_settings: Settings, database: Database, serving: Serving) -> Iterator[str]:
    """The URL of a server with a secret and accounts of its own."""
    with serving(secured_settings) as url:
        yield url


def token_of(user: str, secret: str | bytes = SECRET, **claims: object) -> str:
    """A valid token for `user`, but for the claims given; None leaves one out."""
    whole = {"aud": "authenticated", "sub": user, "exp": int(time.time()) + 600, **claims}
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, secret, algorithm="HS256")


@pytest.fixture(scope="session")
def as_user(secured: str) -> Iterator[Callable[[str], httpx.Client]]:
    """A client that sends a user's token."""
    clients: list[httpx.Client] = []

    def client(user: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token_of(user)}"}
        clients.append(httpx.Client(base_url=secured, timeout=60, headers=headers))
        return clients[-1]

    yield client
    for opened in clients:
        opened.close()


@pytest.fixture(scope="session")
def stranger(secured: str) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=secured, timeout=60) as client:
        yield client
