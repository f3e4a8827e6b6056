"""Which tokens are taken. Every forgery is refused in the same words."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import IdentityUnavailable, Unauthenticated
from server.identity.keys import PublicKeys
from server.identity.tokens import MAX_TOKEN_CHARACTERS, Issuers, Tokens

SECRET = b"a secret of this test and of nothing else"
ISSUER = "https://abcdefgh.supabase.co/auth/v1"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
JWKS_URL = "https://abcdefgh.supabase.co/auth/v1/.well-known/jwks.json"


def claims(**changed: object) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": "authenticated", "sub": "ada", "iat": now, "exp": now + 3600, **changed}
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Any, algorithm: str, header: dict[str, Any] | None = None, **changed: object) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=header)


def segment(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(header: object, payload: object, secret: bytes = SECRET) -> str:
    """Signed with HS256, whatever the header says."""
    body = f"{segment(header)}.{segment(payload)}"
    return f"{body}.{segment(hmac.digest(secret, body.encode(), hashlib.sha256))}"


def public_jwk(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, key_id: str, **more: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())
    else:
        public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())
    return {**json.loads(public), "kid": key_id, "use": "sig", **more}


KEYS = {"keys": [public_jwk(RSA_KEY, "r1", alg="RS256"), public_jwk(EC_KEY, "e1", alg="ES256")]}


class Provider:
    """An identity provider's key address, and how often it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.asked = 0
        self.now = 0.0
        self.answer = answer or (lambda _: httpx.Response(200, json=KEYS))
        self.keys = PublicKeys(JWKS_URL, transport=httpx.MockTransport(self._serve), clock=lambda: self.now)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.answer(request)


def verifier(provider: Provider | None = None, issuer: str | None = ISSUER) -> Tokens:
    return Tokens("authenticated", Issuers(issuer), SECRET, (provider or Provider()).keys)


@pytest.mark.parametrize(
    "token",
    [signed(SECRET, "HS256"), signed(RSA_KEY, "RS256", {"kid": "r1"}), signed(EC_KEY, "ES256", {"kid": "e1"})],
    ids=["secret", "RSA", "EC"],
)
async def test_a_good_token_names_its_user(token: str) -> None:
    assert await verifier().user(token) == "ada"


