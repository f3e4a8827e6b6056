"""How busy the GPUs of nodes were: what NVIDIA's DCGM exporter measures, asked of Prometheus where one is named."""

from pydantic import BaseModel, ValidationError

QUERY = "avg by (Hostname, node) (avg_over_time(DCGM_FI_DEV_GPU_UTIL[1h]))"
"""Percent over the last hour; the exporter calls the node Hostname, a relabelled one node."""
TIMEOUT_S = 1.5


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str]


class _Result(BaseModel):
    result: list[_Series]


class _Answer(BaseModel):
    data: _Result


async def busy_by_node(prometheus_url: str | None) -> dict[str, float]:
    """Percent of each node; empty where nobody answers in time, or answers something else."""
    if prometheus_url is None:
        return {}
    import httpx  # a tenth of a second that only a cluster with a Prometheus needs

    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as http:
            answer = await http.get(f"{prometheus_url.rstrip('/')}/api/v1/query", params={"query": QUERY})
            answer.raise_for_status()
        series = _Answer.model_validate_json(answer.content).data.result
    except (httpx.HTTPError, httpx.InvalidURL, ValidationError):
        return {}
    named = ((one.metric.get("node") or one.metric.get("Hostname"), one.value[1]) for one in series)
    return {node: round(float(percent), 1) for node, percent in named if node and percent.replace(".", "").isdecimal()}
