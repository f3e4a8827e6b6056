"""What a job's container runs: a program of ours over all of its machines, or one's own."""

from artifacts.engines import Engine, vllm_flags, with_audio, workload_name
from artifacts.programs import MOUNT, program_command
from artifacts.sites import Site, model_reference
from domain.placement import PlacementOption

SERVER_PORT = 8000
"""Of the server that a batch of requests is put to, in the same container."""


def nodes_of_job(option: PlacementOption, engine: Engine) -> int:
    """Machines that the job's files are read on."""
    return 1 if engine is Engine.TRL and option.nodes == 1 else option.nodes


def pods_of_job(option: PlacementOption, engine: Engine) -> int:
    """Copies of a model that answers a batch have a pod each, and else machines."""
    return option.replicas if engine is Engine.VLLM_BATCH else nodes_of_job(option, engine)


def job_arguments(
    option: PlacementOption, engine: Engine, nodes: int, site: Site, *, prepared: bool = False, folder: str = MOUNT
) -> list[str]:
    """`option` as `artifacts.programs.with_program` returns it. `prepared`: the libraries are installed where it runs,
    and the program is in `folder`. Without a program: empty, the command of one's own image."""
    if option.program is None:
        return []
    name, named = workload_name(option), model_reference(option, site)
    server: list[str] = []
    if engine is Engine.VLLM_BATCH and option.model:
        called = [f"--served-model-name={option.model.key}"] if site.offline else []
        server = ["vllm", "serve", named, *called, f"--port={SERVER_PORT}", *vllm_flags(option)]
        server = server if site.offline else with_audio(option, server)
        named = option.model.key
    return program_command(
        option, named, nodes, folder=folder, main=f"{name}-0.{name}", installs=not (prepared or site.builds_images),
        server=server,
    )  # fmt: skip
