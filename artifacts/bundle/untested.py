"""What nobody could try before the plan was printed: told in the folder, so that nobody takes it for tried."""

import re
from collections.abc import Iterator, Mapping

from artifacts import efa
from artifacts.bundle.charts import HELMFILE
from artifacts.engines import needs_quantized_checkpoint
from artifacts.machines import size_is_known
from artifacts.programs import is_tested
from artifacts.providers import has_machine_name, is_documented, provider_of
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from sizing.amount_of_work import is_heard_live

_NAMES_AN_IMAGE = re.compile(r"\bimage(Name|_id)?\"?: |docker run|--image ")


def not_tested(plan: DeploymentPlan, options: tuple[PlacementOption, ...], files: Mapping[str, str]) -> list[str]:
    """Sentences of plain text."""
    measured, in_cluster = "checks/load_test.py" in files, _makes_cluster(plan)
    return list(
        dict.fromkeys(
            (
                *_general(plan, options, files),
                *(told for one in options for told in _of(one, measured=measured, in_cluster=in_cluster)),
            )
        )
    )


def _makes_cluster(plan: DeploymentPlan) -> bool:
    return any(command.startswith(("kubectl", "oc ")) for step in plan.steps for command in step.commands)


def _general(plan: DeploymentPlan, options: tuple[PlacementOption, ...], files: Mapping[str, str]) -> Iterator[str]:
    yield (
        "Nothing here was run in an account: prices, quotas and free machines are those of the catalogue "
        f"({plan.catalog.as_of_oldest.isoformat()} to {plan.catalog.as_of_newest.isoformat()})."
    )
    if any(path.startswith("kubernetes/") for path in files):
        yield (
            "The objects were checked by a simulated scheduler against what the machines leave to pods; no API server "
            "has seen them. Of the charts' pods it knew what their values ask for, and of storage classes what the "
            "provider's pages name."
        )
    if any(path.startswith(HELMFILE) for path in files):
        yield "The charts were not installed."
    commands = "\n".join(command for step in plan.steps for command in step.commands)
    if _NAMES_AN_IMAGE.search(commands):
        yield "The images that the steps name were not pulled: whether each is there for this processor is not known."
    if any(path.startswith("compose/") for path in files):
        yield "The containers of compose/ were not started."
    if "crontab -" in commands:
        yield "What cron starts ran with stand-ins of its tools: look at its log after the first time."
    if "sbatch" in commands:
        yield "The batch script was read by a shell and not by Slurm."
    if plan.spec.hosting == "air_gapped":
        yield "What is carried in was not fetched: the list of images is what the steps and the charts' defaults name."
    if any(path.endswith("main.tf.json") for path in files):
        yield "Terraform has not planned the module: run terraform init and terraform plan, and read what it makes."
    if "cloud/skypilot.yaml" in files:
        yield "SkyPilot has not read the task: sky launch --dryrun shows what it would rent."
    if any(path.startswith("program/") for path in files):
        never = [f"{one.program.name}.py" for one in options if one.program and not is_tested(one)]
        yield (
            f"{', '.join(dict.fromkeys(never))} was not run: its libraries need a GPU or its image."
            if never
            else "The programs ran on a CPU with tiny models and data, not on this hardware."
        )
    if any(path.startswith("checks/") for path in files):
        yield "The checks ran against a stand-in of the server."
        if is_heard_live(plan.spec) and "checks/live_test.py" not in files:
            yield "No live stream was sent to this kind of server: the checks send recordings."


def _of(option: PlacementOption, *, measured: bool, in_cluster: bool) -> Iterator[str]:
    offer = option.offer
    if option.throughput and measured:
        yield "The speed is an estimate with a stated band; checks/load_test.py measures it."
    if option.proof is not None:
        shown = "the engine's log says how much memory is left for its cache"
        if option.proof.mode != "serve":
            shown = "how full the memory of the GPUs is shows in the first minutes of the job"
        yield f"That it fits is reckoned and not measured: {shown}."
    if not option.is_own and not has_machine_name(option):
        yield f"{offer.instance_type} is not the seller's name of a machine: choose one with these GPUs there."
    if not size_is_known(offer):
        asks = "the pods ask for what is usual" if in_cluster else "see that they are enough"
        yield f"vCPU and RAM of {offer.instance_type} are not in the catalogue: {asks}."
    if not option.is_own and offer.region == "global":
        yield (
            f"Where {offer.provider} sells {offer.instance_type} was not looked up: the catalogue has no region of it."
        )
    if option.nodes > 1 and option.proof is not None and option.proof.mode != "serve" and not efa.interfaces(option):
        yield (
            "The network between the machines was not tried: NCCL's all_reduce_perf over all of them shows its speed "
            "before the job is paid for, and NET/Socket in its log means that it goes over TCP."
        )
    if in_cluster and option.replicas > 1 and measured:
        yield "How many requests a copy that stops takes with it is reckoned: no server was stopped."
    if efa.interfaces(option):
        yield (
            "The adapters between the machines (EFA) and NCCL's plugin for them were not tried: with NCCL_DEBUG=INFO "
            "in the job's environment its log names NET/OFI where it uses them, and NET/Socket where it does not."
        )
    if not option.is_own:
        yield _of_seller(option, in_cluster=in_cluster)
    if needs_quantized_checkpoint(option):
        yield f"The arithmetic is for {option.quantization} weights, whose checkpoint has to be named by you."


def _of_seller(option: PlacementOption, *, in_cluster: bool) -> str:
    provider, seller = provider_of(option), option.offer.provider
    if not is_documented(option):
        pages = "on Kubernetes " if in_cluster else ""
        return f"No page of {seller} {pages}was at hand{': its machines are joined with k3s' if in_cluster else ''}."
    if in_cluster or not option.offer.can_be_node:
        return (
            f"The commands for {provider.name} follow its pages as of {provider.as_of.isoformat()} and were not run: "
            f"{', '.join(provider.documented)}."
        )
    return f"What rents the machine at {seller}, and gives it back, was not run."
