"""The folder of a plan: everything that a stranger needs to carry it out, and nothing that the plan does not say."""

import io
import json
import zipfile
from collections.abc import Mapping
from functools import lru_cache

from artifacts.bundle.charts import helm_files
from artifacts.bundle.checks import check_files
from artifacts.bundle.cloud import SCRIPT, node_pool_script
from artifacts.bundle.commands import carried_steps
from artifacts.bundle.drawing import drawing_of
from artifacts.bundle.mermaid import mermaid
from artifacts.bundle.page import plan_page
from artifacts.bundle.readme import readme
from artifacts.bundle.skypilot import skypilot_task
from artifacts.bundle.svg import svg
from artifacts.bundle.terraform import terraform_files
from artifacts.bundle.untested import not_tested
from artifacts.choices import shown_option
from artifacts.clusters import runs_in_cluster, uses_own_cluster, wants_fips
from artifacts.engines import workload_name
from artifacts.markdown import plan_markdown
from artifacts.programs import program_files, with_program
from artifacts.proportion import on_one_machine
from artifacts.schedules import schedule_of
from artifacts.slurm import uses_slurm
from artifacts.steps_together import deployed_workloads
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from sizing.together import specs_of

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can hold: the same plan gives the same bytes on every day."""
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def bundle_files(plan: DeploymentPlan) -> dict[str, str]:
    """Path -> text, in the order of the paths."""
    steps = carried_steps(plan.steps)
    files: dict[str, str] = {path: text for carried in steps for path, text in carried.files.items()}
    placed = placed_workloads(plan)
    options = tuple(option for option, _ in placed)
    files |= helm_files([carried.step for carried in steps], files)
    files |= node_pool_script(steps)
    several = specs_of(plan.spec)[: len(plan.together.workloads)] if plan.together is not None else ()
    files |= program_files(plan, several)
    if placed:
        files |= _cloud(plan, placed)
        files |= check_files(*placed[0])
    picture = drawing_of(plan)
    markdown = plan_markdown(plan, whole=True)
    files |= {
        "plan.json": plan.model_dump_json(indent=2) + "\n",
        "plan.schema.json": _schema_text(),
        "plan.md": markdown,
        "plan.html": plan_page(plan.title, markdown, svg(picture)),
        "diagram.svg": svg(picture),
        "diagram.mmd": mermaid(picture),
    }
    files["README.md"] = readme(plan, steps, files, not_tested(plan, options, files))
    return dict(sorted(files.items()))


def bundle_zip(plan: DeploymentPlan) -> bytes:
    """The folder as a zip; the same plan gives the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, text in bundle_files(plan).items():
            entry = zipfile.ZipInfo(path, date_time=_LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if is_script(path) else 0o100644) << 16
            archive.writestr(entry, text.encode())
    return held.getvalue()


def is_script(path: str) -> bool:
    """Whether the file is to be executed."""
    return path == SCRIPT


@lru_cache
def plan_schema() -> Mapping[str, object]:
    """JSON Schema of `plan.json`."""
    return {"$schema": _SCHEMA, **DeploymentPlan.model_json_schema(mode="serialization")}


@lru_cache
def _schema_text() -> str:
    return json.dumps(plan_schema(), indent=2) + "\n"


def placed_workloads(plan: DeploymentPlan) -> list[tuple[PlacementOption, WorkloadSpec]]:
    """What the steps deploy, as they do: the first recommendation, or each of several workloads.

    Of a plan that recommends nothing the steps are those of the nearest that works, or there are none.
    """
    if plan.together is not None:
        specs = specs_of(plan.spec)[: len(plan.together.workloads)]
        return [(with_program(one.option, one.spec), one.spec) for one in deployed_workloads(plan.together, specs)]
    first = shown_option(plan)
    return [(with_program(first, plan.spec), plan.spec)] if first is not None else []


def _cloud(plan: DeploymentPlan, placed: list[tuple[PlacementOption, WorkloadSpec]]) -> dict[str, str]:
    """Terraform for a cluster that the steps make, and a SkyPilot task; neither for machines that are there."""
    made: dict[str, str] = {}
    option, spec = placed[0]
    if uses_slurm(spec) or option.is_own:
        return made
    if runs_in_cluster(option) and not uses_own_cluster(option, spec) and not on_one_machine(option, spec):
        made |= terraform_files(
            [one.model_copy(update={"schedule": one.schedule or schedule_of(its)}) for one, its in placed],
            plan.stack,
            plan.spec.availability.zones or 1,
            fips=wants_fips(plan.spec),
        )
    for number, (one, its) in enumerate(placed):
        path = f"cloud/skypilot-{workload_name(one)}.yaml" if number else "cloud/skypilot.yaml"
        if (task := skypilot_task(one, its, path)) is not None:
            made[path] = task
    return made