RSA_PUBLIC_PEM = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
GOOD = signed(SECRET, "HS256")
FORGED = {
    "alg none": f"{segment({'alg': 'none'})}.{segment(claims())}.",
    "alg None, with a signature": by_hand({"alg": "None"}, claims()),
    "alg missing": by_hand({"typ": "JWT"}, claims()),
    "alg a list": by_hand({"alg": ["HS256"]}, claims()),
    "the public key taken for a secret": by_hand({"alg": "HS256", "kid": "r1"}, claims(), RSA_PUBLIC_PEM),
    "the public key's modulus taken for a secret": by_hand(
        {"alg": "HS256", "kid": "r1"}, claims(), KEYS["keys"][0]["n"].encode()
    ),
    "RS256 in the header, signed with the secret": by_hand({"alg": "RS256", "kid": "r1"}, claims()),
    "an algorithm not in the list": signed(SECRET * 2, "HS512"),
    "PS256 with a known key": signed(RSA_KEY, "PS256", {"kid": "r1"}),
    "another secret": signed(b"another secret of the same good length", "HS256"),
    "an empty secret": by_hand({"alg": "HS256"}, claims(), b""),
    "another's key under a known id": signed(OTHER_KEY, "RS256", {"kid": "r1"}),
    "an EC key's id for RSA": signed(RSA_KEY, "RS256", {"kid": "e1"}),
    "a key in the token itself": signed(OTHER_KEY, "RS256", {"kid": "x", "jwk": public_jwk(OTHER_KEY, "x")}),
    "a key address in the token itself": signed(OTHER_KEY, "RS256", {"kid": "x", "jku": "https://evil.example/"}),
    "no key id": signed(RSA_KEY, "RS256"),
    "an unknown key id": signed(RSA_KEY, "RS256", {"kid": "r2"}),
    "a key id that is a path": signed(RSA_KEY, "RS256", {"kid": "../../dev/null"}),
    "a key id that is SQL": signed(RSA_KEY, "RS256", {"kid": "r1' UNION SELECT 'x' -- "}),
    "a key id that is long": signed(RSA_KEY, "RS256", {"kid": "r" * 4000}),
    "a key id that is no text": by_hand({"alg": "RS256", "kid": {"r": 1}}, claims()),
    "an extension it must understand": by_hand({"alg": "HS256", "crit": ["x"], "x": 1}, claims()),
    "another audience": signed(SECRET, "HS256", aud="anon"),
    "no audience": signed(SECRET, "HS256", aud=None),
    "another issuer": signed(SECRET, "HS256", iss="https://evil.example/auth/v1"),
    "the issuer as a list": by_hand({"alg": "HS256"}, claims(iss=[ISSUER])),
    "no issuer": signed(SECRET, "HS256", iss=None),
    "expired": signed(SECRET, "HS256", exp=int(time.time()) - 120),
    "no expiry": signed(SECRET, "HS256", exp=None),
    "an expiry without end": by_hand({"alg": "HS256"}, json.dumps(claims(exp=float("inf"))).encode()),
    "an expiry that is a text": by_hand({"alg": "HS256"}, claims(exp="tomorrow")),
    "not yet valid": signed(SECRET, "HS256", nbf=int(time.time()) + 3600),
    "issued in the future": signed(SECRET, "HS256", iat=int(time.time()) + 3600),
    "no subject": signed(SECRET, "HS256", sub=None),
    "an empty subject": signed(SECRET, "HS256", sub=""),
    "a blank subject": signed(SECRET, "HS256", sub="  "),
    "a subject with a NUL": signed(SECRET, "HS256", sub="ada\0"),
    "a long subject": signed(SECRET, "HS256", sub="a" * 300),
    "a subject that is a number": by_hand({"alg": "HS256"}, claims(sub=7)),
    "Supabase's public anon key": signed(SECRET, "HS256", role="anon"),
    "huge": signed(SECRET, "HS256", padding="x" * MAX_TOKEN_CHARACTERS),
    "truncated": GOOD[:-5],
    "without its signature": GOOD.rsplit(".", 1)[0] + ".",
    "one part": "abc",
    "empty": "",
    "not ASCII": GOOD + "é",
    "claims that are a list": by_hand({"alg": "HS256"}, []),
    "claims nested without end": by_hand({"alg": "HS256"}, b"[" * 4000),
    "a header nested without end": f"{segment(b'[' * 4000)}.{segment(claims())}.x",
    "claims of another token": ".".join(
        (GOOD.split(".")[0], segment(claims(sub="eve")), GOOD.split(".")[2])
    ),
}  # fmt: skip


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused_in_the_same_words(token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await verifier().user(token)
    assert refused.value.message == "The access token is not valid."
    assert refused.value.challenge == 'Bearer realm="stack8s", error="invalid_token"'
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("issuer", "taken"),
    [(None, True), ("stack8s", True), (ISSUER, True), ("https://evil.example/auth/v1", False), ("supabase.co", False)],
)
async def test_a_secret_alone_takes_its_own_and_supabases_issuers(issuer: str | None, taken: bool) -> None:
    token = signed(SECRET, "HS256", iss=issuer)
    if taken:
        assert await verifier(issuer=None).user(token) == "ada"
    else:
        with pytest.raises(Unauthenticated):
            await verifier(issuer=None).user(token)


async def test_without_a_secret_no_symmetric_token_is_taken() -> None:
    tokens = Tokens("authenticated", Issuers(ISSUER), None, Provider().keys)
    with pytest.raises(Unauthenticated):
        await tokens.user(by_hand({"alg": "HS256"}, claims(), b""))


