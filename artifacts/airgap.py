"""What is fetched outside an air gap, carried in, and loaded inside: images, charts, weights, the cluster itself."""

import shlex
from collections.abc import Sequence

from pydantic import Field

from artifacts.checkpoint import is_gated, weights_gb
from artifacts.engines import Engine, checkpoint, image
from artifacts.helm import has_gpu_operator, pull_command
from artifacts.k3s import UNLESS_THERE
from artifacts.notation import count, figure
from artifacts.openshift import IMAGE_SET, MIRRORED, image_set
from artifacts.programs import libraries
from artifacts.repository_files import files_of, vocabulary_of
from artifacts.sites import MODELS_ON_DISK, Site
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import StackComponent, Step
from sizing.library_versions import library_versions

CARRIED = "carry"
"""The folder that is carried in."""
REGISTRY_IMAGE = library_versions().images["registry"].image
TRAINER = "stack8s/trainer:1"
_MIRROR_FILES = {"k3s": "/etc/rancher/k3s/registries.yaml", "rke2": "/etc/rancher/rke2/registries.yaml"}
_IN_POLICY = (
    'awk \'$1 == "repository:" {r = $2} $1 == "image:" {i = $2} $1 == "version:" && r && i {'
    'if (i !~ /[\\/:]/ && i !~ /^"?(driver|vgpu-manager|nvidia-fs|gdrdrv)"?$/) print r "/" i ":" $2; '
    "r = i = \"\"}' | tr -d '\"'"
)
"""NVIDIA's operator is told its images in three fields each; those of drivers are built for a kernel, and not used."""
_IN_TEMPLATES = """sed -nE 's/^ *-? *(image: *|--[a-z0-9-]*(image|reloader)[a-z0-9-]*=)"?([^" ]+:[^" ]+)"?.*/\\3/p'"""
"""Of containers, and those that a controller is told by an argument: Prometheus' operator its reloader."""


class Carries(Frozen):
    """What the steps inside need: images by name, and weights by their id on the Hub and the folder they go to."""

    images: tuple[str, ...] = ()
    weights: tuple[tuple[str, str], ...] = ()
    builds: tuple[tuple[str, str], ...] = Field(
        default=(), description="tags of images built outside, and their recipes"
    )


def fetch_step(option: PlacementOption, stack: tuple[StackComponent, ...], site: Site, carries: Carries) -> Step:
    """On a machine with internet: everything that the later steps use, into one folder."""
    commands = [f"mkdir -p {CARRIED}/charts {CARRIED}/weights"]
    if stack:
        pulled = (pull_command(part.package) for part in stack)
        commands += [f"{command} --destination {CARRIED}/charts" for command in pulled if command]
    commands += [f"docker build --tag {tag} - <<'EOF'\n{recipe}\nEOF" for tag, recipe in carries.builds]
    built = " ".join(tag for tag, _ in carries.builds)
    if site.openshift:
        charts = {
            part.package.name: f"{CARRIED}/charts/{part.package.name}-{part.package.version}.tgz"
            for part in stack
            if part.package.repository_url
        }
        commands += [image_set(carries.images, charts), f"oc mirror --v2 --config {IMAGE_SET} file://{CARRIED}"]
        if built:
            commands.append(f"docker save --output {CARRIED}/images.tar {built}")
    else:
        commands += _images(carries.images, charts=bool(stack), operator=has_gpu_operator(stack))
        commands.append(f"docker save --output {CARRIED}/images.tar $(cat {CARRIED}/images.txt) {built}".rstrip())
        if not site.cluster_is_there:
            commands.append(_k3s())
    for key, folder in carries.weights:
        left = "".join(f" --exclude={shlex.quote(pattern)}" for pattern in files_of(key).left_out)
        commands.append(f"hf download {shlex.quote(key)} --local-dir {CARRIED}/weights/{folder}{left}")
        if vocabulary := vocabulary_of(key):
            kept = f"{CARRIED}/weights/{vocabulary.folder}"
            fetched = " ".join(f"--remote-name {shlex.quote(address)}" for address in vocabulary.addresses)
            commands.append(f"mkdir -p {kept} && (cd {kept} && curl -fL {fetched})")
    commands.append(f"du -sh {CARRIED}/*")
    return Step(
        order=0, title="Outside: fetch what has to be brought in", detail=_listed(option, stack, site, carries),
        commands=tuple(commands),
    )  # fmt: skip


