"""Work that comes back on one machine without a cluster: what starts each run, and stops what is rented after it.

`run_again` is put on the machine and does one run. A rented machine is started for it and stopped behind it by a script
of the user's, from `recurring.yaml`; where the seller has no such command, SkyPilot rents one for each run, or the step
says what the machine costs that is left on.
"""

import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from artifacts.bringing_data import export_script
from artifacts.bundle.skypilot import clouds, skypilot_task
from artifacts.data_size import RUNS_KEPT
from artifacts.engines import Engine, image
from artifacts.finishing import result_folder
from artifacts.notation import money
from artifacts.object_store import FOLDER_KEY, RESULTS_KEY, uses_store, with_rclone
from artifacts.present import is_there
from artifacts.providers import filled
from artifacts.rented import step
from domain.base import HOURS_PER_MONTH, Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

AGAIN, EACH_RUN = "Let it run again", "Start the machine for each run"
FOLDER = "$HOME/stack8s"
"""On the machine."""
HERE = "$HOME/.stack8s"
"""Of the script, where the machine was rented from."""
TASK = "cloud/skypilot.yaml"
_LATER = "(crontab -l 2>/dev/null | grep --invert-match --fixed-strings {script}; echo '{line}') | crontab -"


class MachineCommands(Frozen):
    """A provider's commands for a machine that is there."""

    find: str = ""
    start: str
    address: str
    stop: str
    keeps: str = ""
    ends: str = ""
    asks: dict[str, str] = Field(default_factory=dict)


class _Known(Frozen):
    machines: dict[str, MachineCommands]
    told: dict[str, str]


@lru_cache
def _known() -> _Known:
    return own_yaml(Path(__file__).with_name("recurring.yaml"), _Known)


def machine_commands(option: PlacementOption) -> MachineCommands | None:
    """With the option's region in them; null where none are known of the seller."""
    known = _known().machines.get(option.offer.provider.lower())
    if known is None:
        return None
    texts = {name: _filled(getattr(known, name), option) for name in ("find", "start", "address", "stop", "ends")}
    return known.model_copy(update=texts)


def words(name: str) -> str:
    """A text of `told`, with blanks."""
    return _known().told[name]


def kept_for_later(asked: Mapping[str, str]) -> str:
    """The command that writes variables of this shell to a file that only its user reads, for what cron starts."""
    names = " ".join(f"{name}=%q" for name in asked)
    values = " ".join(f'"${{{name}:?{why}}}"' for name, why in asked.items())
    return f'mkdir -p "{HERE}" && (umask 077 && printf \'export PATH=%q {names}\\n\' "$PATH" {values} > "{HERE}/env")'


def is_stopped_between(option: PlacementOption) -> bool:
    """Whether steps stop the rented machine after each run."""
    return bool(option.schedule) and not option.is_own and option.offer.provider.lower() in _known().machines


