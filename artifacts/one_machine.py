"""The steps of work that needs no cluster: one machine, Docker on it, and the container that does the work.

`artifacts.proportion` decides when. The commands run on the machine itself; Podman takes the same ones.
"""

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from artifacts.adapters import adapter_told, adapter_volume, brought_by_hand
from artifacts.bringing_data import export_script
from artifacts.checkpoint import hub_token
from artifacts.compose_steps import compose_steps
from artifacts.container_work import VOLUME
from artifacts.containers import container_arguments, environment
from artifacts.data_size import disk_gb, volume_told
from artifacts.engines import QUANTISED, SERVERS, Engine, checkpoint, image
from artifacts.finishing import (
    MERGE,
    TAKE,
    conversion_commands,
    conversion_told,
    converted_folder,
    result_folder,
    wants_conversion,
)
from artifacts.first_request import curl, request_of
from artifacts.giving_back import give_back_machine
from artifacts.hours import hours_steps
from artifacts.jobs import job_arguments
from artifacts.notation import figure
from artifacts.object_store import FOLDER_KEY, RESULTS_KEY, store_file, uses_store, with_rclone
from artifacts.present import is_there
from artifacts.program_manifest import program_written
from artifacts.programs import (
    ASKS_TARGET,
    MODEL,
    MOUNT,
    TARGET,
    cut_told,
    model_asked,
    program_of,
    runs_told,
    store_variables,
    tells_a_column,
)
from artifacts.proportion import Proportion, others_use_it, worth_a_cluster
from artifacts.providers import (
    RESERVATION,
    Provider,
    attached_gpu,
    filled,
    has_machine_name,
    is_documented,
    machine_type,
    provider_of,
    sold_by_reservation,
)
from artifacts.proving import prove_steps
from artifacts.recurring import again_steps, spot_words
from artifacts.rented import rented, step
from artifacts.retrieving import answers_from_documents
from artifacts.sites import ONLINE
from artifacts.workloads import PORT
from domain.base import Frozen
from domain.offers import Vendor
from domain.own_files import own_yaml
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

FOLDER = "$HOME/stack8s"
"""On the machine: what is fetched, read and written stays there when a container is replaced."""
RENT, READY, BRING, RUN, ASK, FOLLOW = (
    "Rent the machine", "Make the machine ready", "Bring the data", "Start it", "Ask it something", "Follow the job",
)  # fmt: skip
RENT_SEVERAL = "Rent the machines"
"""Of a disk, for the system and the image."""
_OWN_IMAGE = '"${WORKLOAD_IMAGE:?image that holds your program}"'
_DEVICES: dict[Vendor | None, str] = {
    "amd": " --device /dev/kfd --device /dev/dri --group-add video --security-opt seccomp=unconfined",
    "nvidia": " --gpus all",
    None: "",
}
_LOOKS: dict[Vendor | None, str] = {"amd": "rocm-smi", "nvidia": "nvidia-smi", None: "lscpu"}


class Rents(Frozen):
    """A provider's command for one machine."""

    told: str
    gpu: str
    cpu: str
    spot: str
    opens: tuple[str, ...] = ()
    open_to_all: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()


class Machines(Frozen):
    providers: dict[str, Rents]
    software: dict[str, str]


@lru_cache
def _known() -> Machines:
    path = Path(__file__).with_name("one_machine.yaml")
    return own_yaml(path, Machines)


def machine_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, proportion: Proportion,
    retrieval: Retrieval | None = None,
) -> tuple[Step, ...]:  # fmt: skip
    """From the machine to an answer, or to the results; no step sets up a cluster."""
    made = _machine_steps(option, engine, spec, proportion, retrieval)
    asked = {
        MODEL: f"MODEL:?{model_asked(option)}",
        QUANTISED: "CHECKPOINT:?id of weights in the number format of the plan",
    }
    return tuple(one.model_copy(update={"commands": tuple(_asking(text, asked) for text in one.commands)})
                 for one in made)  # fmt: skip


def _asking(command: str, asked: Mapping[str, str]) -> str:
    """With variables in the place of what only the user can name, which stands in words without quotes."""
    for told, variable in asked.items():
        command = command.replace(told, f'"${{{variable}}}"')
    return command


