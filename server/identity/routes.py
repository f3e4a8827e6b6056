"""`/api/auth`: the built-in identity provider, for those who have no other."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict, Field

from domain.base import Frozen
from domain.errors import InvalidInput, NotOffered
from server.doors import OpenTurns
from server.identity import accounts
from server.identity.accounts import Account
from server.identity.gate import bearer
from server.identity.identity import Identity
from server.identity.passwords import MAX_CHARACTERS, MAX_EMAIL_CHARACTERS, MIN_CHARACTERS, email_key, refuse_weak
from server.identity.tokens import missing
from server.problems import responses
from settings import Settings

MAX_REFRESH_TOKEN_CHARACTERS = 512

router = APIRouter(prefix="/api/auth", tags=["identity"])


class Credentials(Frozen):
    """Who signs in. What else clients of the first system send decides nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: str = Field(
        max_length=MAX_EMAIL_CHARACTERS, description="capitals do not matter", examples=["ada@example.com"]
    )
    password: str = Field(max_length=MAX_CHARACTERS, description="as it was chosen", examples=["six blue bicycles"])


class NewAccount(Frozen):
    """Who wants an account; a name, as clients of the first system send one, is not kept."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: str = Field(max_length=MAX_EMAIL_CHARACTERS, description="one account each", examples=["ada@example.com"])
    password: str = Field(
        min_length=MIN_CHARACTERS,
        max_length=MAX_CHARACTERS,
        description="any characters; a few words are better than one with signs in it",
        examples=["six blue bicycles"],
    )


class RefreshToken(Frozen):
    """The token that was given last."""

    refresh_token: str = Field(
        min_length=1, max_length=MAX_REFRESH_TOKEN_CHARACTERS, description="from the last sign-in or renewal"
    )


class AccountUser(Frozen):
    id: UUID = Field(description="what conversations belong to")
    email: str = Field(description="in small letters")


class SignedIn(Frozen):
    """What a client keeps until the next renewal."""

    access_token: str = Field(description="for the header Authorization: Bearer TOKEN")
    token_type: Literal["bearer"] = Field(default="bearer", description="how it is sent")
    expires_in: int = Field(description="seconds the access token is good for")
    refresh_token: str = Field(description="good once, for the next access token; used twice, it ends the sign-in")
    user: AccountUser = Field(description="who signed in")


def _builtin(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    if identity.provider != "builtin":
        raise NotOffered(
            "This server keeps no accounts.",
            "Sign in at your identity provider."
            if identity.required
            else "It serves one local user, who needs to sign in nowhere.",
        )
    return identity


def address_of(request: Request) -> str:
    """The client's, as uvicorn knows it: behind a proxy it needs FORWARDED_ALLOW_IPS to see past it."""
    return request.client.host if request.client else ""


Builtin = Annotated[Identity, Depends(_builtin)]
Address = Annotated[str, Depends(address_of)]


@router.post("/signup", status_code=201, responses=responses(404, 409, 422, 429, 503))
async def signup(request: Request, identity: Builtin, turns: OpenTurns, address: Address, body: NewAccount) -> SignedIn:
    """Makes an account and signs it in."""
    account = await new_account(request, identity, turns, address, body)
    return _signed_in(identity, request.app.state.settings, account)


@router.post("/login", responses=responses(401, 404, 422, 429, 503))
async def login(request: Request, identity: Builtin, turns: OpenTurns, address: Address, body: Credentials) -> SignedIn:
    """Signs in."""
    return _signed_in(identity, request.app.state.settings, await sign_in(request, identity, turns, address, body))


@router.post("/refresh", responses=responses(401, 404, 422, 429, 503))
async def refresh(
    request: Request, identity: Builtin, turns: OpenTurns, address: Address, body: RefreshToken
) -> SignedIn:
    """A new access token, and a new refresh token in place of this one."""
    await identity.throttle.renewal(address)
    settings: Settings = request.app.state.settings
    account = await accounts.renew(turns.database, body.refresh_token, life_s=settings.auth_refresh_token_s)
    return _signed_in(identity, settings, account)


@router.post("/logout", status_code=204, responses=responses(401, 404, 422, 503))
async def logout(request: Request, identity: Builtin, turns: OpenTurns, body: RefreshToken | None = None) -> None:
    """Ends the sign-in of this refresh token; with an access token alone, every sign-in of its user.

    Access tokens that are out end by themselves, within their `expires_in`.
    """
    if body is not None:
        await accounts.sign_out(turns.database, body.refresh_token)
        return
    token = bearer(request)
    if token is None or identity.tokens is None:
        raise missing()
    await accounts.sign_out_everywhere(turns.database, UUID(await identity.tokens.user(token)))


async def new_account(
    request: Request, identity: Identity, turns: OpenTurns, address: str, wanted: NewAccount
) -> Account:
    """The account made from these; the page's form takes the same way."""
    if not identity.signup:
        raise NotOffered("This server takes no new accounts.", "Ask whoever runs it for one.")
    await identity.throttle.sign_up(address)
    email = email_key(wanted.email)
    refuse_weak(wanted.password, email)
    settings: Settings = request.app.state.settings
    return await accounts.sign_up(turns.database, email, wanted.password, life_s=settings.auth_refresh_token_s)


async def sign_in(
    request: Request, identity: Identity, turns: OpenTurns, address: str, credentials: Credentials
) -> Account:
    """The account of these credentials, throttled; the page's form takes the same way."""
    try:
        email = email_key(credentials.email)
    except InvalidInput:
        email = credentials.email.casefold()  # an account of no address there is: refused below, in the same time
    await identity.throttle.sign_in(email, address)
    settings: Settings = request.app.state.settings
    return await accounts.sign_in(turns.database, email, credentials.password, life_s=settings.auth_refresh_token_s)


def _signed_in(identity: Identity, settings: Settings, account: Account) -> SignedIn:
    assert identity.tokens is not None
    life_s = settings.auth_access_token_s
    return SignedIn(
        access_token=identity.tokens.issue(str(account.user), life_s=life_s),
        expires_in=life_s,
        refresh_token=account.refresh_token,
        user=AccountUser(id=account.user, email=account.email),
    )
