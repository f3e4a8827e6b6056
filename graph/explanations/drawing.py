"""The plan as a diagram."""

from collections.abc import Iterator

from artifacts.notation import count, fenced, plain
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing

IN_FRONT = ("user interface", "gateway")
BESIDE = ("autoscaling", "certificates", "metrics", "llm tracing", "job queue", "training operator", "gpu support")


def diagram(standing: Standing) -> str:
    """A Mermaid flowchart of the first recommendation: who asks whom, and what stands beside."""
    lines = "\n".join(["flowchart LR", *_edges(standing, standing.one().option)])
    return f"{fenced([lines], 'mermaid')}\n\nMermaid: any Markdown viewer with it, or mermaid.live, draws it."


def _edges(standing: Standing, option: PlacementOption) -> Iterator[str]:
    stack = {part.role: part.package.name for part in standing.plan.stack}
    gpu = f"{option.gpus} x {option.offer.gpu.name}" if option.offer.gpu else f"{option.offer.vcpu or ''} vCPU"
    place = f"{option.offer.provider} {option.offer.region}"
    model = option.model.name if option.model else "the workload"
    yield f'  machines["{count(option.nodes, "machine")} at {_text(place)}: {_text(gpu)}"]'
    if option.job_hours is not None:
        yield f'  dataset[("dataset")] --> volume[("volume /data")] --> job["{_text(model)}"] --> machines'
        yield '  job --> results[("checkpoints and results")]'
    else:
        serving = _text(stack.get("inference server", "server"))
        yield f'  model["{serving}: {_text(model)}, {count(option.replicas, "replica")}"] --> machines'
        before = "users"
        yield '  users(["users"])'
        for role in IN_FRONT:
            if role in stack:
                yield f'  {before} --> {_key(role)}["{_text(stack[role])} ({role})"]'
                before = _key(role)
        yield f"  {before} --> model"
        if "vector database" in stack:
            yield f'  documents[("documents")] --> embedder["{_text(stack.get("embedding server", "embedder"))}"]'
            yield f'  embedder --> index[("{_text(stack["vector database"])}")] --> model'
    for role in BESIDE:
        if role in stack:
            yield f'  {_key(role)}["{_text(stack[role])} ({role})"] -.-> machines'


def _key(role: str) -> str:
    return role.replace(" ", "_")


def _text(text: str) -> str:
    """Without what would end a Mermaid label."""
    return plain(text).replace("\\", "").replace('"', "'")