def load_step(site: Site, cluster: str | None, carries: Carries) -> Step:
    """Inside: images into the registry there, weights to where the machines read them. Nothing after it is fetched."""
    commands = ['export REGISTRY="${REGISTRY:?host:port of the registry inside}"']
    if site.openshift:
        commands += [
            f"oc mirror --v2 --config {IMAGE_SET} --from file://{CARRIED} docker://$REGISTRY",
            f"oc apply --filename {MIRRORED}",
        ]
        if carries.builds:
            commands += [f"docker load --input {CARRIED}/images.tar", *_pushed(carries)]
    else:
        commands += [
            f"docker load --input {CARRIED}/images.tar",
            f'while read -r image; do docker tag "$image" "$REGISTRY/${{image#*.*/}}" && '
            f'docker push "$REGISTRY/${{image#*.*/}}"; done < {CARRIED}/images.txt',
            *_pushed(carries),
            *_mirror(cluster),
        ]
    detail = f"Carry the folder {CARRIED} in. The images go into the registry of the site" + (
        "; the mirror sets that are applied send every pull there."
        if site.openshift
        else f" (where there is none: docker run --detach --publish 5000:5000 {REGISTRY_IMAGE}, from the same "
        "archive, which speaks plain HTTP: export SCHEME=http, and enter it as insecure where docker pushes). "
        "Every machine of the cluster is told of it, so that the names in "
        "charts and manifests stay as they are and no pull leaves the site; a file that is there already stays, and "
        f"the mirrors are added to it by hand. {_after_mirror(cluster)}"
    )
    if carries.weights:
        if site.openshift:
            detail += " The weights go onto the claim of a later step."
        else:
            commands.append(
                f'for machine in $MACHINES; do rsync -a --rsync-path="sudo rsync" {CARRIED}/weights/ '
                f"$machine:{MODELS_ON_DISK}/; done"
            )
            detail += f" The weights go to {MODELS_ON_DISK} on every machine."
    return Step(order=0, title="Inside: load what was carried in", detail=detail, commands=tuple(commands))


def trainer_recipe(option: PlacementOption, engine: Engine) -> str:
    """Of an image with the libraries of the job's program in it."""
    return f"FROM {image(engine, option)}\nRUN pip install --no-cache-dir {' '.join(libraries(option))}"


def trainer_built(option: PlacementOption, engine: Engine, tag: str) -> str:
    """`docker build` of it; the tag may hold a shell variable."""
    return f"docker build --tag \"{tag}\" - <<'EOF'\n{trainer_recipe(option, engine)}\nEOF"


def with_trainer(command: str) -> str:
    """The command with the image that was built outside, from the registry inside, in place of one's own."""
    return command.replace(
        "${WORKLOAD_IMAGE:?image that holds your program}", f"${{REGISTRY:?registry with the image}}/{TRAINER}"
    )


def join_step() -> Step:
    """k3s from the files that were carried in."""
    return Step(
        order=0,
        title="Join the machines into a cluster",
        detail="On every machine, with the folder carry copied there: the last command makes the first machine the "
        "server (nothing in FIRST_MACHINE there) and joins each of the others to it, with K3S_TOKEN from the first's "
        "/var/lib/rancher/k3s/server/node-token. Then copy /etc/rancher/k3s/k3s.yaml to your own computer, with the "
        "first machine's address in place of 127.0.0.1; kubectl comes with k3s, and Helm is one program: carry the one "
        "that pulled the charts. Where "
        "SELinux is enforcing (RHEL and its kin), container-selinux of the system's own media and the rpm of "
        "github.com/k3s-io/k3s-selinux for its release are carried and installed first: the installer refuses "
        "without them. The GPU driver is no part of a system's media: carry NVIDIA's packages for the release and its "
        "kernel, or AMD's, install them first and see that nvidia-smi, or rocm-smi, names every GPU; on machines "
        "with NVSwitch (HGX: 8 GPUs over SXM) nvidia-fabricmanager of the very same version too, as a service: "
        "CUDA does not "
        "start without it. A firewall that is on lets the cluster's own traffic pass by the third command "
        "(https://docs.k3s.io/installation/requirements). kubectl get nodes has to show every machine as Ready.",
        commands=(
            f"sudo mkdir -p /var/lib/rancher/k3s/agent/images && sudo cp {CARRIED}/k3s/k3s-airgap-images-amd64.tar.zst "
            "/var/lib/rancher/k3s/agent/images/",
            f"{UNLESS_THERE}sudo install -m 755 {CARRIED}/k3s/k3s /usr/local/bin/k3s",
            "if systemctl is-active --quiet firewalld; then sudo firewall-cmd --permanent --add-port=6443/tcp "
            "--add-port=10250/tcp --add-port=8472/udp && sudo firewall-cmd --permanent --zone=trusted "
            "--add-source=10.42.0.0/16 --add-source=10.43.0.0/16 && sudo firewall-cmd --reload; fi",
            'if [ -z "${FIRST_MACHINE:-}" ]; then\n'
            f"{UNLESS_THERE}INSTALL_K3S_SKIP_DOWNLOAD=true sh {CARRIED}/k3s/install.sh --write-kubeconfig-mode 600 "
            "--disable traefik\nelse\n"
            f'{UNLESS_THERE}INSTALL_K3S_SKIP_DOWNLOAD=true K3S_URL="https://${{FIRST_MACHINE:?first machine}}:6443" '
            f'K3S_TOKEN="${{K3S_TOKEN:?token}}" sh {CARRIED}/k3s/install.sh\nfi',
        ),
    )


