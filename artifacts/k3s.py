"""A cluster of rented or own machines with k3s: where no managed Kubernetes of the provider is documented here."""

import re
from collections.abc import Sequence
from math import ceil

import yaml

from artifacts.machines import NodeGroup, gpu_resource, ram_gib_of, size_is_known, vcpu_of
from artifacts.providers import is_documented, provider_of
from artifacts.rented import JOIN, rented, small_told, step, taint_words
from domain.offers import Vendor
from domain.placement import PlacementOption
from domain.plan import Step
from sizing.library_versions import library_versions

K3S_VERSION = library_versions().releases["k3s"].version
_RUNTIMES: dict[Vendor | None, str] = {
    "nvidia": " k3s finds NVIDIA's container runtime when it starts: the GPU operator installs it and restarts k3s.",
    "amd": " AMD's GPUs need the ROCm driver on the machine and no container runtime of their own.",
}
SHARED_FOLDER = "/srv/stack8s"
SHARED_CLASS, LOCAL_CLASS = "nfs", "local-path"
RENT = "Rent the machines"
_IMAGES_GB = 60
_MOUNT = (
    'disk="${DATA_DISK:-}"; [ -z "$disk" ] || { { sudo blkid "$disk" | grep --quiet TYPE= || '
    'sudo mkfs.ext4 "$disk"; } && \\\n'
    '  sudo mkdir -p /var/lib/rancher && sudo mount "$disk" /var/lib/rancher && \\\n'
    '  echo "UUID=$(sudo blkid -s UUID -o value "$disk") /var/lib/rancher ext4 defaults,nofail 0 2" | '
    "sudo tee -a /etc/fstab; }"
)
"""A disk beside that of the system, where one was named; only what has no file system on it is given one."""
_UNITS_GB = {"Mi": 2**20 / 1e9, "Gi": 2**30 / 1e9, "Ti": 2**40 / 1e9, "M": 1e-3, "G": 1.0, "T": 1e3}
_HEREDOC = re.compile(r"<<'?EOF'?[^\n]*\n(.*)\nEOF", re.DOTALL)
UNLESS_THERE = (
    "systemctl list-unit-files 'k3s*' 'rke2*' 'kubelet*' | grep --quiet enabled && "
    "echo 'Kubernetes is on this machine already: nothing is done' || \\\n  "
)
"""A machine of the user's own may have one that others use."""


def rent_machines(option: PlacementOption, small: NodeGroup | None, *, public: bool = False) -> Step:
    """What to order in the console, and where that is described. `public`: people come in through a gateway."""
    provider = provider_of(option)
    if is_documented(option):
        words = f"{provider.words} Pages: {', '.join(provider.documented)}."
    else:
        words = (
            "No page of this provider on Kubernetes is known here, so this is the general way: machines with Ubuntu "
            "24.04 and the GPU driver where it is offered."
        )
    unknown = (
        ""
        if size_is_known(option.offer)
        else " The catalogue does not say how many vCPU and how much RAM they have: see that it is at least "
        f"{_least(option)}."
    )
    return step(
        RENT,
        f"{rented(option)}{small_told(small)} Order them in the provider's console. {words}{unknown} Open TCP 6443 and "
        "10250 and UDP 8472 between them, SSH and TCP 6443 from your own machine"
        f"{', TCP 80 and 443 from those who use it and, for the certificate, TCP 80 from anywhere' if public else ''}.",
    )


def join_machines(option: PlacementOption, small: NodeGroup | None) -> Step:
    """k3s at a version, the server first."""
    first = "the small one" if small else "the first"
    resource = gpu_resource(option.offer)
    # The charts stay off the machines with GPUs where there is another one for them.
    taint = f"s - agent --node-taint {taint_words(resource)}" if small and resource else ""
    server = (
        f"curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION={K3S_VERSION} sh -s - --write-kubeconfig-mode 600 "
        f"--disable traefik {_reached_at(option)}"
    )
    agent = (
        f'curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION={K3S_VERSION} K3S_URL="https://${{FIRST_MACHINE:?address}}'
        f':6443" K3S_TOKEN="${{K3S_TOKEN:?token}}" sh -{taint}'
    )
    if option.is_own:
        server, agent = f"{UNLESS_THERE}{server}", f"{UNLESS_THERE}{agent}"
    several = option.nodes + (small.nodes if small else 0) > 1
    run = (
        f"Run the first command on {first} of the machines and the second on each of the others, with the first "
        "machine's address and the token from /var/lib/rancher/k3s/server/node-token"
        if several
        else "Run the first command on the machine"
    )
    return step(
        JOIN,
        f"k3s {K3S_VERSION}. {run}. The last command runs on your own: it fetches the access to the cluster into a "
        "file here, which every later command uses and which is as good as a password."
        f"{_RUNTIMES.get(option.offer.gpu.vendor if option.offer.gpu else None, '')}",
        *((server, agent) if several else (server,)),
        _ACCESS,
    )


