"""How a program and its data get into a rented container, and the results out of it: over SSH.

Such a container is rented asleep: its command only starts an SSH server, since the volume that holds the program is
there no sooner than the container is (https://docs.runpod.io/pods/configuration/use-ssh). What it does then lies in
`run.sh`, which goes on where it was when it is started again.
"""

import shlex
from collections.abc import Mapping, Sequence

from artifacts.data_size import dataset_part, volume_told
from artifacts.engines import QUANTISED, SERVERS, Engine, workload_name
from artifacts.finishing import TAKE, result_folder
from artifacts.notation import count, figure
from artifacts.object_store import DATA, FOLDER_KEY, folder_word, is_much, put_there, rclone_settings
from artifacts.present import is_there
from artifacts.program_manifest import program_written
from artifacts.programs import ASKS_TARGET, MODEL, TARGET, program_of, store_variables, tells_a_column
from artifacts.rented import step
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

VOLUME = "/workspace"
"""Where the seller's volume is mounted: what is fetched stays when the container is stopped."""
PROGRAM = f"{VOLUME}/program"
SSH_PORT = 22
BRING, START, FOLLOW = "Bring the program and the data", "Start it", "Follow the job"
ENVIRONMENT = "/root/environment"
"""The variables of the image, which a session over SSH does not have."""
ASLEEP = (
    "bash", "-c",
    f"export -p > {ENVIRONMENT} && apt-get update --quiet && "
    "DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet openssh-server rsync && "
    'mkdir -p /root/.ssh /run/sshd && echo "$SSH_PUBLIC_KEY" > /root/.ssh/authorized_keys && '
    "chmod 700 /root/.ssh && chmod 600 /root/.ssh/authorized_keys && /usr/sbin/sshd && exec sleep infinity",
)  # fmt: skip
"""The command of a container that waits for its work."""
PUBLIC_KEY = "${SSH_PUBLIC_KEY}"
AT_FIRST = f"export -p > {ENVIRONMENT}; apt-get update --quiet; apt-get install --yes --quiet rsync"
"""The same where the seller brings the SSH server."""
OWN_KEY = 'export SSH_PUBLIC_KEY="$(cat "${SSH_KEY_FILE:-$HOME/.ssh/id_ed25519.pub}")"'
_SECRETS, _LOG = "/root/secrets", f"{VOLUME}/stack8s.log"
_SSH = 'ssh -p "${SSH_PORT:?port at which the container takes SSH}" root@"${SSH_HOST:?address of the container}"'
_COPY = 'rsync --archive --partial --info=progress2 --rsh "ssh -p ${SSH_PORT:?port at which the container takes SSH}"'
_THERE = 'root@"${SSH_HOST:?address of the container}"'
_ASKED = {
    QUANTISED: ("CHECKPOINT", "id of weights in the number format of the plan"),
    MODEL: ("MODEL", "the model: an id on the Hub, s3://... or a folder of the container"),
}


def is_asleep(option: PlacementOption) -> bool:
    """Whether the container is rented to wait for a program of ours."""
    return option.program is not None


def work_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, arguments: Sequence[str], variables: Mapping[str, str]
) -> tuple[Step, ...]:
    """From a container that waits to one that works; `variables` hold secrets as variables of the shell."""
    asked = {name: why for told, (name, why) in _ASKED.items() if told in shlex.join(arguments)}
    if tells_a_column(option):
        asked[TARGET] = ASKS_TARGET
    asked |= store_variables(option)
    secrets = [name for name, value in variables.items() if value.startswith("${")]
    bring = _bring(option, engine, spec, _script(arguments, variables, secrets))
    return bring, _start(option, engine, [*secrets, *asked], {**_secret_names(variables), **asked})


def result_steps(option: PlacementOption, engine: Engine) -> tuple[Step, ...]:
    """The log, and what it made, before the container and its volume are gone."""
    each = _each(option)
    return (
        step(FOLLOW, f"Its last line says with what it ended; 0 is well.{each}", f"{_SSH} tail -f {_LOG}"),
        step(
            TAKE,
            f"Before the container is given back: its volume goes with it.{each}",
            f"{_COPY} {_THERE}:{VOLUME}/{result_folder(option, engine)} results/",
            "du -sh results",
        ),
    )


