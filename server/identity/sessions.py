"""The page's sessions: a random token in a cookie that no script reads, and the user it stands for in the database."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from database import Database

COOKIE = "stack8s_session"
LIFE_S = 12 * 3600


async def begin(database: Database, user: str, *, life_s: int = LIFE_S) -> str:
    """A new session's token; sessions that are over go at the same time."""
    token = secrets.token_urlsafe(32)
    until = datetime.now(UTC) + timedelta(seconds=life_s)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM stack8s_identity.sessions WHERE expires_at <= now()")
        await connection.execute(
            "INSERT INTO stack8s_identity.sessions (token_hash, user_id, expires_at) VALUES (%s, %s, %s)",
            (_hash(token), user, until),
        )
    return token


async def user_of_session(database: Database, token: str) -> str | None:
    """The user who is signed in with it, if it is still good."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT user_id FROM stack8s_identity.sessions WHERE token_hash = %s AND expires_at > now()",
            (_hash(token),),
        )
        row = await cursor.fetchone()
    return None if row is None else row["user_id"]


async def end(database: Database, token: str) -> None:
    """Signs out; an unknown token changes nothing."""
    async with database.connection() as connection:
        await connection.execute("DELETE FROM stack8s_identity.sessions WHERE token_hash = %s", (_hash(token),))


def set_cookie(response: Response, request: HTTPConnection, token: str) -> None:
    """For this server only, never to another site, never to a script, and over TLS only where TLS is spoken."""
    response.set_cookie(
        cookie_name(request), token, max_age=LIFE_S, path="/", secure=_tls(request), httponly=True, samesite="strict"
    )


def drop_cookie(response: Response, request: HTTPConnection) -> None:
    response.delete_cookie(cookie_name(request), path="/", secure=_tls(request), httponly=True, samesite="strict")


def cookie_name(request: HTTPConnection) -> str:
    """With its prefix a browser takes the cookie from this very host over TLS, and from no neighbour of it."""
    return f"__Host-{COOKIE}" if _tls(request) else COOKIE


def session_token(request: HTTPConnection) -> str | None:
    """What the browser sent, if it can be a token at all."""
    token = request.cookies.get(cookie_name(request), "")
    return token if 0 < len(token) <= 64 and token.isascii() else None


def _tls(request: HTTPConnection) -> bool:
    return request.url.scheme == "https"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
