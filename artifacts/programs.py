"""The programs that jobs run: which one, with which files, settings and libraries.

`with_program` chooses it from the request and notes it in the option; everything else here is of such an option.

- `job_files(option)` -> {name: text} is all that a job's pods need beside the data: the program, what lies beside it,
  `requirements.txt`, and `accelerate.yaml` where it is started by accelerate. They are mounted at `MOUNT`.
- `program_files(plan, specs)` -> {path: text} is the same for the folder `program/` of a bundle; with several jobs in a
  plan, a folder for each, by the name of its objects. Empty for a plan without jobs.
- `program_command(option, ...)` is what the container runs.

What no program of ours does (`with_program` leaves it null) takes the user's own image, and the plan says so.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import yaml
from pydantic import Field

from artifacts import efa
from artifacts.choices import shown_option
from artifacts.engines import engine_of, workload_name
from artifacts.object_names import object_names
from artifacts.pins import FOLDER, requirements, torch_image
from artifacts.present import known
from artifacts.program_settings import INTO_STORE, accelerate_config, language_steps, settings_arguments, starts_with
from artifacts.retrieving import DOCUMENT_PROGRAMS
from domain.base import Frozen
from domain.names import is_like
from domain.own_files import own_yaml
from domain.placement import JobProgram, PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import Domain, TaskType, WorkloadSpec
from sizing.approaches import approach_for
from sizing.reference_workloads import reference_for
from sizing.vector_store import StoreKind, store_kinds

MOUNT = "/program"
"""Where pods see their program."""
REQUIREMENTS, ACCELERATE = "requirements.txt", "accelerate.yaml"
MODEL = "MODEL_TO_START_FROM"
"""Stands for the model's id where nobody named one; the command asks for it."""
TARGET, ASKS_TARGET = "TARGET", "column that is to be told"
BESIDE_A_SERVER = "batch_requests"
"""It runs in the image of the engine that it asks."""


class Program(Frozen):
    """A row of `programs`: a script and what it takes."""

    title: str = Field(description="in a sentence: a model with ...")
    data: str = Field(description="what the dataset must look like")
    learns_from: str = Field(default="", description="what people must have told of the data, where that is much work")
    launcher: str
    files: tuple[str, ...] = Field(description="that lie beside it")
    packages: tuple[str, ...]
    samples_a_step: dict[str, int] = Field(default_factory=dict)
    tokens_a_step: int | None = None
    reads_pictures: bool = Field(default=False, description="as PNG, JPEG and the like, and no DICOM")
    starts_from_model: bool = Field(default=False, description="it does nothing without one")
    tested: bool = Field(default=True, description="whether the tests run it; its libraries may not be had for a CPU")


class When(Frozen):
    """Jobs of which all that is given is true."""

    tasks: tuple[TaskType, ...] = ()
    engines: tuple[str, ...] = ()
    domains: tuple[Domain, ...] = ()
    methods: tuple[str, ...] = ()
    approaches: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    pipeline_tags: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    keys_not: tuple[str, ...] = ()
    models: bool | None = None

    def holds(self, job: "_Job") -> bool:
        """Whether the job is one of those."""
        wanted = (
            self.tasks, self.engines, self.domains, self.methods, self.approaches, self.workloads, self.pipeline_tags
        )  # fmt: skip
        return (
            all(not welcome or told in welcome for welcome, told in zip(wanted, job.told, strict=True))
            and (not self.keys or is_like(job.key, self.keys))
            and not is_like(job.key, self.keys_not)
            and (self.models is None or self.models == job.has_model)
        )


class _Job(NamedTuple):
    """What is asked of one: `told` as `When` lists it; `key` of its model."""

    told: tuple[str | None, ...]
    key: str
    has_model: bool


def _job(option: PlacementOption, spec: WorkloadSpec) -> _Job:
    model, approach = option.model, approach_for(spec)
    told = (
        spec.task_type, engine_of(option, spec).value, model.domain if model else spec.domain or "llm",
        spec.training.objective or spec.training.method or "none", approach.approach.key if approach else None,
        reference_for(spec).key, model.pipeline_tag if model else None,
    )  # fmt: skip
    return _Job(told, model.key.lower() if model else "", model is not None)