_ACCESS = (
    'export KUBECONFIG="$PWD/kubeconfig" && (umask 077 && ssh "${LOGIN:?user@address of that machine}" '
    "sudo cat /etc/rancher/k3s/k3s.yaml | \\\n"
    '  sed "s#127.0.0.1#${PUBLIC_ADDRESS:?IP address that your own machine reaches it under}#" > "$PWD/kubeconfig")'
)
"""The file on the machine is for itself: its address is that of the machine."""


def _reached_at(option: PlacementOption) -> str:
    """The address that the certificate of the API is for, and that the gateway shows where a provider translates it.

    Others are not added since 1.28 (https://github.com/k3s-io/k3s/security/advisories/GHSA-m4hf-6vgr-75r2).
    """
    asked = '"${PUBLIC_ADDRESS:?IP address that your own machine reaches it under}"'
    return f"--tls-san {asked}" if option.is_own else f"--tls-san {asked} --node-external-ip {asked}"


def share_folder() -> Step:
    """NFS of the first machine as a volume that several nodes write to; Kubernetes mounts it without a driver."""
    volume = (
        "apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: shared-folder\nspec:\n  capacity:\n"
        "    storage: 100Ti\n  accessModes: [ReadWriteMany]\n  persistentVolumeReclaimPolicy: Retain\n"
        f"  storageClassName: {SHARED_CLASS}\n  nfs:\n    server: ${{FIRST_MACHINE:?address}}\n"
        f"    path: {SHARED_FOLDER}"
    )
    return step(
        "Share a folder of the first machine",
        "Several machines write to one volume. The first command runs on the first machine, where the disk must hold "
        "the dataset and the checkpoints; the second on each of the others; the last on your own. Give NETWORK the "
        "machines' private network, as in 10.0.0.0/16: TCP 2049 is open in it, and FIRST_MACHINE is an address of it. "
        "The capacity stated is not checked against the disk.",
        "sudo apt-get install --yes nfs-kernel-server && "
        f"sudo mkdir -p {SHARED_FOLDER} && "
        f'echo "{SHARED_FOLDER} ${{NETWORK:?private network}}(rw,no_root_squash,sync)" '
        "| sudo tee /etc/exports.d/stack8s.exports && sudo exportfs -ra",
        "sudo apt-get install --yes nfs-common",
        f"kubectl apply -f - <<EOF\n{volume}\nEOF",
    )


def with_disk_told(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The step that rents or joins the machines says what their disks have to hold, where volumes of k3s lie."""
    claimed = ceil(sum(_claimed_gb(command) for one in steps for command in one.commands))
    if not claimed:
        return tuple(steps)
    told = (
        f" The volumes of this plan, {claimed:,} GB together, lie under /var/lib/rancher on the machines' own disks, "
        f"beside {_IMAGES_GB} GB of images on each: where a system disk is smaller, "
    )
    first = next((place for place, one in enumerate(steps) if one.title in (RENT, JOIN)), None)
    if first is None:
        return tuple(steps)
    one = steps[first]
    if one.title == RENT:
        told += "order a larger one with the machine, and run this there with its name as DATA_DISK (lsblk shows it)."
        mended = one.model_copy(update={"detail": one.detail + told, "commands": (*one.commands, _MOUNT)})
    else:
        mended = one.model_copy(update={"detail": f"{one.detail}{told}mount a larger one there first."})
    return (*steps[:first], mended, *steps[first + 1 :])


def _claimed_gb(command: str) -> float:
    """Of the volumes that an object of the command claims from the machines' disks."""
    found = _HEREDOC.search(command) if f"storageClassName: {LOCAL_CLASS}" in command else None
    held = 0.0
    for made in yaml.load_all(found[1], Loader=yaml.CSafeLoader) if found else ():
        spec, copies = made.get("spec", {}), 1
        claims = [spec] if made["kind"] == "PersistentVolumeClaim" else spec.get("volumeClaimTemplates", [])
        if made["kind"] == "LeaderWorkerSet":
            group = spec["leaderWorkerTemplate"]
            claims, copies = group.get("volumeClaimTemplates", []), group["size"]
        for claim in claims:
            inner = claim.get("spec", claim)
            if inner.get("storageClassName") == LOCAL_CLASS:
                held += copies * spec.get("replicas", 1) * _gb(str(inner["resources"]["requests"]["storage"]))
    return held


def _gb(quantity: str) -> float:
    """As objects write it: 96Gi, 2204G."""
    found = re.fullmatch(r"([\d.]+)([A-Za-z]*)", quantity)
    return float(found[1]) * _UNITS_GB.get(found[2], 0.0) if found else 0.0


def _least(option: PlacementOption) -> str:
    return f"{vcpu_of(option.offer)} vCPU and {ram_gib_of(option.offer):g} GiB"
