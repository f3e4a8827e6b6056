"""The built-in identity provider's accounts and refresh tokens, in our own tables."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from database import Database
from domain.errors import AccountExists, Unauthenticated
from server.identity.passwords import hashed, matches

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Account:
    """Who signed in, and the token that keeps them so."""

    user: UUID
    email: str
    refresh_token: str


async def sign_up(database: Database, email: str, password: str, *, life_s: int) -> Account:
    """A new account, signed in. `email` is a key of `email_key`. Raises AccountExists."""
    password_hash = await hashed(password)  # before looking: both answers take as long
    async with database.connection() as connection, connection.transaction():
        row = await _one(connection, _ADD, {"email": email, "password_hash": password_hash})
        if row is None:
            raise AccountExists("This e-mail address has an account.", "Sign in instead.")
        return Account(row["id"], email, await _issue(connection, row["id"], uuid4(), life_s))


async def sign_in(database: Database, email: str, password: str, *, life_s: int) -> Account:
    """Raises Unauthenticated, in the same words and time for an unknown account and a wrong password."""
    async with database.connection() as connection:
        row = await _one(connection, _FIND, {"email": email})
    if not await matches(password, None if row is None else row["password_hash"]) or row is None:
        raise Unauthenticated("The e-mail address or the password is wrong.", "Correct it, or sign up.")
    async with database.connection() as connection, connection.transaction():
        await connection.execute(_FORGET_OLD, {"account": row["id"]})
        return Account(row["id"], email, await _issue(connection, row["id"], uuid4(), life_s))


async def renew(database: Database, refresh_token: str, *, life_s: int) -> Account:
    """The next token of the family; the old one is spent. One that was spent before ends the whole family.

    Raises Unauthenticated.
    """
    spent = {"token": _hash(refresh_token)}
    async with database.connection() as connection, connection.transaction():
        row = await _one(connection, _SPEND, spent)
        if row is not None:
            following = await _issue(connection, row["account_id"], row["family"], life_s)
            return Account(row["account_id"], row["email"], following)
        await connection.execute(_END_FAMILY, spent)
    raise Unauthenticated("The refresh token is not valid.", "Sign in again.")


async def sign_out(database: Database, refresh_token: str) -> None:
    """Ends everything that descends from that sign-in; an unknown token changes nothing."""
    async with database.connection() as connection:
        await connection.execute(_END_FAMILY, {"token": _hash(refresh_token)})


async def sign_out_everywhere(database: Database, user: UUID) -> None:
    """Ends every sign-in of an account."""
    async with database.connection() as connection:
        await connection.execute("DELETE FROM stack8s_identity.refresh_tokens WHERE account_id = %s", (user,))


async def _issue(connection: AsyncConnection[DictRow], account: UUID, family: UUID, life_s: int) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(_ISSUE, {"token": _hash(token), "family": family, "account": account, "life_s": life_s})
    return token


def _hash(token: str) -> bytes:
    """Enough for 256 random bits, which nobody guesses."""
    return hashlib.sha256(token.encode()).digest()


async def _one(
    connection: AsyncConnection[DictRow], query: LiteralString, parameters: Mapping[str, object]
) -> DictRow | None:
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


_ADD = """
INSERT INTO stack8s_identity.accounts (email, password_hash) VALUES (%(email)s, %(password_hash)s)
ON CONFLICT (email) DO NOTHING
RETURNING id
"""
_FIND = "SELECT id, password_hash FROM stack8s_identity.accounts WHERE email = %(email)s"
_ISSUE = """
INSERT INTO stack8s_identity.refresh_tokens (token_hash, family, account_id, expires_at)
VALUES (%(token)s, %(family)s, %(account)s, now() + make_interval(secs => %(life_s)s))
"""
_SPEND = """
UPDATE stack8s_identity.refresh_tokens AS token SET used_at = now()
FROM stack8s_identity.accounts AS account
WHERE token.token_hash = %(token)s AND token.used_at IS NULL AND token.expires_at > now()
  AND account.id = token.account_id
RETURNING token.family, token.account_id, account.email
"""
_END_FAMILY = """
DELETE FROM stack8s_identity.refresh_tokens
WHERE family = (SELECT family FROM stack8s_identity.refresh_tokens WHERE token_hash = %(token)s)
"""
_FORGET_OLD = "DELETE FROM stack8s_identity.refresh_tokens WHERE account_id = %(account)s AND expires_at <= now()"