def is_rented_anew(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether each run rents its own machine or container and gives it back. Of a container only the disk is left when
    it is stopped, at a price of its own and on a machine that others may have by then; so it is not kept."""
    if not option.schedule or option.is_own or (option.offer.can_be_node and is_stopped_between(option)):
        return False
    return skypilot_task(option, spec, TASK) is not None


def spot_words(option: PlacementOption) -> str:
    """How a spot machine is asked for that is stopped between its runs; empty: as any other."""
    return _known().machines[option.offer.provider.lower()].keeps if is_stopped_between(option) else ""


def before_it_is_given_back(option: PlacementOption) -> tuple[str, ...]:
    """Ends what would rent the machine anew."""
    if not spot_words(option) or option.offer.pricing != "spot":
        return ()
    return (_filled(_known().machines[option.offer.provider.lower()].ends, option),)


def again_steps(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> tuple[Step, ...]:
    """Nothing for work that is done once."""
    if not option.schedule:
        return ()
    known = _known()
    if option.is_own:
        return (_on_the_machine(option, engine, spec, known.told["own"], by_clock=True),)
    if is_rented_anew(option, spec):
        return (_rented_anew(option, engine, spec),)
    if not option.offer.can_be_node:
        return (step(AGAIN, known.told["container"].format(schedule=option.schedule, all_month=_all_month(option))),)
    if is_stopped_between(option):
        there = _on_the_machine(option, engine, spec, "The next step starts it.", by_clock=False)
        return there, _for_each_run(option, engine, spec)
    told = known.told["left_on"].format(all_month=_all_month(option))
    return (_on_the_machine(option, engine, spec, told, by_clock=True),)


def _all_month(option: PlacementOption) -> str:
    return money((option.offer.price_per_hour_usd or 0.0) * option.nodes * HOURS_PER_MONTH)


def _on_the_machine(option: PlacementOption, engine: Engine, spec: WorkloadSpec, told: str, *, by_clock: bool) -> Step:
    names = " ".join(_containers(option))
    results, whole = result_folder(option, engine).partition("/")[0], result_folder(option, engine)
    lines = [
        "#!/usr/bin/env bash",
        "# One run over what the folder dataset holds now; one that is still going is not started twice.",
        "set -euo pipefail",
        f'cd "{FOLDER}" && exec 9>run-again.lock && flock --nonblock 9',
    ]
    does = "What was answered already is left out."
    if results != whole:
        # A training that found the last run's checkpoints would have nothing left to do; they are the container's.
        held = shlex.quote(image(engine, option) or "${WORKLOAD_IMAGE:?image that holds your program}")
        lines.append(
            f'[ ! -e {whole} ] || docker run --rm --volume "$PWD:/data" --entrypoint sh {held} -c '
            f"'mkdir -p /data/runs && mv /data/{results} /data/runs/$(date +%F-%H%M%S)'"
        )
        does = f"What the run before made goes to {FOLDER}/runs: remove old ones, the disk has room for {RUNS_KEPT}."
    before: tuple[str, ...] = ()
    if is_there(spec, "postgres"):
        lines.append(
            'docker run --rm --volume "$PWD:/data" --env-file database.env --entrypoint sh '
            f"{library_versions().images['postgres'].image} -c {shlex.quote(export_script())}"
        )
        values = '"DATABASE_URL=${DATABASE_URL:?postgresql://...}" "DATA_QUERY=${DATA_QUERY:?what the job reads}"'
        before = (f"(umask 077 && printf '%s\\n' {values} > \"{FOLDER}/database.env\")",)
    reads_store, writes_store = uses_store(option, spec)
    if reads_store:
        lines.append(with_rclone(f'sync "${FOLDER_KEY}" /data/dataset', FOLDER))
    lines += [f"docker start {names} >/dev/null", f"! docker wait {names} | grep --invert-match --line-regexp 0"]
    if writes_store:
        into = f"${RESULTS_KEY}/$(date +%F)" if results != whole else f"${RESULTS_KEY}"
        lines.append(with_rclone(f'copy /data/{whole} "{into}"', FOLDER))
    script = "\n".join(lines)
    clock = (_cron(option, f"bash {FOLDER}/run-again.sh", "run-again.log", FOLDER),) if by_clock else ()
    from_where = "the object store" if reads_store else f"{FOLDER}/dataset"
    when = f"At {option.schedule} in the machine's time; new data go into {from_where} before that. " * by_clock
    return step(
        AGAIN,
        f"{when}{told} {does}",
        *before,
        f"cat > \"{FOLDER}/run-again.sh\" <<'END'\n{script}\nEND",
        *clock,
    )


def _for_each_run(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> Step:
    known = machine_commands(option)
    assert known is not None
    # A query's rows are read on the machine; its script does it.
    bring = (
        ""
        if is_there(spec, "postgres") or uses_store(option, spec)[0]
        else 'rsync --archive --partial "$DATASET/" "$there:stack8s/dataset/"\n'
    )
    found = f"{known.find}\n" if known.find else ""
    script = (
        "#!/usr/bin/env bash\n"
        "# One run: the machine is started, brings the run to its end, and is stopped.\n"
        "set -euo pipefail\n"
        f'cd "{HERE}" && . ./env && exec 9>lock && flock --nonblock 9\n'
        f"{found}{known.start}\n"
        f"trap {shlex.quote(known.stop)} EXIT\n"
        f'there="${{MACHINE%@*}}@$({known.address})"\n'
        "for try in $(seq 30); do\n"
        '  ssh -o BatchMode=yes -o ConnectTimeout=9 -o StrictHostKeyChecking=accept-new "$there" true && break\n'
        "  sleep 10\n"
        "done\n"
        f"{bring}"
        'ssh -o BatchMode=yes -o ServerAliveInterval=60 "$there" bash stack8s/run-again.sh\n'
        'mkdir -p "results/$(date +%F)" && '
        f'rsync --archive --partial "$there:stack8s/{result_folder(option, engine)}" "results/$(date +%F)/"'
    )
    asked = {"MACHINE": "user@address of the machine", **known.asks}
    if bring:
        asked["DATASET"] = "folder with the data"
    return step(
        EACH_RUN,
        _known().told["machine"].format(schedule=option.schedule) + f" Results go to {HERE}/results.",
        kept_for_later(asked),
        f"cat > \"{HERE}/one-run.sh\" <<'END'\n{script}\nEND",
        _cron(option, f"bash {HERE}/one-run.sh", "log", HERE),
        f'(. "{HERE}/env" && {found}{known.stop})',
    )


def _rented_anew(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> Step:
    task = skypilot_task(option, spec, TASK) or ""
    folder = f"/workspace/{result_folder(option, engine)}"
    version = library_versions().releases["skypilot"].version
    extra = clouds()[option.offer.provider.lower()].name
    install = f"pip install 'skypilot[{extra}]=={version}'"
    secret = ' --secret "HF_TOKEN=$HF_TOKEN"' if "HF_TOKEN: null" in task else ""
    token = ("HF_TOKEN=%q ", ' "${HF_TOKEN:?a Hugging Face token}"') if secret else ("", "")
    # A batch is done with what it has read; a training reads all that has come together.
    before, behind, does = "", "", "Each run reads all of it."
    if spec.task_type == "batch_inference":
        before = f'[ -n "$(find dataset -type f -print -quit)" ] || exit 0\ntouch "{HERE}/started"\n'
        behind = (
            '\nmkdir -p "read/$(date +%F)" && find dataset -type f ! -cnewer "' + HERE + '/started" '
            '-exec mv --backup=numbered --target-directory "read/$(date +%F)" -- {} +'
        )
        does = "What a run has read goes from there to the folder read, so that no run pays for it twice."
    script = (
        "#!/usr/bin/env bash\n"
        "# One run: a machine is rented, brings the run to its end, and is given back.\n"
        "set -euo pipefail\n"
        f'. "{HERE}/env" && cd "$BUNDLE" && exec 9>"{HERE}/lock" && flock --nonblock 9\n{before}'
        "trap 'sky down --yes stack8s' EXIT\n"
        f"sky launch --yes --cluster stack8s{secret} {TASK}\n"
        'mkdir -p "results/$(date +%F)" && '
        f'rsync --archive --partial "stack8s:{folder}" "results/$(date +%F)/"{behind}'
    )
    return step(
        EACH_RUN,
        _known().told["task"].format(schedule=option.schedule, install=install, does=does),
        f"mkdir -p \"{HERE}\" dataset && (umask 077 && printf 'export PATH=%q {token[0]}BUNDLE=%q\\n' "
        f'"$PATH"{token[1]} "$PWD" > "{HERE}/env")',
        f"cat > \"{HERE}/one-run.sh\" <<'END'\n{script}\nEND",
        _cron(option, f"bash {HERE}/one-run.sh", "log", HERE),
    )


def _containers(option: PlacementOption) -> tuple[str, ...]:
    return tuple(f"stack8s-{copy}" for copy in range(option.replicas)) if option.replicas > 1 else ("stack8s",)


def _cron(option: PlacementOption, command: str, log: str, folder: str) -> str:
    script = command.rpartition("/")[2]
    return _LATER.format(script=script, line=f"{option.schedule} {command} >>{folder}/{log} 2>&1")


def _filled(text: str, option: PlacementOption) -> str:
    return filled(text, {"region": option.offer.region})