def _bring(option: PlacementOption, engine: Engine, spec: WorkloadSpec, script: str) -> Step:
    program = program_of(option)
    here = f"program/{workload_name(option)}" if option.object_name else "program"
    files = (*program_written(option, here), f"cat > {here}/run.sh <<'END'\n{script}\nEND")
    copied = f"{_COPY} {here}/ {_THERE}:{PROGRAM}/"
    told = (
        "SSH_HOST and SSH_PORT are what the seller shows for the container's port 22. The first commands write the "
        "program to a folder here, where it is in the folder of --out already."
    )
    if engine in SERVERS or program is None or not program.data:
        return step(BRING, f"{told}{_each(option)}", *files, copied)
    size = dataset_part(spec)
    told = f"{told} It reads {program.data}. The volume holds {volume_told(option, spec)}{_each(option)}"
    if is_there(spec, "object-store") or spec.addresses.data or is_much(size):
        fetched = (
            f"{_SSH} 'apt-get install --yes --quiet rclone && . {_SECRETS} && "
            f'rclone copy --transfers 16 --stats 30s --stats-one-line --verbose "${FOLDER_KEY}" {VOLUME}/dataset\''
        )
        names = {**rclone_settings(option, spec), FOLDER_KEY: folder_word(option, spec, DATA)}
        how, put = put_there(option, spec, size)
        why = f"{figure(size.gb, 0)} GB come from an object store{how}" if how else "They come from your object store."
        return step(BRING, f"{told} {why}", *files, copied, *put, _told(names), fetched)
    data = f'{_COPY} "${{DATASET:?folder with the data}}/" {_THERE}:{VOLUME}/dataset/'
    return step(BRING, told, *files, copied, data)


def _start(option: PlacementOption, engine: Engine, names: Sequence[str], asked: Mapping[str, str]) -> Step:
    shell = {name: f"${{{name}:?{asked[name]}}}" if asked[name] else f"${{{name}}}" for name in names}
    several = _copies(option) > 1
    number = ' "${CONTAINER:?0 for the first container, 1 for the next}"' if several else ""
    start = f"{_SSH} nohup bash {PROGRAM}/run.sh{number} '>{_LOG} 2>&1 </dev/null &'"
    does = (
        "Started again, it goes on from the last checkpoint" if engine not in SERVERS else "It answers once it loaded"
    )
    return step(START, f"{does}; the log is {_LOG}.{_each(option)}", *((_told(shell),) if shell else ()), start)


def _script(arguments: Sequence[str], variables: Mapping[str, str], secrets: Sequence[str]) -> str:
    """What the container does: its environment, the command, and how that ended."""
    known = {name: value for name, value in variables.items() if name not in secrets}
    command = shlex.join(arguments)
    for told, (name, _) in _ASKED.items():
        command = command.replace(told, f'"${name}"')
    lines = [
        "#!/usr/bin/env bash",
        f"touch {_SECRETS} && . {ENVIRONMENT} && . {_SECRETS}",
        'export JOB_COMPLETION_INDEX="${1:-0}"',
    ]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in known.items()]
    return "\n".join([*lines, f"cd {VOLUME}", command, 'echo "ended with $?"'])


def _told(values: Mapping[str, str]) -> str:
    """Puts values of this shell where the container's own reads them; they are in no command line there."""
    words = " ".join(f"{name}=%q" for name in values)
    held = " ".join(f'"{value}"' for value in values.values())
    return f"printf 'export {words}\\n' {held} | \\\n  {_SSH} 'umask 077 && cat >> {_SECRETS}'"


def _secret_names(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: "" for name, value in variables.items() if value.startswith("${")}


def _copies(option: PlacementOption) -> int:
    return option.nodes


def _each(option: PlacementOption) -> str:
    if _copies(option) < 2:
        return ""
    return f" This is done for each of the {count(_copies(option), 'container')}, with its own address and number."
