"""Which of the three ways this server knows its users: none (one local user), its own accounts, another's tokens."""

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from domain.errors import WrongSettings
from server.identity.keys import PublicKeys
from server.identity.throttle import Throttle
from server.identity.tokens import Issuers, Tokens
from settings import Settings

Provider = Literal["nobody", "builtin", "external"]
MIN_SECRET_BYTES = 32
"""RFC 7518, 3.2: a key of HS256 is at least as long as its hash."""
KEYS_PATH = ".well-known/jwks.json"


@dataclass(frozen=True)
class Identity:
    """How users are known. Without `tokens` everything is the one local user's."""

    provider: Provider
    tokens: Tokens | None
    throttle: Throttle
    signup: bool = False

    @property
    def required(self) -> bool:
        """Whether a request needs a user."""
        return self.tokens is not None


def identity_of(settings: Settings) -> Identity:
    """What the settings say. Raises WrongSettings for what contradicts itself or is not safe."""
    keys_url = _keys_url(settings)
    secret = settings.supabase_jwt_secret.get_secret_value().encode() if settings.supabase_jwt_secret else None
    production = settings.environment == "production"
    throttle = Throttle.over(settings.limits_storage)
    if secret is not None and len(secret) < MIN_SECRET_BYTES and production:
        raise WrongSettings(
            f"SUPABASE_JWT_SECRET has {len(secret)} bytes; one of under {MIN_SECRET_BYTES} can be guessed.",
            "Take 32 random bytes or more: openssl rand -hex 32",
        )
    if secret is None and keys_url is None:
        if settings.auth_provider != "auto":
            raise WrongSettings(
                f"AUTH_PROVIDER={settings.auth_provider} has nothing to verify tokens with.",
                "Set SUPABASE_JWT_SECRET, SUPABASE_PROJECT_URL or JWKS_URL.",
            )
        if production:
            raise WrongSettings(
                "ENVIRONMENT=production needs authentication, and none is set up.",
                "Set SUPABASE_JWT_SECRET, SUPABASE_PROJECT_URL or JWKS_URL; docs/operations.md tells which.",
            )
        return Identity("nobody", None, throttle)
    builtin = settings.auth_provider == "builtin" or (settings.auth_provider == "auto" and keys_url is None)
    if builtin and secret is None:
        raise WrongSettings(
            "AUTH_PROVIDER=builtin has no secret to sign tokens with.", "Set SUPABASE_JWT_SECRET: openssl rand -hex 32"
        )
    tokens = Tokens(
        audience=settings.jwt_audience,
        issuers=Issuers(_issuer(settings), keys_url),
        secret=secret,
        keys=None if keys_url is None else PublicKeys(keys_url),
    )
    return Identity("builtin" if builtin else "external", tokens, throttle, signup=builtin and settings.auth_signup)


def refuse_open_door(settings: Settings) -> None:
    """Without authentication only this machine may ask. Raises WrongSettings for any other address."""
    if identity_of(settings).required or is_loopback(settings.api_host):
        return
    raise WrongSettings(
        f"API_HOST={settings.api_host} would let everybody in: there is no authentication.",
        "Set SUPABASE_JWT_SECRET (openssl rand -hex 32), or API_HOST=127.0.0.1.",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _keys_url(settings: Settings) -> str | None:
    url = settings.jwks_url or settings.supabase_project_url
    if url is None:
        return None
    name = "JWKS_URL" if settings.jwks_url else "SUPABASE_PROJECT_URL"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("https", "http"):
        raise WrongSettings(f"{name} is not a URL.", "Write it as https://HOST/...")
    if parts.scheme == "http" and not is_loopback(host):
        raise WrongSettings(f"{name} must begin with https://.", "Over http anybody on the way can name the keys.")
    return url if settings.jwks_url else f"{url.rstrip('/')}/auth/v1/{KEYS_PATH}"


def _issuer(settings: Settings) -> str | None:
    if settings.jwt_issuer:
        return settings.jwt_issuer
    return f"{settings.supabase_project_url.rstrip('/')}/auth/v1" if settings.supabase_project_url else None