class JobRow(Frozen):
    program: str
    when: When
    arguments: tuple[str, ...] = ()


class Programs(Frozen):
    programs: dict[str, Program]
    jobs: tuple[JobRow, ...]


@lru_cache
def programs() -> Programs:
    """The file, read once."""
    return own_yaml((FOLDER / "programs.yaml"), Programs)


def program_of(option: PlacementOption) -> Program | None:
    """The program that the option names."""
    return programs().programs[option.program.name] if option.program else None


def is_tested(option: PlacementOption) -> bool:
    """Whether our tests run its program; true where it has none."""
    found = program_of(option)
    return found is None or found.tested


def with_program(option: PlacementOption, spec: WorkloadSpec) -> PlacementOption:
    """The option of a job with the program that carries it out, of anything else as it is."""
    job = _job(option, spec)
    row = next((row for row in programs().jobs if row.when.holds(job)), None)
    if row is None or torch_image(option.offer.gpu, row.program) is None:
        return option
    made = option.model_copy(update={"program": JobProgram(name=row.program)})
    program = programs().programs[row.program]
    named = option.runs.lower()
    own = (argument.replace("{model}", named) for argument in row.arguments)
    arguments = (*own, *settings_arguments(row.program, made, spec), *language_steps(program, made, spec))
    runs = max(1, spec.training.runs or 1) if option.nodes == 1 else 1
    if runs > 1 and row.program == "segment_volumes":
        arguments = (*arguments, f"--folds={runs}")
    return made.model_copy(update={"program": JobProgram(name=row.program, arguments=arguments, runs=runs)})


def job_files(option: PlacementOption) -> dict[str, str]:
    """The files of the option's program; none where it has none."""
    program = program_of(option)
    if program is None or option.program is None:
        return {}
    names = (f"{option.program.name}.py", *program.files)
    found = {name: (FOLDER / name).read_text(encoding="utf-8") for name in names}
    needs_torch = program.launcher == "accelerate" or "transformers" in program.packages
    image = torch_image(option.offer.gpu, option.program.name)
    torch = image.torch if image and needs_torch else ""
    found[REQUIREMENTS] = requirements((*program.packages, *store_clients(option)), option.offer.gpu, torch=torch)
    if program.launcher == "accelerate":
        found[ACCELERATE] = yaml.dump(accelerate_config(option), Dumper=yaml.CSafeDumper, sort_keys=False)
    return found


def _filled_store(option: PlacementOption) -> StoreKind | None:
    """The store that the program fills, where it fills one."""
    arguments = option.program.arguments if option.program else ()
    named = (argument.partition("=")[2] for argument in arguments if argument.startswith(INTO_STORE))
    return next((store_kinds()[name] for name in named), None)


def store_clients(option: PlacementOption) -> tuple[str, ...]:
    """What the program speaks with to the store that it fills."""
    kind = _filled_store(option)
    return kind.client if kind else ()


def store_variables(option: PlacementOption) -> dict[str, str]:
    """What the program reads from its environment to reach that store -> what the user fills in there."""
    kind = _filled_store(option)
    asks = known().things[kind.name].asks.values() if kind else ()
    return dict(zip(("STORE_URL", "STORE_KEY"), asks, strict=False))


def program_files(plan: DeploymentPlan, specs: Sequence[WorkloadSpec] = ()) -> dict[str, str]:
    """Path below the bundle -> text; `specs`: one for each workload, where the request named several."""
    if plan.together is not None:
        pairs = zip(plan.together.workloads, specs, strict=True)
        names = object_names(plan.together.workloads)
        placed = [
            with_program(workload.option.model_copy(update={"object_name": names[workload.name]}), spec)
            for workload, spec in pairs
            if workload.option is not None
        ]
        return {
            f"program/{workload_name(option)}/{name}": text
            for option in placed
            for name, text in job_files(option).items()
        }
    shown = shown_option(plan)
    if shown is None:
        return {}
    option = with_program(shown, plan.spec)
    found = dict(job_files(option))
    if any("answer_documents.py" in command for step in plan.steps for command in step.commands):
        found |= {name: (FOLDER / name).read_text(encoding="utf-8") for name in DOCUMENT_PROGRAMS}
    return {f"program/{name}": text for name, text in found.items()}


