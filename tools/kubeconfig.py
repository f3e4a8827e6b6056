"""What a kubeconfig's credential plugin gives: fetched here, with a time limit and without a terminal."""

import base64
import json
import os
import subprocess

from pydantic import BaseModel, Field, ValidationError

PLUGIN_TIMEOUT_S = 3


class Unreachable(Exception):
    """There is no cluster to read; the text says why, and nothing secret."""


class _Variable(BaseModel):
    name: str
    value: str


class _Plugin(BaseModel):
    api_version: str = Field(alias="apiVersion")
    command: str
    args: list[str] | None = None
    env: list[_Variable] | None = None


class _Credentials(BaseModel):
    token: str | None = None
    certificate: str | None = Field(default=None, alias="clientCertificateData")
    key: str | None = Field(default=None, alias="clientKeyData")


class _Answer(BaseModel):
    status: _Credentials


def plugin_credentials(described: object) -> dict[str, str]:
    """What to write in a kubeconfig's user in place of its `exec` entry. Raises Unreachable.

    The Kubernetes client would run the plugin at our terminal, let it ask there, and wait for it for ever.
    """
    try:
        plugin = _Plugin.model_validate(described)
        asked = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
        answer = subprocess.run(
            [plugin.command, *(plugin.args or [])],
            env={
                **os.environ,
                **{variable.name: variable.value for variable in plugin.env or []},
                "KUBERNETES_EXEC_INFO": json.dumps(asked),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=PLUGIN_TIMEOUT_S,
            start_new_session=True,  # no terminal to ask at
        )
        given = _Answer.model_validate_json(answer.stdout).status
    except (OSError, subprocess.SubprocessError, ValidationError) as error:
        raise Unreachable("the kubeconfig's credential plugin failed") from error
    entries = {
        "token": given.token,
        "client-certificate-data": given.certificate and base64.b64encode(given.certificate.encode()).decode(),
        "client-key-data": given.key and base64.b64encode(given.key.encode()).decode(),
    }
    return {name: value for name, value in entries.items() if value}
