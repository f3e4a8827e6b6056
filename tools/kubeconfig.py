"""A kubeconfig without plugins: its user's credentials are fetched here, with a time limit and without a terminal."""

import base64
import json
import os
import subprocess

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PLUGIN_TIMEOUT_S = 3


class Unreachable(Exception):
    """There is no cluster to read; the text says why, and nothing secret."""


class _Open(BaseModel):
    """Keeps the fields it does not know."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class _Variable(_Open):
    name: str
    value: str


class _Plugin(_Open):
    api_version: str = Field(alias="apiVersion")
    command: str
    args: list[str] | None = None
    env: list[_Variable] | None = None


class _User(_Open):
    exec: _Plugin | None = None
    token: str | None = None
    certificate: str | None = Field(default=None, alias="client-certificate-data")
    key: str | None = Field(default=None, alias="client-key-data")


class _NamedUser(_Open):
    name: str
    user: _User = _User()


class _Context(_Open):
    user: str


class _NamedContext(_Open):
    name: str
    context: _Context


class _Kubeconfig(_Open):
    current_context: str = Field(alias="current-context")
    contexts: list[_NamedContext]
    users: list[_NamedUser]


class _Credentials(_Open):
    token: str | None = None
    certificate: str | None = Field(default=None, alias="clientCertificateData")
    key: str | None = Field(default=None, alias="clientKeyData")


class _Answer(_Open):
    status: _Credentials


def without_plugins(kubeconfig: object) -> dict[str, object]:
    """The kubeconfig with what its current user's plugin gives in place of the plugin. Raises Unreachable.

    The Kubernetes client would run the plugin at our terminal, let it ask there, and wait for it for ever.
    """
    try:
        parsed = _Kubeconfig.model_validate(kubeconfig)
    except ValidationError:
        raise Unreachable("the kubeconfig names no cluster and user") from None
    current = {item.name: item.context.user for item in parsed.contexts}.get(parsed.current_context)
    for named in parsed.users:
        if named.name == current and named.user.exec is not None:
            given = _run(named.user.exec)
            named.user.token = given.token
            named.user.certificate = _base64(given.certificate)
            named.user.key = _base64(given.key)
        named.user.exec = None
    return parsed.model_dump(by_alias=True, exclude_none=True)


def _run(plugin: _Plugin) -> _Credentials:
    asked = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
    variables = {item.name: item.value for item in plugin.env or []}
    try:
        answer = subprocess.run(
            [plugin.command, *(plugin.args or [])],
            env={**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(asked)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=PLUGIN_TIMEOUT_S,
            start_new_session=True,  # no terminal to ask at
        )
        return _Answer.model_validate_json(answer.stdout).status
    except (OSError, subprocess.SubprocessError, ValidationError) as error:
        raise Unreachable("the kubeconfig's credential plugin failed") from error


def _base64(text: str | None) -> str | None:
    return None if text is None else base64.b64encode(text.encode()).decode()
