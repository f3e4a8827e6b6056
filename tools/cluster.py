"""Reads the nodes of the Kubernetes cluster the user already has, if there is one that answers."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from database import Database
from domain.queries import ClusterQuery, ClusterResult
from settings import settings
from tools.boundary import bounded
from tools.gpu_load import busy_by_node
from tools.kubeconfig import Unreachable

if TYPE_CHECKING:
    from tools.kubernetes_api import KubernetesApi

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
FIRST_ANSWER_S = 1.9
"""For credentials, the connection and a first answer; what takes longer hangs."""


async def search(query: ClusterQuery, database: Database) -> ClusterResult:
    """The nodes, by name; "not_connected" without a kubeconfig that works. Never asks anybody for a password."""
    return await bounded(_search(query), ClusterResult, settings().tool_timeout_s)


async def _search(query: ClusterQuery) -> ClusterResult:
    if not await asyncio.to_thread(_is_configured):
        return ClusterResult(status="not_connected", error="there is no kubeconfig")
    from tools.kubernetes_nodes import read_nodes  # the client takes half a second to import

    try:
        with await _opened() as api:
            busy = await busy_by_node(settings().prometheus_url)
            read = await asyncio.to_thread(read_nodes, api, busy)
    except Unreachable as problem:
        return ClusterResult(status="not_connected", error=str(problem))
    chosen = tuple(node for node in read if node.gpu_count or node.gpu_slices or not query.gpu_only)
    return ClusterResult(status="ok" if chosen else "empty", items=chosen)


async def _opened() -> "KubernetesApi":
    """Raises Unreachable, also where the first answer takes too long: its thread ends by itself."""
    from tools.kubernetes_nodes import open_cluster

    began = asyncio.create_task(asyncio.to_thread(open_cluster, settings().kubeconfig))
    began.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody may be waiting any more
    try:
        return await asyncio.wait_for(asyncio.shield(began), FIRST_ANSWER_S)
    except TimeoutError:
        raise Unreachable("the cluster does not answer") from None


def _is_configured() -> bool:
    kubeconfig = settings().kubeconfig
    if kubeconfig is None:
        return Path("~/.kube/config").expanduser().is_file() or SERVICE_ACCOUNT.is_file()
    return any(Path(part).expanduser().is_file() for part in str(kubeconfig).split(os.pathsep))