def program_command(
    option: PlacementOption, model: str, nodes: int, *, folder: str = MOUNT, main: str = "", installs: bool = True,
    server: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """What the container runs: the libraries are installed, then the program starts on all GPUs of the machine.

    `model`: its id or folder. `main`: the name of the first machine, where there are several. `server`: the command of
    the model's server, for the program that asks one.
    """
    program = program_of(option)
    assert program is not None
    assert option.program is not None
    install = f"pip install --quiet --requirement {folder}/{REQUIREMENTS} && " if installs else ""
    script = f"{folder}/{option.program.name}.py"
    starts = (
        starts_with(option, nodes, f"{folder}/{ACCELERATE}", main) if program.launcher == "accelerate" else "python3"
    )
    named = [f"--model={model or MODEL}"] if model or program.starts_from_model else []
    after = ["--", *server] if server else []
    run = f'exec {starts} {script} "$@"'
    if option.program.runs > 1:
        run = _again_and_again(f'{starts} {script} "$@"', option.program.runs)
    return ["bash", "-c", f"{efa.installs_plugin(option)}{install}{run}", option.program.name, *named,
            *option.program.arguments, *after]  # fmt: skip


def model_asked(option: PlacementOption) -> str:
    """What the command says of the model where nobody named one: one's own trees, or one of the plan's size."""
    if option.program is not None and option.program.name == "score_trees":
        return "your trained model: s3://..., or a folder that the job sees below /data"
    return f"id of the model to start from, of the size of {option.runs or 'the plan'}"


def _again_and_again(start: str, runs: int) -> str:
    """The runs one after the other; one whose result is there is left out, so that a restart goes on where it was.

    A run reads the folder run-N of the dataset where there is one.
    """
    return (
        'all="${OUTPUT:-/data/checkpoints}"; data="${DATA:-/data/dataset}"; mkdir -p "$all/final"; '
        f"for RUN_NUMBER in $(seq 0 {runs - 1}); do export RUN_NUMBER; "
        'if [ -e "$all/final/run-$RUN_NUMBER" ]; then continue; fi; export OUTPUT="$all/run-$RUN_NUMBER" DATA="$data"; '
        'if [ -d "$data/run-$RUN_NUMBER" ]; then DATA="$data/run-$RUN_NUMBER"; fi; '
        f'{start} && mv "$OUTPUT/final" "$all/final/run-$RUN_NUMBER" || exit 1; done'
    )


def tells_a_column(option: PlacementOption) -> bool:
    """Whether the program has to be told which column of a table it learns to tell."""
    return option.program is not None and option.program.name == "train_trees"


def runs_told(option: PlacementOption) -> str:
    """Of a job that is done several times over; empty for one that is done once."""
    runs = option.program.runs if option.program else 1
    if runs < 2:
        return ""
    return (
        f" It is run {runs} times, one after the other: run N has the seed N, leaves out fold N where the data have "
        "folds, and reads the folder run-N of the dataset where there is one; its result is in final/run-N."
    )


def cut_told(option: PlacementOption) -> str:
    """Where examples are cut off, as a sentence; empty for a program that cuts none."""
    limits = [one.partition("=")[2] for one in option.program.arguments if one.startswith("--max-tokens=")] if (
        option.program and option.program.name == "finetune_language"
    ) else []  # fmt: skip
    if not limits:
        return ""
    return f" Examples of more than {int(limits[0]):,} tokens are cut there: a line of its log says what part of them."


def installs_libraries(option: PlacementOption) -> bool:
    """Whether the job's image lacks what its program needs: an image with PyTorch alone does, the engine's does not."""
    return option.program is not None and option.program.name != BESIDE_A_SERVER


def libraries(option: PlacementOption) -> tuple[str, ...]:
    """Each as name==version, for an image that holds them."""
    return tuple(job_files(option).get(REQUIREMENTS, "").split())
