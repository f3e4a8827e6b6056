"""Reads the nodes of the Kubernetes cluster the user already has, if there is one that answers."""

import asyncio
import os
from pathlib import Path

from database import Database
from domain.queries import ClusterQuery, ClusterResult
from settings import settings
from tools.boundary import bounded
from tools.kubeconfig import Unreachable

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


async def search(query: ClusterQuery, database: Database) -> ClusterResult:
    """The nodes, by name; "not_connected" without a kubeconfig that works. Never asks anybody for a password."""
    return await bounded(_search(query), ClusterResult, settings().tool_timeout_s)


async def _search(query: ClusterQuery) -> ClusterResult:
    if not await asyncio.to_thread(_is_configured):
        return ClusterResult(status="not_connected", error="there is no kubeconfig")
    from tools.kubernetes_nodes import read_nodes  # the client takes half a second to import

    try:
        nodes = await asyncio.to_thread(read_nodes, settings().kubeconfig)
    except Unreachable as problem:
        return ClusterResult(status="not_connected", error=str(problem))
    chosen = tuple(node for node in nodes if node.gpu_count or not query.gpu_only)
    return ClusterResult(status="ok" if chosen else "empty", items=chosen)


def _is_configured() -> bool:
    kubeconfig = settings().kubeconfig
    if kubeconfig is None:
        return Path("~/.kube/config").expanduser().is_file() or SERVICE_ACCOUNT.is_file()
    return any(Path(part).expanduser().is_file() for part in str(kubeconfig).split(os.pathsep))
