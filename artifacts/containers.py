"""What to do where a seller rents containers: image, arguments, environment, port, volume, and a first request.

Such a container does not become a node of a cluster, so nothing here is Kubernetes.
"""

import json
import re
import shlex
from functools import lru_cache
from math import ceil
from pathlib import Path

from artifacts.checkpoint import hub_token, is_gated, weights_gb
from artifacts.container_work import (
    ASLEEP,
    AT_FIRST,
    OWN_KEY,
    PROGRAM,
    PUBLIC_KEY,
    SSH_PORT,
    VOLUME,
    is_asleep,
    result_steps,
    work_steps,
)
from artifacts.engines import (
    QUANTISED,
    SERVERS,
    Engine,
    checkpoint,
    engine_environment,
    image,
    llama_flags,
    workload_name,
)
from artifacts.first_request import KEY_HEADER
from artifacts.jobs import job_arguments
from artifacts.notation import count, figure
from artifacts.programs import MODEL, store_variables
from artifacts.providers import is_documented, provider_of
from artifacts.proving import prove_steps
from artifacts.rented import machines_told, rented, step
from artifacts.sites import ONLINE
from artifacts.workloads import KEY_VARIABLES, PORT, server_arguments
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

SECRETS, RENT, ASKS = "Have a key and a token", "Rent the container", "Ask it something"
IMAGES_GB, _JOB_GB = 40, 100
"""Of a container's own disk, which is emptied when it stops; of a job's data and checkpoints."""
_DATA = re.compile(r"(?<![\w/])/data\b(?!-)")
_OF_PORT = re.compile(rf"^((?:--[a-z-]+=)?){PORT}$")
OWN = "your image"
_OWN_IMAGE = '"${WORKLOAD_IMAGE:?image that holds your program}"'
_OWN_CHECKPOINT = '"${CHECKPOINT:?id of weights in the number format of the plan}"'
_OWN_MODEL = '"${MODEL:?the model: an id on the Hub, s3://... or a folder of the container}"'
_WAITS, _EVERY_S = 120, 15
ADDRESS = "${ADDRESS:?as in https://...}"
_TOLD_OF_SELLER = {
    "runpod": (
        " RunPod's proxy ends what has not begun to answer after 100 seconds, so long answers are streamed "
        "(https://docs.runpod.io/pods/configuration/expose-ports). A pod that is only stopped goes on costing: its "
        "volume then at twice the price; a community machine is a stranger's, and may go away with what is on it."
    ),
    "vast": " An instance that is only stopped goes on costing: its disk is paid for until it is destroyed.",
}
"""Traps of a seller, told where one meets them."""
_GPU_TYPE = '"${GPU_TYPE:?id of the GPU type in the list of the seller}"'


def container_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, first_request: tuple[str, ...]
) -> tuple[Step, ...]:
    """From secrets to an answer, or to the results."""
    runs = [_secrets(option, engine), _rent(option, engine)]
    if is_asleep(option):
        arguments = container_arguments(option, engine)
        runs += work_steps(option, engine, spec, arguments, environment(option, engine))
    if engine in SERVERS:
        return (*runs, _ask(option, engine, first_request), *prove_steps(option, engine, spec, "$ADDRESS"))
    return (*runs, *(result_steps(option, engine) if is_asleep(option) else (_follow(option),)))


def container_arguments(option: PlacementOption, engine: Engine) -> list[str]:
    """What the container runs."""
    if engine is Engine.LLAMA_CPP and option.model:
        fetched = f"--hf-repo={checkpoint(option)}:{(option.quantization or '').upper()}"
        return ["/app/llama-server", fetched, "--host=0.0.0.0", f"--port={PORT}", *llama_flags(option)]
    if engine in SERVERS:
        return server_arguments(engine, option, folder=PROGRAM)
    name = workload_name(option)
    alone = {"${JOB_COMPLETION_INDEX}": "0", f"{name}-0.{name}": "127.0.0.1"}
    arguments = [_DATA.sub(VOLUME, argument) for argument in job_arguments(option, engine, 1, ONLINE, folder=PROGRAM)]
    for of_a_job, here in alone.items():
        arguments = [argument.replace(of_a_job, here) for argument in arguments]
    return arguments


