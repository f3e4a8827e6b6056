"""A Kubernetes API read page by page, as JSON that is checked for what is needed of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from kubernetes import client, config
from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigLoader, KubeConfigMerger
from pydantic import BaseModel, Field
from urllib3.exceptions import HTTPError

from tools.kubeconfig import Unreachable, plugin_credentials

LIMIT_S = 1.0, 1.5
"""To connect, and for each piece of an answer: what takes longer hangs."""
PAGE = 500
MOST_PAGES = 400
GONE = 410
"""A list that the server does not keep any more."""
BROKEN = (HTTPError, OSError, ValueError)
"""An answer that breaks off, or is none."""
Item = TypeVar("Item", bound=BaseModel)


class ListMeta(BaseModel):
    more: str | None = Field(default=None, alias="continue")


class Page(BaseModel, Generic[Item]):
    """A list as the API gives it."""

    metadata: ListMeta = ListMeta()
    items: list[Item] | None = None


class KubernetesApi:
    """Open connections to one API; a context manager. Raises Unreachable where it cannot be read."""

    def __init__(self, kubeconfig: Path | None) -> None:
        try:
            self._client = _client(kubeconfig)
        except (config.ConfigException, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
            raise Unreachable("the kubeconfig cannot be read") from error

    def __enter__(self) -> "KubernetesApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def every(self, path: str, item: type[Item], **filters: str) -> tuple[Item, ...]:
        """All items of a list, from page to page; begun again, once, where the list was too old to go on with.

        Raises Unreachable.
        """
        with _told():
            try:
                return tuple(self._pages(path, item, filters))
            except client.ApiException as error:
                if error.status != GONE:
                    raise
                return tuple(self._pages(path, item, filters))

    def one(self, path: str, item: type[Item]) -> tuple[Item, ...]:
        """The first item of a list, if there is any: whether the API answers at all. Raises Unreachable."""
        with _told():
            return tuple(self._pages(path, item, {}, size=1, most=1))

    def some(self, path: str, item: type[Item], **filters: str) -> tuple[Item, ...] | None:
        """The same; null where the cluster has no such list, does not show it, or breaks off."""
        try:
            return self.every(path, item, **filters)
        except Unreachable:
            return None

    def _pages(
        self, path: str, item: type[Item], filters: dict[str, str], size: int = PAGE, most: int = MOST_PAGES
    ) -> Iterator[Item]:
        asked = [("limit", str(size)), *filters.items()]
        more: str | None = None
        for _ in range(most):
            page = Page[item].model_validate_json(self._read(path, [*asked, *([("continue", more)] if more else [])]))  # type: ignore[valid-type]
            yield from page.items or ()
            more = page.metadata.more
            if not more:
                return

    def _read(self, path: str, query: list[tuple[str, str]]) -> bytes:
        """Unread JSON: thousands of pods are slow as the client's objects. Raises ApiException."""
        request = self._client.param_serialize(
            "GET", path, query_params=query, header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )  # fmt: skip
        answer = self._client.call_api(*request, _request_timeout=LIMIT_S)
        if not 200 <= answer.status < 300:
            raise client.ApiException(status=answer.status)
        return bytes(answer.read())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except client.ApiException as error:
        raise Unreachable(f"the cluster answered {error.status}") from error
    except BROKEN as error:
        raise Unreachable("the cluster does not answer") from error


def _client(kubeconfig: Path | None) -> client.ApiClient:
    settings = client.Configuration()
    settings.retries = False
    merged = KubeConfigMerger(str(kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION)).config
    if merged is None:
        config.load_incluster_config(client_configuration=settings)
        return client.ApiClient(settings)
    contexts = {node.value["name"]: node.value["context"] for node in merged.value["contexts"]}
    users = {node.value["name"]: node.value["user"] for node in merged.value["users"]}
    user = users[contexts[merged.value["current-context"]]["user"]]
    if "exec" in user:
        user.update(plugin_credentials(user.pop("exec")))
    KubeConfigLoader(config_dict=merged).load_and_set(settings)
    return client.ApiClient(settings)
