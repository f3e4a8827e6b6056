"""Access tokens (RFC 7519, RFC 8725): who is asking, or a refusal that says nothing more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import jwt

from domain.errors import Unauthenticated
from server.identity.keys import KeyAlgorithm, PublicKey, PublicKeys

MAX_TOKEN_CHARACTERS = 8192
MAX_NAME_CHARACTERS = 255
LEEWAY_S = 30
"""How far two machines' clocks may differ."""
REQUIRED = ["exp", "sub", "aud"]
BUILTIN_ISSUER = "stack8s"

_SUPABASE_ISSUER = re.compile(r"https://[a-z0-9-]{1,63}\.supabase\.(?:co|in|red)/auth/v1")


@dataclass(frozen=True)
class Issuers:
    """Whose tokens are taken. Where no issuer is told, the secret's own: ours, and those of a Supabase project."""

    expected: str | None
    keys_url: str | None = None

    def accept(self, issuer: object) -> bool:
        """Whether a token may come from there; one that names nobody only where nobody is expected."""
        if self.expected is not None:
            return issuer == self.expected
        if issuer is None:
            return True
        if not isinstance(issuer, str):
            return False
        if issuer == BUILTIN_ISSUER or _SUPABASE_ISSUER.fullmatch(issuer):
            return True
        return self.keys_url is not None and _origin(issuer) == _origin(self.keys_url)

    @property
    def own(self) -> str:
        """What the built-in provider writes into its tokens."""
        return self.expected or BUILTIN_ISSUER


@dataclass(frozen=True)
class Holder:
    """Whose token it is, and how long it is still good."""

    user: str
    expires_in_s: int


@dataclass(frozen=True)
class Tokens:
    """Verifies tokens: HS256 with the secret, RS256 and ES256 with the provider's keys, and nothing else.

    The algorithm decides the key before anything is verified, so that a public key is never taken for a secret.
    """

    audience: str
    issuers: Issuers
    secret: bytes | None = field(default=None, repr=False)
    keys: PublicKeys | None = None

    async def user(self, token: str) -> str:
        """The user whose token it is. Raises Unauthenticated, and IdentityUnavailable without keys."""
        return (await self.holder(token)).user

    async def holder(self, token: str) -> Holder:
        """The same, with the time that is left."""
        if not 0 < len(token) <= MAX_TOKEN_CHARACTERS or not token.isascii():
            raise refused()
        try:
            header = jwt.get_unverified_header(token)
        except _UNREADABLE:
            raise refused() from None
        algorithm = header.get("alg")
        key = await self._key(algorithm, header)
        if key is None:
            raise refused()
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[str(algorithm)],
                audience=self.audience,
                leeway=LEEWAY_S,
                options={"require": REQUIRED},
            )
        except _UNREADABLE:
            raise refused() from None
        left_s = int(claims["exp"]) - int(datetime.now(UTC).timestamp())
        return Holder(self._subject(claims), max(0, left_s))

    def issue(self, user: str, *, life_s: int) -> str:
        """A token of our own for `user`. Only where there is a secret."""
        assert self.secret is not None
        now = datetime.now(UTC)
        claims = {
            "iss": self.issuers.own,
            "aud": self.audience,
            "sub": user,
            "role": "authenticated",
            "iat": now,
            "exp": now + timedelta(seconds=life_s),
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self.secret, algorithm="HS256")

    async def _key(self, algorithm: object, header: Mapping[str, object]) -> bytes | PublicKey | None:
        if algorithm == "HS256":
            return self.secret
        if algorithm not in ("RS256", "ES256") or self.keys is None:
            return None
        kind: KeyAlgorithm = "RS256" if algorithm == "RS256" else "ES256"
        key_id = header.get("kid")
        if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_NAME_CHARACTERS:
            return None
        return await self.keys.key(kind, key_id)

    def _subject(self, claims: Mapping[str, object]) -> str:
        subject = claims["sub"]
        if not self.issuers.accept(claims.get("iss")) or claims.get("role") == "anon":
            raise refused()
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_NAME_CHARACTERS:
            raise refused()
        if not subject.isprintable() or subject.isspace():
            raise refused()
        return subject


def refused() -> Unauthenticated:
    """The same words for every kind of wrong token: which check failed helps only who forges one."""
    error = Unauthenticated("The access token is not valid.", "Sign in again and send the new token.")
    error.challenge = f'{Unauthenticated.challenge}, error="invalid_token"'
    return error


def missing() -> Unauthenticated:
    """No token at all."""
    return Unauthenticated(
        "This needs an access token.", "Sign in, then send it in the header Authorization: Bearer TOKEN."
    )


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc) if parts.netloc else None


# What decoding a stranger's text can raise beside PyJWT's own: numbers without end, nesting without end, odd types.
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError, AttributeError)
