"""What people open: a chat page and notebooks, neither on a public address nor without a password."""

from collections.abc import Mapping

from artifacts.engines import Engine
from artifacts.present import asks_login, blank
from artifacts.wiring import PASSWORD, Install, Scene, Wiring, secret
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, Value

WEB_UI, NOTEBOOKS = "open-webui", "jupyterhub"
LOGIN_SECRET = "login-client"
_CHATS = frozenset({Engine.VLLM, Engine.LLAMA_CPP})
"""Engines with an interface like OpenAI's."""


def _ui_unused(scene: Scene) -> str | None:
    if not scene.serves:
        return ""
    return None if scene.engine in _CHATS else "once the server speaks the interface of OpenAI's API"


def _ui(scene: Scene) -> Install:
    asked = f"http://{scene.entrance}.{NAMESPACE}"
    values: dict[str, Value] = {
        "ollama": {"enabled": False},
        "pipelines": {"enabled": False},
        "websocket": {"enabled": False},
        "openaiBaseApiUrl": f"{asked}/v1",
        "openaiApiKeyExistingSecret": KEY_SECRET,
        "openaiApiKeyExistingSecretKey": KEY_ENTRY,
        "service": {"type": "ClusterIP"},
        "extraEnvVars": [{"name": "ENABLE_SIGNUP", "value": "true"}, {"name": "DEFAULT_USER_ROLE", "value": "pending"}],
    }
    if asks_login(scene.spec):
        values["extraEnvVars"] = _single_sign_on()
        return Install(values, before=(_client_secret(),))
    return Install(values)


def _single_sign_on() -> list[Value]:
    """People log in where they do elsewhere; who comes for the first time gets an account, without a password here."""
    client: Value = {"secretKeyRef": {"name": LOGIN_SECRET, "key": "client-secret"}}
    told = {
        "WEBUI_URL": f"https://{blank('PAGE')}",
        "ENABLE_SIGNUP": "false",
        "ENABLE_LOGIN_FORM": "false",
        "ENABLE_OAUTH_SIGNUP": "true",
        "ENABLE_OAUTH_PERSISTENT_CONFIG": "false",
        "DEFAULT_USER_ROLE": "user",
        "OAUTH_PROVIDER_NAME": "your login",
        "OAUTH_SCOPES": "openid email profile",
        "OPENID_PROVIDER_URL": f"{blank('OIDC_ISSUER')}/.well-known/openid-configuration",
        "OAUTH_CLIENT_ID": blank("OIDC_CLIENT_ID"),
    }
    variables: list[Value] = [{"name": name, "value": value} for name, value in told.items()]
    return [*variables, {"name": "OAUTH_CLIENT_SECRET", "valueFrom": client}]


def _client_secret() -> str:
    return secret(NAMESPACE, LOGIN_SECRET, {"client-secret": "${OIDC_CLIENT_SECRET:?secret of that client}"})


def _ui_talks(scene: Scene) -> tuple[str, ...]:
    asked = f"http://{scene.entrance}.{NAMESPACE}"
    if asks_login(scene.spec):
        page = f"https://$PAGE has to lead to the service {WEB_UI}"
        return (f"asks {asked}/v1; people log in at $OIDC_ISSUER; {page}",)
    forward = f"kubectl --namespace {NAMESPACE} port-forward service/{WEB_UI} 8080:80"
    return (f"asks {asked}/v1; open it with {forward}: the first account is the administrator's",)


def _notebooks_unused(scene: Scene) -> str | None:
    if NOTEBOOKS in scene.wanted:
        return None
    return "once several people look at data and results, with the login that they have elsewhere"


def _notebooks(scene: Scene) -> Install:
    config: Value = {
        "JupyterHub": {"authenticator_class": "shared-password"},
        "Authenticator": {"allow_all": True},
    }
    values: dict[str, Value] = {
        "proxy": {"service": {"type": "ClusterIP"}},
        "hub": {"config": config},
        "singleuser": {"storage": {"capacity": "20Gi"}},
    }
    password = "hub.config.SharedPasswordAuthenticator.user_password"
    return Install(values, words=(f'--set-string {password}="${{NOTEBOOK_PASSWORD:={PASSWORD}}}"',))


WIRINGS: Mapping[str, Wiring] = {
    WEB_UI: Wiring(_ui_unused, install=_ui, talks=_ui_talks),
    NOTEBOOKS: Wiring(
        _notebooks_unused,
        install=_notebooks,
        talks=lambda scene: (
            f"open it with kubectl --namespace {NOTEBOOKS} port-forward service/proxy-public 8080:80; the password is "
            "$NOTEBOOK_PASSWORD",
        ),
    ),
}