def with_all_copies(option: PlacementOption, engine: Engine, arguments: list[str]) -> list[str]:
    """vLLM with every copy of a machine behind its one port; another server once for each, with GPUs and a port of
    its own."""
    copies = option.replicas // max(option.nodes, 1)
    if engine not in SERVERS or copies < 2 or not arguments:
        return arguments
    if engine is Engine.VLLM:
        return [*arguments, f"--data-parallel-size={copies}"]
    gpus = option.tensor_parallel * option.pipeline_parallel
    seen = {"nvidia": "CUDA_VISIBLE_DEVICES", "amd": "HIP_VISIBLE_DEVICES"}.get(
        option.offer.gpu.vendor if option.offer.gpu else ""
    )
    given = f"{seen}=$(seq -s, $((copy * {gpus})) $((copy * {gpus} + {gpus - 1}))) " if seen else ""
    words = " ".join(_OF_PORT.sub(rf"\1$(({PORT} + copy))", shlex.quote(argument)) for argument in arguments)
    return ["bash", "-c", f"for copy in $(seq 0 {copies - 1}); do {given}{words} & done; wait -n"]


def ports(option: PlacementOption, engine: Engine) -> tuple[int, ...]:
    """At which a container answers."""
    alone = engine is Engine.VLLM or not container_arguments(option, engine)
    copies = 1 if alone else option.replicas // max(option.nodes, 1)
    return tuple(range(PORT, PORT + max(copies, 1))) if engine in SERVERS else ()


def environment(option: PlacementOption, engine: Engine) -> dict[str, str]:
    """Variables of the container; secrets as variables of the shell that rents it."""
    variables = {"HF_HOME": VOLUME}
    if option.model is not None:
        variables["MODEL_ID"] = checkpoint(option)
        variables["HF_TOKEN"] = "${HF_TOKEN}"
    if engine not in SERVERS:
        # Where the programs look: their defaults are a job's volume.
        results = "answers" if engine is Engine.VLLM_BATCH else "checkpoints"
        variables |= {"DATA": f"{VOLUME}/dataset", "OUTPUT": f"{VOLUME}/{results}"}
        variables |= {name: f"${{{name}}}" for name in store_variables(option)}
    if engine is Engine.VLLM:
        variables |= engine_environment(option)
    if engine in SERVERS:
        variables[KEY_VARIABLES.get(engine, "API_KEY")] = "${API_KEY}"
    return variables


def _variables(option: PlacementOption, engine: Engine) -> dict[str, str]:
    """Of the container when it is rented: one that waits is told the rest when its work begins."""
    return {"SSH_PUBLIC_KEY": PUBLIC_KEY} if is_asleep(option) else environment(option, engine)


def volume_gb(option: PlacementOption, engine: Engine) -> int:
    """The weights and a tenth more; a job's data and checkpoints beside."""
    held = ceil(1.1 * (weights_gb(option) or 100.0))
    return held + (_JOB_GB if engine not in SERVERS else 20)


def _secrets(option: PlacementOption, engine: Engine) -> Step:
    commands = ['export API_KEY="${API_KEY:-$(openssl rand -hex 24)}" && echo "$API_KEY"'] if engine in SERVERS else []
    detail = "The token is asked for where weights are behind terms."
    if engine in SERVERS:
        detail = "The key is what callers show; keep it: whoever has the address could ask otherwise."
    if is_gated(option) and option.model is not None:
        detail += f" Accept the terms of {option.model.key} on its Hugging Face page and make a token there."
    commands.append(f'export HF_TOKEN="{hub_token(option)}"')
    if is_asleep(option):
        detail += " SSH_KEY_FILE is the public half of the key that you log in with (ssh-keygen makes one)."
        commands.append(OWN_KEY)
    return step(SECRETS, detail, *commands)