async def test_keys_are_asked_for_once_and_again_when_they_are_old() -> None:
    provider = Provider()
    token = signed(RSA_KEY, "RS256", {"kid": "r1"})
    for provider.now in (0.0, 1.0, 500.0):
        await verifier(provider).user(token)
    assert provider.asked == 1
    provider.now = 700.0
    await verifier(provider).user(token)
    assert provider.asked == 2


async def test_a_new_key_is_found_and_unknown_ids_ask_no_more_than_twice_a_minute() -> None:
    provider = Provider()
    await verifier(provider).user(signed(RSA_KEY, "RS256", {"kid": "r1"}))
    provider.answer = lambda _: httpx.Response(200, json={"keys": [public_jwk(OTHER_KEY, "r2")]})
    provider.now = 60.0
    assert await verifier(provider).user(signed(OTHER_KEY, "RS256", {"kid": "r2"})) == "ada"
    for number in range(50):
        provider.now += 0.1
        with pytest.raises(Unauthenticated):
            await verifier(provider).user(signed(RSA_KEY, "RS256", {"kid": f"made-up-{number}"}))
    assert provider.asked == 2


async def test_a_withdrawn_key_stops_working() -> None:
    provider = Provider()
    token = signed(RSA_KEY, "RS256", {"kid": "r1"})
    await verifier(provider).user(token)
    provider.answer = lambda _: httpx.Response(200, json={"keys": [public_jwk(OTHER_KEY, "r2")]})
    provider.now = 700.0
    with pytest.raises(Unauthenticated):
        await verifier(provider).user(token)


def _redirects(request: httpx.Request) -> httpx.Response:
    elsewhere = {"Location": "https://evil.example/keys"}
    return httpx.Response(302, headers=elsewhere) if request.url == JWKS_URL else httpx.Response(200, json=KEYS)


def _hangs(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too long")


@pytest.mark.parametrize(
    "answer",
    [
        _redirects,
        _hangs,
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={"keys": "none"}),
        lambda _: httpx.Response(200, content=b" " * 300_000),
    ],
    ids=["redirect", "hang", "fault", "page", "no keys", "endless"],
)
async def test_keys_that_cannot_be_had_are_a_failure_of_the_provider_and_not_asked_for_at_once_again(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    provider = Provider(answer)
    for _ in range(3):
        with pytest.raises(IdentityUnavailable):
            await verifier(provider).user(signed(RSA_KEY, "RS256", {"kid": "r1"}))
    assert provider.asked == 1


async def test_known_keys_outlive_a_failure_of_the_provider_but_not_for_long() -> None:
    provider = Provider()
    token = signed(RSA_KEY, "RS256", {"kid": "r1"})
    await verifier(provider).user(token)
    provider.answer = _hangs
    provider.now = 1800.0
    assert await verifier(provider).user(token) == "ada"
    provider.now = 4000.0
    with pytest.raises(IdentityUnavailable):
        await verifier(provider).user(token)


async def test_a_provider_that_drips_is_left() -> None:
    async def drip(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    keys = PublicKeys(JWKS_URL, transport=httpx.MockTransport(drip), timeout_s=0.05)
    with pytest.raises(IdentityUnavailable):
        await keys.key("RS256", "r1")


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "r1", "k": segment(SECRET)},
        public_jwk(RSA_KEY, "r1", use="enc"),
        public_jwk(RSA_KEY, "r1", alg="RS512"),
        public_jwk(rsa.generate_private_key(public_exponent=65537, key_size=1024), "r1"),
        public_jwk(ec.generate_private_key(ec.SECP384R1()), "r1"),
        {"kty": "RSA", "kid": "r1", "n": "AQAB"},
        {"kty": "RSA", "kid": 1},
    ],
    ids=["symmetric", "for encryption", "for another algorithm", "short", "another curve", "half", "id a number"],
)
async def test_a_key_that_is_not_for_this_is_no_key(key: dict[str, Any]) -> None:
    keys = Provider(lambda _: httpx.Response(200, json={"keys": [key]})).keys
    assert await keys.key("RS256", "r1") is None
    assert await keys.key("ES256", "r1") is None
