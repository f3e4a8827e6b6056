"""What people open: a chat page and notebooks, neither on a public address nor without a password."""

from collections.abc import Mapping

from artifacts.engines import Engine
from artifacts.wiring import PASSWORD, Install, Scene, Wiring
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, Value

WEB_UI, NOTEBOOKS = "open-webui", "jupyterhub"
_CHATS = frozenset({Engine.VLLM, Engine.LLAMA_CPP})
"""Engines with an interface like OpenAI's."""


def _ui_unused(scene: Scene) -> str | None:
    if not scene.serves:
        return ""
    return None if scene.engine in _CHATS else "once the server speaks the interface of OpenAI's API"


def _ui(scene: Scene) -> Install:
    values: dict[str, Value] = {
        "ollama": {"enabled": False},
        "pipelines": {"enabled": False},
        "websocket": {"enabled": False},
        "openaiBaseApiUrl": f"{scene.address}/v1",
        "openaiApiKeyExistingSecret": KEY_SECRET,
        "openaiApiKeyExistingSecretKey": KEY_ENTRY,
        "service": {"type": "ClusterIP"},
        "extraEnvVars": [{"name": "ENABLE_SIGNUP", "value": "true"}, {"name": "DEFAULT_USER_ROLE", "value": "pending"}],
    }
    return Install(values)


def _ui_talks(scene: Scene) -> tuple[str, ...]:
    forward = f"kubectl --namespace {NAMESPACE} port-forward service/{WEB_UI} 8080:80"
    return (f"asks {scene.address}/v1; open it with {forward}: the first account is the administrator's",)


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