def _machine_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, proportion: Proportion, retrieval: Retrieval | None
) -> tuple[Step, ...]:
    steps = [] if option.is_own else [_rent(option, spec)]
    steps.append(_ready(option, proportion))
    if engine in SERVERS and (others_use_it(option, spec) or answers_from_documents(retrieval)):
        composed = compose_steps(option, engine, spec, retrieval)
        return (*steps, *composed, *hours_steps(option, cluster=False), *give_back_machine(option, spec))
    if engine not in SERVERS:
        done = (*_converted(option, engine, spec), _take(option, engine, spec), *again_steps(option, engine, spec))
        return (*steps, _bring(option, spec), _start_job(option, engine), _follow(option, spec), *done,
                *give_back_machine(option, spec))  # fmt: skip
    proved = prove_steps(option, engine, spec, f"http://127.0.0.1:{PORT}")
    proved = (*proved, *hours_steps(option, cluster=False))
    return (
        *steps,
        _start_server(option, engine),
        _ask(option, engine, spec),
        *proved,
        *give_back_machine(option, spec),
    )


def _rent(option: PlacementOption, spec: WorkloadSpec) -> Step:
    offer, provider = option.offer, provider_of(option)
    found = _known().providers.get(offer.provider.lower())
    disk = disk_gb(option, spec)
    reach = "Only SSH has to be open, from your own address; answers come through it."
    is_public = option.job_hours is None and others_use_it(option, spec)
    if is_public:
        reach = "Open SSH from your own address, and TCP 80 and 443 for those who use it."
    title = RENT if option.nodes == 1 else RENT_SEVERAL
    if found is None or not has_machine_name(option):
        has_pages = provider.kubernetes == "k3s" and is_documented(option)
        where = f" {provider.words} Pages: {', '.join(_pages(provider))}." if has_pages else (
            " Choose an image with Ubuntu 24.04" + (", the GPU driver and Docker." if offer.gpu else " and Docker.")
        )  # fmt: skip
        one = "one" if option.nodes == 1 else "them"
        return step(
            title,
            f"{rented(option)} Order {one} in the console, with {figure(disk)} GB of disk (where its own is "
            f"smaller, with a volume of that size beside it).{where} {reach}",
        )
    template = found.gpu if offer.gpu else found.cpu
    values = {
        "region": offer.region, "machine": machine_type(offer), "disk_gb": str(disk),
        "architecture": "arm64" if _is_arm(offer.instance_type) else "amd64",
    }  # fmt: skip
    command = filled(template.replace("%{region_told}", offer.region), values)
    if accelerator := attached_gpu(offer):
        command = f"{command} --accelerator type={accelerator},count={offer.gpu_count}"
    if offer.pricing == "spot":
        command = f"{command} {spot_words(option) or found.spot}"
    if sold_by_reservation(option):
        command = f'{command} --reservation-affinity specific --reservation "${{{RESERVATION}}}"'
    command = _so_often(command, option.nodes)
    image_told = f" {found.told}" if offer.gpu else ""
    quota = " A new account asks for quota of this machine type first." if offer.gpu else ""
    how = " The last lines say how it is reached." if found.reached else ""
    opened = (*found.opens, *(found.open_to_all if is_public else ()))
    return step(
        title,
        f"{rented(option)}{image_told}{quota} {reach}{how}",
        *(filled(one, values) for one in opened),
        command,
        *(filled(one, values) for one in found.reached),
    )


def _so_often(command: str, machines: int) -> str:
    """The command for several machines: with their number, or once for each of them."""
    if machines < 2:
        return command
    if "--count 1 " in command:
        return command.replace("--count 1 ", f"--count {machines} ")
    group, joined, made = command.rpartition("&& ")
    named = made.replace("create stack8s ", "create stack8s-$number ").replace(
        "--name stack8s ", "--name stack8s-$number "
    )
    return f"{group}{joined}for number in $(seq {machines}); do\n  {named}\ndone"


def _pages(provider: Provider) -> tuple[str, ...]:
    """Without those on clusters."""
    return tuple(page for page in provider.documented if "k3s" not in page)


def _ready(option: PlacementOption, proportion: Proportion) -> Step:
    gpu = option.offer.gpu
    vendor = gpu.vendor if gpu else None
    each = "machine" if option.nodes == 1 else "machines, each,"
    where = f"The commands from here on run on the {each}" + ("." if option.is_own else " over SSH.")
    later = f" Worth adding later: Kubernetes, once {worth_a_cluster()}." if option.nodes == 1 else ""
    lacks = _known().software[vendor if vendor in ("nvidia", "amd") else "none"]
    return step(
        READY,
        f'No cluster is set up, since {proportion.because} (rule "{proportion.rule}"). {where} {lacks}{later}',
        _LOOKS.get(vendor, "lscpu"),
        "docker info --format '{{.ServerVersion}} {{json .Runtimes}}'",
        f'mkdir -p "{FOLDER}"',
    )


