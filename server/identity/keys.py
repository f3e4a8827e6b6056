"""The public keys of an identity provider (RFC 7517), fetched when needed and kept for a while."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import BaseModel, ValidationError

from domain.errors import IdentityUnavailable

KeyAlgorithm = Literal["RS256", "ES256"]
PublicKey = RSAPublicKey | EllipticCurvePublicKey

FETCH_TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
FRESH_S = 600.0
"""So long the keys are believed without asking again: a withdrawn key stops working within it."""
STALE_S = 3600.0
"""So long they serve while the provider cannot be reached."""
UNKNOWN_KEY_EVERY_S = 30.0
"""A token with a key id nobody knows asks the provider again at most this often."""
RETRY_EVERY_S = 5.0
MIN_RSA_BITS = 2048

log = logging.getLogger(__name__)


class _KeySet(BaseModel):
    keys: list[dict[str, object]]


class PublicKeys:
    """The keys at one address. A redirect is not followed: it would let another host name the keys."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        timeout_s: float = FETCH_TIMEOUT_S,
    ) -> None:
        self._url = url
        self._transport = transport
        self._clock = clock
        self._timeout_s = timeout_s
        self._fetching = asyncio.Lock()
        self._keys: dict[tuple[str, KeyAlgorithm], PublicKey] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None

    async def key(self, algorithm: KeyAlgorithm, key_id: str) -> PublicKey | None:
        """The key that a token's header names; null where the provider has none of that id and kind.

        Raises IdentityUnavailable when there are no keys to look in.
        """
        if self._age() > FRESH_S:
            await self._refresh(UNKNOWN_KEY_EVERY_S if self._keys else RETRY_EVERY_S)
        if (key_id, algorithm) not in self._keys:
            await self._refresh(UNKNOWN_KEY_EVERY_S)
        if self._age() > STALE_S:
            raise IdentityUnavailable("The identity provider cannot be reached.", "Try again in a moment.")
        return self._keys.get((key_id, algorithm))

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    async def _refresh(self, at_most_every_s: float) -> None:
        """Asks the provider, once for everybody who waits, and not again within the time."""
        arrived = self._clock()
        async with self._fetching:
            if self._asked_at is not None and max(arrived, self._asked_at) - self._asked_at < at_most_every_s:
                return
            try:
                self._keys = await self._fetch()
                self._fetched_at = self._clock()
            except (httpx.HTTPError, TimeoutError, ValueError) as error:
                log.warning("the identity provider's keys cannot be read: %s", type(error).__name__)
            self._asked_at = self._clock()

    async def _fetch(self) -> dict[tuple[str, KeyAlgorithm], PublicKey]:
        body = bytearray()
        async with (
            asyncio.timeout(self._timeout_s),
            httpx.AsyncClient(transport=self._transport, timeout=self._timeout_s, follow_redirects=False) as client,
            client.stream("GET", self._url, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise ValueError("too long")
        try:
            found = _KeySet.model_validate_json(bytes(body)).keys
        except ValidationError:
            raise ValueError("no key set") from None
        return dict(entry for key in found if (entry := _usable(key)) is not None)


def _usable(key: dict[str, object]) -> tuple[tuple[str, KeyAlgorithm], PublicKey] | None:
    """A public signing key under its id and the one algorithm it is for; a symmetric key never is one."""
    key_id, use = key.get("kid"), key.get("use", "sig")
    if not isinstance(key_id, str) or use != "sig":
        return None
    algorithm: KeyAlgorithm
    if key.get("kty") == "RSA":
        algorithm = "RS256"
    elif key.get("kty") == "EC":
        algorithm = "ES256"
    else:
        return None
    if key.get("alg", algorithm) != algorithm:
        return None
    try:
        public = jwt.PyJWK(key, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(public, RSAPublicKey) and public.key_size >= MIN_RSA_BITS:
        return (key_id, algorithm), public
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return (key_id, algorithm), public
    return None