def _rent(option: PlacementOption, engine: Engine) -> Step:
    where, waits = image(engine, option) or OWN, is_asleep(option)
    arguments = list(ASLEEP) if waits else with_all_copies(option, engine, container_arguments(option, engine))
    size = volume_gb(option, engine)
    told = [
        f"Image {where}",
        f"arguments: {shlex.join(arguments)}" if arguments else "the image's own command",
        f"environment: {', '.join(sorted(_variables(option, engine)))}",
        f"a volume of {size} GB at {VOLUME}",
        f"{IMAGES_GB} GB of container disk",
    ]
    if held := ports(option, engine):
        told.append(f"HTTP port {PORT}" if len(held) == 1 else f"HTTP ports {PORT} to {held[-1]}, one for each copy")
    if option.nodes > 1:
        told.append(f"{count(option.nodes, 'container')} like it: rent as many, each has an address of its own")
    if waits:
        told.append(f"TCP port {SSH_PORT}, by which program and data come in: it waits for them")
    provider = provider_of(option)
    seller = option.offer.provider.lower()
    how = f"Follows {', '.join(provider.documented)}." if is_documented(option) else (
        "Order it in the seller's console with exactly this; no command line of this seller is known here. On a "
        "machine with Docker, the command does the same."
    )  # fmt: skip
    commands = {"runpod": _runpod, "vast": _vast}.get(seller, _docker)(option, engine, where, arguments, size)
    for told_as, asked in {QUANTISED: _OWN_CHECKPOINT, MODEL: _OWN_MODEL}.items():
        commands = tuple(command.replace(told_as, asked) for command in commands)
    return step(
        RENT,
        f"{rented(option)} This seller rents containers, which do not become nodes of a Kubernetes cluster. "
        f"{'; '.join(told)}. {how}",
        *commands,
    )


def _runpod(option: PlacementOption, engine: Engine, where: str, arguments: list[str], size: int) -> tuple[str, ...]:
    """Version 2 of the API, the first having ended in November 2026: its `args` are a start command, of which the JSON
    form replaces the image's own entry point (https://docs.runpod.io/pods/templates/manage-templates)."""
    community = "community" in option.offer.instance_type
    kind = _gpu_spelled(option)
    body = {
        "name": "stack8s", "image": "@WORKLOAD_IMAGE@" if where == OWN else where,
        "gpu": {"id": kind or "@GPU_TYPE@", "count": max(option.offer.gpu_count, 1)},
        "cloud": "COMMUNITY" if community else "SECURE", "disk": IMAGES_GB,
        "mounts": {"persistent": {"size": size, "path": VOLUME}},
        "ports": [*(f"{port}/http" for port in ports(option, engine)),
                  *([f"{SSH_PORT}/tcp"] if is_asleep(option) else [])],
        "env": {name: f"@{value[2:-1]}@" if value.startswith("${") else value
                for name, value in _variables(option, engine).items()},
        **({"args": json.dumps({"entrypoint": arguments[:1], "cmd": arguments[1:]})} if arguments else {}),
    }  # fmt: skip
    text = json.dumps(body, indent=2).replace(QUANTISED, "@CHECKPOINT@").replace(MODEL, "@MODEL@")
    asked = ("WORKLOAD_IMAGE", "CHECKPOINT", "MODEL", "GPU_TYPE", "API_KEY", "HF_TOKEN", "SSH_PUBLIC_KEY")
    names = [name for name in asked if f"@{name}@" in text]
    filled_in = " ".join(f'-e "s|@{name}@|${{{name}}}|"' for name in names)
    needed = [*((_GPU_TYPE,) if kind is None else ()), '"${RUNPOD_API_KEY:?key of the RunPod account}"',
              *((_OWN_IMAGE,) if where == OWN else ()),
              *((_OWN_CHECKPOINT,) if "@CHECKPOINT@" in text else ()),
              *((_OWN_MODEL,) if "@MODEL@" in text else ())]  # fmt: skip
    fed = f"sed {filled_in}" if filled_in else "cat"
    shown = 'curl --fail --silent --show-error "https://api.runpod.io/v2/pods/$(tail -n 1 pods)" '
    shown += "-H \"Authorization: Bearer $RUNPOD_API_KEY\" | jq '{status, ssh: .ssh.direct, runtime}'"
    return (
        f": {' '.join(needed)}",
        f"{fed} <<'EOF' | curl --fail --silent --show-error https://api.runpod.io/v2/pods "
        f"-H \"Authorization: Bearer $RUNPOD_API_KEY\" -H 'Content-Type: application/json' --data @- "
        f"| jq --raw-output .id >> pods\n{text}\nEOF",
        *((shown,) if is_asleep(option) else ()),
        *((f'export ADDRESS="https://$(tail -n 1 pods)-{PORT}.proxy.runpod.net"',) if engine in SERVERS else ()),
    )


def _gpu_spelled(option: PlacementOption) -> str | None:
    """The GPU as the seller's API spells it; null where that is not known."""
    gpu = option.offer.gpu
    return _spelled().sellers.get(option.offer.provider.lower(), {}).get(gpu.name) if gpu else None


class _Spelled(Frozen):
    sellers: dict[str, dict[str, str]]