def _bring(option: PlacementOption, spec: WorkloadSpec) -> Step:
    program = program_of(option)
    reads = f"It reads {program.data}. " if program else ""
    told = f"{reads}The disk holds {volume_told(option, spec)}"
    files = program_written(option, f"{FOLDER}/program")
    if is_there(spec, "postgres"):
        reads = "The first command writes what the query gives as CSV, on a machine that reaches the database."
        read = (
            f'docker run --rm --volume "{FOLDER}:/data" --env DATABASE_URL="${{DATABASE_URL:?postgresql://...}}" '
            f'--env DATA_QUERY="${{DATA_QUERY:?what the job reads, as in select * from features}}" --entrypoint sh '
            f"{library_versions().images['postgres'].image} -c {shlex.quote(export_script())}"
        )
        return step(BRING, f"{told} {reads}", read, *files)
    reads_store, writes_store = uses_store(option, spec)
    reach = (store_file(option, spec, FOLDER),) if writes_store else ()
    if reads_store:
        fetched = with_rclone(f'copy --transfers 16 --progress "${FOLDER_KEY}" /data/dataset', FOLDER)
        return step(BRING, f"{told} They come from your object store.", *reach, fetched, *files)
    here = f'"{FOLDER}/dataset/"' if option.is_own else '"${MACHINE:?user@address of the machine}:stack8s/dataset/"'
    where = "" if option.is_own else " The first command runs where the data are, the others on the machine."
    copied = f'rsync --archive --partial --info=progress2 "${{DATASET:?folder with the data}}/" {here}'
    return step(
        BRING, f"{told}{where} The program and its libraries' versions are written to files.", copied, *reach, *files
    )


def _start_job(option: PlacementOption, engine: Engine) -> Step:
    where, program = image(engine, option), program_of(option)
    runs = f"{option.program.name}.py ({program.title})" if option.program and program else "Your program"
    untried = "" if program is None or program.tested else (
        " Our tests do not run this program: its libraries need a GPU or its image."
    )  # fmt: skip
    copies = option.replicas if engine is Engine.VLLM_BATCH else 1
    told = {"HF_HOME": "/data/hub", "HF_TOKEN": "${HF_TOKEN}", "JOB_COMPLETION_INDEX": "${copy}" if copies > 1 else "0"}
    if tells_a_column(option):
        told[TARGET] = f"${{{TARGET}:?{ASKS_TARGET}}}"
    told |= {name: f"${{{name}:?{what}}}" for name, what in store_variables(option).items()}
    if option.model is not None:
        told["MODEL_ID"] = checkpoint(option)
    container = _Container(
        image=where, arguments=tuple(job_arguments(option, engine, 1, ONLINE)), environment=told,
        flags=f' --volume "{FOLDER}:/data"' + (f' --volume "{FOLDER}/program:{MOUNT}:ro"' if program else ""),
    )  # fmt: skip
    return step(
        RUN,
        f"{runs} in {where or 'an image of yours'}, with the settings of the memory proof.{runs_told(option)}"
        f"{cut_told(option)}{untried} "
        f"Checkpoints and results go to {FOLDER}; started again, it goes on from the last checkpoint.",
        _token(option),
        _runs(container, copies, option),
    )


def _start_server(option: PlacementOption, engine: Engine) -> Step:
    named = option.model.key if option.model else option.runs or "The workload"
    copies = option.replicas
    detail = f"{named} with {engine.value}" + (f" at {option.quantization}" if option.quantization else "")
    detail += ", with the settings of the memory proof." if option.proof else "."
    detail += f" What is fetched stays in {FOLDER}; the container starts again with the machine."
    if copies > 1:
        detail += f" Its {copies} copies answer at the ports {PORT} to {PORT + copies - 1}."
    port = f"$(({PORT} + copy))" if copies > 1 else str(PORT)
    container = _Container(
        image=image(engine, option), arguments=tuple(container_arguments(option, engine)),
        environment=environment(option, engine),
        flags=f' --restart unless-stopped --publish 127.0.0.1:{port}:{PORT} --volume "{FOLDER}:{VOLUME}"'
        f"{adapter_volume(option, FOLDER)}",
    )  # fmt: skip
    return step(
        RUN,
        f"{detail} It answers on the machine itself only.{adapter_told(option, in_cluster=False)}",
        *brought_by_hand(option, FOLDER),
        'export API_KEY="${API_KEY:-$(openssl rand -hex 24)}" && echo "$API_KEY"',
        *program_written(option, f"{FOLDER}/program"),
        _token(option),
        _runs(container, copies, option),
    )


class _Container(Frozen):
    image: str | None
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    flags: str


