"""What nobody could try before the plan was printed: told in the folder, so that nobody takes it for tried."""

from collections.abc import Iterator, Mapping

from artifacts import efa
from artifacts.bundle.charts import HELMFILE
from artifacts.clusters import runs_in_cluster
from artifacts.engines import needs_quantized_checkpoint
from artifacts.machines import size_is_known
from artifacts.providers import has_machine_name, is_documented, provider_of
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan


def not_tested(plan: DeploymentPlan, options: tuple[PlacementOption, ...], files: Mapping[str, str]) -> list[str]:
    """Sentences of plain text."""
    measured = "checks/load_test.py" in files
    return list(
        dict.fromkeys(
            (*_general(plan, files), *(told for option in options for told in _of(option, measured=measured)))
        )
    )


def _general(plan: DeploymentPlan, files: Mapping[str, str]) -> Iterator[str]:
    yield (
        "Nothing here was run in an account: prices, quotas and free machines are those of the catalogue "
        f"({plan.catalog.as_of_oldest.isoformat()} to {plan.catalog.as_of_newest.isoformat()})."
    )
    if any(path.startswith("kubernetes/") for path in files):
        yield (
            "The objects were checked by a simulated scheduler against what the machines leave to pods; no API server "
            "has seen them."
        )
    if any(path.startswith(HELMFILE) for path in files):
        yield "The charts were not installed, and the images that they name were not pulled."
    if any(path.endswith("main.tf.json") for path in files):
        yield "Terraform has not planned the module: run terraform init and terraform plan, and read what it makes."
    if "cloud/skypilot.yaml" in files:
        yield "SkyPilot has not read the task: sky launch --dryrun shows what it would rent."
    if any(path.startswith("program/") for path in files):
        yield "The programs ran on a CPU with tiny models and data, not on these GPUs."


def _of(option: PlacementOption, *, measured: bool) -> Iterator[str]:
    provider, offer = provider_of(option), option.offer
    if option.throughput and measured:
        yield "The speed is an estimate with a stated band; checks/load_test.py measures it."
    if option.proof is not None:
        yield "That it fits is reckoned and not measured: the engine's log says how much memory is left for its cache."
    if not option.is_own and not has_machine_name(option):
        yield f"{offer.instance_type} is not the seller's name of a machine: choose one with these GPUs there."
    if not size_is_known(offer):
        yield f"vCPU and RAM of {offer.instance_type} are not in the catalogue: the pods ask for what is usual."
    if efa.interfaces(option):
        yield (
            "The adapters between the machines (EFA) and NCCL's plugin for them were not tried: with NCCL_DEBUG=INFO "
            "in the job's environment its log names NET/OFI where it uses them, and NET/Socket where it does not."
        )
    if runs_in_cluster(option) and not option.is_own:
        if is_documented(option):
            yield (
                f"The commands for {provider.name} follow its pages as of {provider.as_of.isoformat()} and were not "
                f"run: {', '.join(provider.documented)}."
            )
        else:
            yield f"No page of {offer.provider} on Kubernetes was at hand: its machines are joined with k3s."
    if needs_quantized_checkpoint(option):
        yield f"The arithmetic is for {option.quantization} weights, whose checkpoint has to be named by you."
