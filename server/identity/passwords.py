"""E-mail addresses and passwords: what is taken, and how a password is kept."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from email_validator import EmailNotValidError, validate_email
from pwdlib import PasswordHash

from domain.errors import InvalidInput

MIN_CHARACTERS, MAX_CHARACTERS = 8, 128
MIN_DIFFERENT_CHARACTERS = 5
MAX_EMAIL_CHARACTERS = 254
HASHES_AT_ONCE = 2
"""argon2 takes 64 MiB and all of a core for each: more at once would starve the turns."""

_hasher = PasswordHash.recommended()
_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")


def email_key(email: str) -> str:
    """The address as accounts know it, whatever its capitals. Raises InvalidInput; asks no name server."""
    try:
        return validate_email(email, check_deliverability=False).normalized.casefold()
    except EmailNotValidError:
        raise InvalidInput("This is not an e-mail address.", "Write it as name@example.com.") from None


def refuse_weak(password: str, email: str) -> None:
    """Raises InvalidInput for a password that is guessed first. No rule asks for capitals or signs: length counts."""
    plain = _normal(password).casefold()
    if len(set(plain)) < MIN_DIFFERENT_CHARACTERS or plain in _common():
        raise InvalidInput("This password is among the first that are guessed.", "Take a few words, or a random one.")
    if plain in (email, email.partition("@")[0]):
        raise InvalidInput("The password is the e-mail address.", "Take a few words, or a random one.")


async def hashed(password: str) -> str:
    """argon2id with the library's parameters, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _normal(password))


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. Takes as long where there is no account (null)."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verified, _normal(password), password_hash)


def _verified(password: str, password_hash: str | None) -> bool:
    right = _hasher.verify(password, password_hash or _nobody())
    return right and password_hash is not None


@cache
def _nobody() -> str:
    return _hasher.hash("the password of an account that does not exist")


def _normal(password: str) -> str:
    """The same text from every keyboard: composed and decomposed accents are one password."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