def _runs(container: _Container, copies: int, option: PlacementOption) -> str:
    """`docker run` once, or once for each copy with GPUs of its own."""
    gpu = option.offer.gpu
    vendor = gpu.vendor if gpu else None
    if copies < 2:
        return _run_line(container, "stack8s", _DEVICES.get(vendor, ""))
    gpus = option.tensor_parallel * option.pipeline_parallel
    listed = f"$(seq -s, $((copy * {gpus})) $((copy * {gpus} + {gpus - 1})))"
    device = {
        "nvidia": f' --gpus "\\"device={listed}\\""',
        "amd": f'{_DEVICES["amd"]} --env HIP_VISIBLE_DEVICES="{listed}"',
    }.get(vendor or "", "")
    body = _run_line(container, '"stack8s-$copy"', device).replace("\n", "\n  ")
    return f"for copy in $(seq 0 {copies - 1}); do\n  {body}\ndone"


def _run_line(container: _Container, name: str, device: str) -> str:
    """Secrets stay variables of the shell; everything of the catalogue is quoted."""
    lines = [f"docker run --detach --name {name} --ipc host{device}{container.flags}"]
    lines.append(" ".join(_variable(key, value) for key, value in container.environment.items()))
    entry = [f"--entrypoint {shlex.quote(container.arguments[0])}"] if container.arguments else []
    held = shlex.quote(container.image) if container.image else _OWN_IMAGE
    lines.append(" ".join([*entry, held, *([shlex.join(container.arguments[1:])] if container.arguments[1:] else [])]))
    return " \\\n  ".join(line for line in lines if line)


def _variable(name: str, value: str) -> str:
    if value == f"${{{name}}}":
        return f"--env {name}"
    return f'--env {name}="{value}"' if value.startswith("${") else f"--env {shlex.quote(f'{name}={value}')}"


def _ask(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> Step:
    tunnel = (
        f" From your own machine: ssh -L {PORT}:127.0.0.1:{PORT} user@machine, and the same address."
        if not option.is_own
        else ""
    )
    name = "stack8s-0" if option.replicas > 1 else "stack8s"
    # Docker takes connections before the server does, and cuts them off.
    asked = curl(request_of(option, engine, spec), f"http://127.0.0.1:{PORT}")
    asked = asked.replace("--retry 15 --retry-connrefused", "--retry 300 --retry-all-errors")
    return step(
        ASK,
        f"The first start fetches the weights and reads them: the log says when it listens.{tunnel} The API is at "
        f"http://127.0.0.1:{PORT}; programs that speak OpenAI's API take that address with /v1 and the key. "
        + ("Stop it with docker stop; the rent goes on until the machine is given back." if not option.is_own else ""),
        f"docker logs --tail 20 {name}",
        asked,
    )  # fmt: skip


def _follow(option: PlacementOption, spec: WorkloadSpec) -> Step:
    batch = spec.task_type == "batch_inference"
    name = "stack8s-0" if batch and option.replicas > 1 else "stack8s"
    return step(
        FOLLOW,
        "It is done when the container has exited with 0.",
        f"docker logs --follow {name}",
        f"docker inspect --format '{{{{.State.Status}}}} {{{{.State.ExitCode}}}}' {name}",
    )


def _converted(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> tuple[Step, ...]:
    """Merged adapters or GGUF, where that is what is wanted."""
    if not wants_conversion(option, engine, spec):
        return ()
    return (step(MERGE, conversion_told(option, spec), *conversion_commands(option, spec, FOLDER)),)


def _take(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> Step:
    """Off the machine, before it is given back."""
    folder = result_folder(option, engine)
    if wants_conversion(option, engine, spec):
        folder = converted_folder(option, spec)
    if uses_store(option, spec)[1]:
        put = with_rclone(f'copy --progress /data/{folder} "${RESULTS_KEY}"', FOLDER)
        return step(TAKE, "Into your object store, from the machine.", put)
    if option.is_own:
        return step(TAKE, f"They lie in {FOLDER}/{folder}.", f'ls -lh "{FOLDER}/{folder}"')
    return step(
        TAKE,
        "Where the machine was rented from, before it is given back.",
        f'rsync --archive --partial "${{MACHINE:?user@address of the machine}}:stack8s/{folder}" .',
        "du -sh *",
    )


def _token(option: PlacementOption) -> str:
    return f'export HF_TOKEN="{hub_token(option)}"'


def _is_arm(machine: str) -> bool:
    """AWS marks machines with its own processors by a g behind the generation."""
    return bool(re.match(r"^[a-z]+\d+g[a-z]*\.", machine))
