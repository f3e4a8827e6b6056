"""Steps of a plan with several clusters: each keeps its access in a file of its own, and none hides another.

kubectl, Helm, eksctl and the providers' command lines read and write the file that KUBECONFIG names.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from artifacts.giving_back import TITLE as GIVES_BACK
from artifacts.rented import CLUSTER, step
from domain.plan import Step

KEEPS_APART = "Keep this cluster's access apart"
_FORWARDED = re.compile(r"(?<=port-forward )(service/\S+ )(\d+)(?=:)")
_ASKED = re.compile(r"(?<=127\.0\.0\.1:)(\d+)(?=[/\"'\s]|$)")
_NAMED = re.compile(rf"(?<![\w/.-]){CLUSTER}(?![\w/.-])")
_FILE = "$PWD/kubeconfig"
"""Where the steps of one cluster keep its access."""
_BLANK = re.compile(r"\$\{([A-Z][A-Z0-9_]*):\?")
_OF_ALL_PLACES = frozenset({"HF_TOKEN", "CHECKPOINT", "MODEL", "WORKLOAD_IMAGE", "REGISTRY"})
"""What is asked for once; other blanks (a domain, an address, a folder with data) are each place's own."""
_PORTS_APART = 10
"""On one's own machine: what was forwarded to the cluster before is still there."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One of several. `theirs`: it is there already, with its access where its owner keeps it."""

    name: str
    number: int
    theirs: bool

    @property
    def access(self) -> str:
        """The command after which all others speak to it."""
        if self.theirs:
            return 'export KUBECONFIG="${OWN_KUBECONFIG:-$HOME/.kube/config}"'
        return f'export KUBECONFIG="$HOME/.kube/{CLUSTER}-{self.name}"'


def in_cluster(steps: Sequence[Step], cluster: Cluster) -> Iterator[Step]:
    """The steps of one place, after the one that turns to its cluster; what is given back turns to it again."""
    place = steps[0].title.partition(": ")[0] if steps else ""
    yield step(
        f"{place}: {KEEPS_APART}",
        f"Every command from here on speaks to the cluster of {cluster.name}; in a new shell this one comes first.",
        *(() if cluster.theirs else ('mkdir -p "$HOME/.kube"',)),
        cluster.access,
    ).model_copy(update={"cluster": cluster.name})
    asked = {name for one in steps for command in one.commands for name in _BLANK.findall(command)} - _OF_ALL_PLACES
    for one in steps:
        commands = tuple(_told_apart(command, asked, cluster) for command in one.commands)
        if commands and one.title.endswith(GIVES_BACK):
            commands = (cluster.access, *commands)
        detail = _ports_apart(one.detail.replace("~/.kube/config", "the file that KUBECONFIG names"), cluster)
        detail = _with_own_blanks(detail, asked, cluster)
        yield one.model_copy(update={"commands": commands, "detail": detail, "cluster": cluster.name})


def _told_apart(command: str, asked: Set[str], cluster: Cluster) -> str:
    """With ports and blanks of its own, and a name of its own in the account that may hold both."""
    held = command if cluster.theirs else command.replace(_FILE, f"$HOME/.kube/{CLUSTER}-{cluster.name}")
    moved = _with_own_blanks(_ports_apart(held, cluster), asked, cluster)
    return _NAMED.sub(f"{CLUSTER}-{cluster.name}", moved) if cluster.number else moved


def _ports_apart(text: str, cluster: Cluster) -> str:
    further = _PORTS_APART * cluster.number
    moved = _FORWARDED.sub(lambda found: f"{found[1]}{int(found[2]) + further}", text)
    return _ASKED.sub(lambda found: str(int(found[1]) + further), moved)


def _with_own_blanks(text: str, asked: Set[str], cluster: Cluster) -> str:
    """DOMAIN_2 is the domain of the second cluster."""
    if not cluster.number or not asked:
        return text
    named = "|".join(sorted(asked, key=len, reverse=True))
    return re.sub(rf"(\$\{{?)({named})\b", rf"\g<1>\g<2>_{cluster.number + 1}", text)
