"""Commands of the providers' tools have the words that their makers describe: of each provider, however it rents."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from artifacts.notation import fenced
from artifacts.providers import all_providers
from artifacts.steps import deployment_steps
from domain.placement import PlacementOption
from domain.plan import Recommendation
from domain.workload import WorkloadSpec
from tests.artifacts.rehearsal import REAL, Call, rehearse
from tests.artifacts.sample_plan import offer, option, proof

KNOWN: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("command_words.yaml").read_text(encoding="utf-8")
)
GENERAL = {
    "apt-get", "bash", "crontab", "curl", "docker", "helm", "jq", "kubectl", "mount", "nvidia-smi", "openssl", "pip",
    "python3", "rsync", "sh", "ssh", "ssh-keygen", "sudo", "systemctl", "tar", "rocm-smi", "lscpu", "du", *REAL,
}  # fmt: skip
"""Tools that belong to no provider; kubectl and helm read their own calls in test_rehearsal.py."""
UNDOCUMENTED = {"crusoe"}
"""No public page names its flags, which the step says."""
_ALL_ARGUMENTS = "--args"
"""What is behind it is another program's."""
SERVE, EXISTING = WorkloadSpec(task_type="inference"), WorkloadSpec(task_type="inference", hosting="existing_cluster")
HOBBY = SERVE.model_copy(update={"stakes": "hobby"})
AGAIN = WorkloadSpec(task_type="fine_tuning", domain="llm", every="week")
MANY = WorkloadSpec(task_type="fine_tuning", domain="llm", orchestration="kubernetes", every="week")


def ways(provider: str) -> Iterator[tuple[PlacementOption, WorkloadSpec]]:
    """A service, one of several pools, one for some hours, on machines that may be taken back, in a cluster that is
    there, on one machine; a job that comes back on a machine and on several in a cluster."""
    seller = "containers" if all_providers()[provider].kubernetes == "containers" else "hyperscaler"
    rented, spot = offer(provider, seller=seller), offer(provider, seller=seller, pricing="spot")
    tuned = proof(mode="lora")
    yield from ((option(offer=rented), SERVE), (option(offer=rented, pool="pool1"), SERVE))
    yield from ((option(offer=rented, hours_per_month=200.0), spec) for spec in (SERVE, HOBBY))
    yield from ((option(offer=spot), SERVE), (option(offer=rented), EXISTING), (option(offer=rented), HOBBY))
    yield from ((option(offer=one, job_hours=2.0, proof=tuned), AGAIN) for one in (rented, spot))
    yield option(offer=rented, nodes=2, gpus=16, job_hours=2.0, proof=tuned), MANY


def calls(provider: str, folder: Path) -> Iterator[Call]:
    for number, (placed, spec) in enumerate(ways(provider)):
        steps = deployment_steps(Recommendation(rank=1, option=placed), (), spec)
        told = [f"### {one.order}. {one.title}\n\n{fenced(one.commands)}" for one in steps if one.commands]
        there = folder / str(number)
        there.mkdir()
        (there / "README.md").write_text("\n## Steps\n\n" + "\n\n".join(told), encoding="utf-8")
        played = rehearse(there, there / "record")
        assert played.ended, played.said
        yield from played.calls


def unknown(call: Call) -> str | None:
    """What of the call no maker describes."""
    words = list(call.words[1:])
    known = KNOWN.get(call.tool)
    if known is None:
        return None if call.tool in GENERAL | UNDOCUMENTED else f"the tool {call.tool}"
    found = [name for name in known if words[: len(name.split())] == name.split()]
    if not found:
        return f"{call.tool} {' '.join(words[:4])}"
    name = max(found, key=len)
    rest = words[len(name.split()) :]
    rest = rest[: rest.index(_ALL_ARGUMENTS) + 1] if _ALL_ARGUMENTS in rest else rest
    flags = {word.partition("=")[0] for word in rest if word.startswith("--") or (call.tool == "scw" and "=" in word)}
    strange = sorted(flags - set(known[name]))
    return f"{call.tool} {name}: {', '.join(strange)}" if strange else None


@pytest.mark.parametrize("provider", sorted(all_providers()))
def test_a_provider_s_commands_have_words_that_its_maker_describes(provider: str, tmp_path: Path) -> None:
    made = list(calls(provider, tmp_path))
    assert made
    assert {told for call in made if (told := unknown(call)) is not None} == set()


def test_a_flag_that_is_described_nowhere_is_found() -> None:
    words = ("vultr-cli", "kubernetes", "delete-with-resources", "id")
    assert unknown(Call(1, words, "")) == "vultr-cli kubernetes delete-with-resources id"
    assert unknown(Call(1, ("oci", "ce", "cluster", "delete", "--now"), "")) == "oci ce cluster delete: --now"
    assert unknown(Call(1, ("nosuch", "--help"), "")) == "the tool nosuch"