@lru_cache
def _spelled() -> _Spelled:
    return own_yaml(Path(__file__).with_name("container_gpus.yaml"), _Spelled)


def _vast(option: PlacementOption, engine: Engine, where: str, arguments: list[str], size: int) -> tuple[str, ...]:
    variables = " ".join(f"-e {name}={value}" for name, value in _variables(option, engine).items()
                         if value.startswith(("${", VOLUME)))  # fmt: skip
    port = "".join(f"-p {port}:{port} " for port in ports(option, engine))
    kind = _gpu_spelled(option) or f"gpu_name={_GPU_TYPE[1:-1]}"
    query = f"num_gpus={max(option.offer.gpu_count, 1)} {kind} verified=true disk_space>={size + IMAGES_GB}"
    runs = f" --entrypoint {shlex.quote(arguments[0])} --args {shlex.join(arguments[1:])}" if arguments else ""
    name = _OWN_IMAGE if where == OWN else shlex.quote(where)
    reach: tuple[str, ...] = ()
    if is_asleep(option):
        # Its own SSH server takes the place of the image's command, and takes the key by itself.
        variables, runs = "", f" --ssh --direct --onstart-cmd {shlex.quote(AT_FIRST)}"
        instance = '"${INSTANCE:?id of the instance, in that answer}"'
        reach = (f'vastai attach ssh {instance} "$SSH_PUBLIC_KEY"', f"vastai ssh-url {instance}")
    told = f' --env "{port}{variables}"' if port or variables else ""
    return (
        f'vastai search offers "{query}" --order dph_total',
        f'vastai create instance "${{OFFER:?id of an offer of that list}}" --image {name} '
        f"--disk {size + IMAGES_GB}{told}{runs}",
        *reach,
    )


def _docker(option: PlacementOption, engine: Engine, where: str, arguments: list[str], size: int) -> tuple[str, ...]:
    variables = "".join(
        f" --env {name}" if value.startswith("${") and value[2:-1] == name
        else f' --env {name}="{value}"' if value.startswith("${")
        else f" --env {shlex.quote(f'{name}={value}')}"
        for name, value in _variables(option, engine).items()
    )  # fmt: skip
    port = "".join(f" --publish {port}:{port}" for port in ports(option, engine))
    port += f" --publish 127.0.0.1:2222:{SSH_PORT}" if is_asleep(option) else ""
    gpus = " --gpus all" if option.offer.gpu and option.offer.gpu.vendor == "nvidia" else ""
    entry = f" --entrypoint {shlex.quote(arguments[0])}" if arguments else ""
    runs = f" {shlex.join(arguments[1:])}" if arguments else ""
    name = _OWN_IMAGE if where == OWN else shlex.quote(where)
    run = f"docker run --detach --name stack8s --ipc host{gpus}{port} --volume stack8s:{VOLUME}"
    return (f"{run}{variables}{entry} {name}{runs}",)


def _ask(option: PlacementOption, engine: Engine, first_request: tuple[str, ...]) -> Step:
    size = weights_gb(option)
    fetched = f" The first start fetches {figure(size, 0)} GB; after that one request must be answered." if size else ""
    several = ""
    if option.nodes > 1:
        several = (
            " Each container answers at an address of its own: the programs that ask take turns, or a proxy with all "
            "of them stands before."
        )
    elif len(held := ports(option, engine)) > 1:
        several = f" The other copies answer at the ports to {held[-1]}: the programs that ask take turns."
    told = _TOLD_OF_SELLER.get(option.offer.provider.lower(), "")
    # Image and weights are fetched first: nothing answers for minutes, and the seller's proxy says 404 or 502.
    waits = (
        f"for attempt in $(seq {_WAITS}); do curl --fail --silent --output /dev/null {KEY_HEADER} "
        f'"{ADDRESS}/health" && break; sleep {_EVERY_S}; done'
    )
    return step(
        ASKS,
        f"ADDRESS is what the seller shows for port {PORT}.{fetched}{several} {machines_told(option)} are paid for "
        f"from the moment they are rented.{told} The first command waits until it answers, half an hour at most.",
        waits, *first_request,
    )  # fmt: skip


def _follow(option: PlacementOption) -> Step:
    return step(
        "Follow the job",
        f"The seller's console shows the log. Copy what is under {VOLUME} away before the container is given back: its "
        "volume goes with it where it is not one of its own.",
    )
