"""The page's way in and out: a form, and a cookie that the browser sends to this server only."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from domain.errors import ArchitectError, InvalidInput
from server.doors import OpenTurns
from server.identity import accounts, sessions
from server.identity.identity import Identity
from server.identity.passwords import MAX_CHARACTERS, MAX_EMAIL_CHARACTERS, MIN_CHARACTERS
from server.identity.routes import Credentials, NewAccount, address_of, new_account, sign_in
from server.identity.tokens import MAX_TOKEN_CHARACTERS, Holder, missing
from server.policy import page_policy

PAGE = Template((Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8"))
HEADERS = {"Content-Security-Policy": page_policy(PAGE.template)}
MAX_FORM_BYTES = 4 * MAX_TOKEN_CHARACTERS

router = APIRouter(include_in_schema=False)

_ACCOUNT_FIELDS = f"""
<label>E-mail <input type="email" name="email" maxlength="{MAX_EMAIL_CHARACTERS}"
autocomplete="username" required></label>
<label>Password <input type="password" name="password" minlength="{MIN_CHARACTERS}" maxlength="{MAX_CHARACTERS}"
autocomplete="current-password" required></label>"""
_TOKEN_FIELD = f"""
<label>Access token of your identity provider
<input type="password" name="token" maxlength="{MAX_TOKEN_CHARACTERS}" autocomplete="off" required></label>"""
_NEW_ACCOUNT = '<button type="submit" name="new" value="yes">Make an account</button>'


def sign_in_page(request: Request, error: ArchitectError | None = None) -> HTMLResponse:
    """The form, with what was wrong with the last try."""
    identity: Identity = request.app.state.identity
    builtin = identity.provider == "builtin"
    html = PAGE.substitute(
        notice=f'<p class="notice">{escape(f"{error.message} {error.remedy}")}</p>' if error else "",
        fields=_ACCOUNT_FIELDS if builtin else _TOKEN_FIELD,
        new=_NEW_ACCOUNT if identity.signup else "",
    )
    status = (error or missing()).status
    return HTMLResponse(html, status_code=status, headers=HEADERS)


@router.post("/sign-in")
async def enter(request: Request, turns: OpenTurns) -> Response:
    """Begins a session with the form's account or token."""
    identity: Identity = request.app.state.identity
    if identity.tokens is None:
        return RedirectResponse("/", status_code=303)
    try:
        form = await _form(request)
        if identity.provider == "builtin":
            holder = Holder(await _account(request, identity, turns, form), sessions.LIFE_S)
        else:
            holder = await identity.tokens.holder(form.get("token", "").strip())
    except ArchitectError as error:
        return sign_in_page(request, error)
    answer = RedirectResponse("/", status_code=303)
    life_s = min(sessions.LIFE_S, holder.expires_in_s)
    sessions.set_cookie(answer, request, await sessions.begin(turns.database, holder.user, life_s=life_s))
    return answer


@router.post("/sign-out")
async def leave(request: Request, turns: OpenTurns) -> Response:
    """Ends the session."""
    token = sessions.session_token(request)
    if token is not None:
        await sessions.end(turns.database, token)
    answer = RedirectResponse("/", status_code=303)
    sessions.drop_cookie(answer, request)
    return answer


async def _account(request: Request, identity: Identity, turns: OpenTurns, form: dict[str, str]) -> str:
    given = {"email": form.get("email", ""), "password": form.get("password", "")}
    try:
        account = (
            await new_account(request, identity, turns, address_of(request), NewAccount(**given))
            if form.get("new")
            else await sign_in(request, identity, turns, address_of(request), Credentials(**given))
        )
    except ValidationError:
        raise InvalidInput(
            f"An e-mail address and a password of {MIN_CHARACTERS} to {MAX_CHARACTERS} characters are needed."
        ) from None
    await accounts.sign_out(turns.database, account.refresh_token)  # the cookie keeps this one signed in
    return str(account.user)


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise InvalidInput("The form is too long.")
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