def _listed(option: PlacementOption, stack: tuple[StackComponent, ...], site: Site, carries: Carries) -> str:
    """What is in the folder, with the sizes that are known."""
    size = weights_gb(option)
    parts = []
    for key, _ in carries.weights:
        told = f", {figure(size, 0)} GB" if size and size >= 1 and option.model and key == checkpoint(option) else ""
        parts.append(f"the weights of {key}{told}")
    parts += [f"the image {used}" for used in carries.images if used != REGISTRY_IMAGE]
    if carries.builds:
        parts.append(f"{count(len(carries.builds), 'image')} built there")
    if stack:
        parts.append(f"{count(len(stack), 'chart')} with the images that the templates name")
    if site.openshift:
        parts.append("the operators for the GPUs with their images")
    elif not site.cluster_is_there:
        parts.append("k3s with its images")
    terms = (
        " The model's terms are accepted and its token is used here; inside there is no token."
        if is_gated(option)
        else ""
    )
    more = (
        f" Compare {CARRIED}/images.txt with the list in the GPU operator's guide for such sites before it is saved."
        if has_gpu_operator(stack) and not site.openshift
        else ""
    )
    return (
        f"On a machine with internet: {'; '.join(parts)}. The last command says what all of it takes on the disk that "
        f"is carried.{terms}{more}"
    )


def _images(named: Sequence[str], *, charts: bool, operator: bool) -> list[str]:
    """Those of the objects, of the charts' templates, and of what NVIDIA's operator starts by itself."""
    listed = " ".join(dict.fromkeys((*named, REGISTRY_IMAGE)))
    commands = [f"printf '%s\\n' {listed} > {CARRIED}/images.txt"]
    if charts:
        templates = f"for chart in {CARRIED}/charts/*.tgz; do helm template $chart; done"
        commands.append(f"{templates} | {_IN_TEMPLATES} | sort -u >> {CARRIED}/images.txt")
    if operator:
        rendered = f"helm template {CARRIED}/charts/gpu-operator-*.tgz --set driver.enabled=false"
        commands.append(f"{rendered} | {_IN_POLICY} | sort -u >> {CARRIED}/images.txt")
    return [*commands, f"xargs -n 1 docker pull < {CARRIED}/images.txt"]


def _k3s() -> str:
    release = library_versions().releases["k3s"].address
    files = ("k3s", "k3s-airgap-images-amd64.tar.zst")
    fetched = [f"curl -fL --create-dirs --output {CARRIED}/k3s/{name} {release}/{name}" for name in files]
    return " && ".join((*fetched, f"curl -fL --output {CARRIED}/k3s/install.sh https://get.k3s.io"))


def _pushed(carries: Carries) -> tuple[str, ...]:
    """Images that were built outside; the job's is what its step asks for."""
    pushed = [f'docker tag {tag} "$REGISTRY/{tag}" && docker push "$REGISTRY/{tag}"' for tag, _ in carries.builds]
    return tuple(pushed)


def _mirror(cluster: str | None) -> tuple[str, ...]:
    """On every machine, in the file that its distribution reads; one that is there is left as it is."""
    written, there = f"{CARRIED}/registries", _MIRROR_FILES.get(cluster or "", _MIRROR_FILES["k3s"])
    if cluster in _MIRROR_FILES or cluster is None:
        text = 'mirrors:\n  "*":\n    endpoint:\n    - "${SCHEME:-https}://$REGISTRY"'
    else:
        text, there = 'server = "${SCHEME:-https}://$REGISTRY"', "/etc/containerd/certs.d/_default/hosts.toml"
    return (
        f"cat > {written} <<EOF\n{text}\nEOF",
        "for machine in ${MACHINES:?names of all machines of the cluster}; do\n"
        f"  scp {written} $machine:/tmp/stack8s-registries\n"
        f'  ssh $machine "sudo test -e {there} && echo $machine: add it to {there} by hand || '
        f'sudo install -D -m 600 /tmp/stack8s-registries {there}"\ndone',
    )


def _after_mirror(cluster: str | None) -> str:
    services = {"rke2": "rke2-server or rke2-agent", "k3s": "k3s or k3s-agent"}
    if cluster is None:
        return "The cluster is made in a later step and reads it then."
    if cluster in services:
        return f"Then restart {services[cluster]} on one machine after the other."
    return "Containerd reads that folder where its configuration has config_path = /etc/containerd/certs.d."
