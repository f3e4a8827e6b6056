"""What is fetched outside an air gap, carried in, and loaded inside: images, charts, weights, the cluster itself."""

import shlex

from artifacts.checkpoint import weights_gb
from artifacts.engines import Engine, checkpoint, image, workload_name
from artifacts.helm import pull_command
from artifacts.notation import figure
from artifacts.openshift import IMAGE_SET, MIRRORED, image_set
from artifacts.programs import installs_libraries, libraries
from artifacts.sites import MODELS_ON_DISK, Site
from domain.placement import PlacementOption
from domain.plan import StackComponent, Step
from sizing.library_versions import library_versions

CARRIED = "carry"
"""The folder that is carried in."""
REGISTRY_IMAGE = library_versions().images["registry"].image
TRAINER = "stack8s/trainer:1"
_IN_TEMPLATES = """sed -nE 's/^ *-? *image: *"?([^" ]+)"?.*/\\1/p'"""


def fetch_step(option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...], site: Site) -> Step:
    """On a machine with internet: everything that the later steps use, into one folder."""
    name = workload_name(option)
    commands = [f"mkdir -p {CARRIED}/charts {CARRIED}/weights"]
    if stack:
        pulled = (pull_command(part.package) for part in stack)
        commands += [f"{command} --destination {CARRIED}/charts" for command in pulled if command]
    if installs_libraries(option):
        recipe = f"FROM {image(engine, option)}\nRUN pip install --no-cache-dir {' '.join(libraries(option))}"
        commands.append(f"docker build --tag {TRAINER} - <<'EOF'\n{recipe}\nEOF")
    used = None if installs_libraries(option) else image(engine, option)
    if site.openshift:
        charts = {
            part.package.name: f"{CARRIED}/charts/{part.package.name}-{part.package.version}.tgz"
            for part in stack
            if part.package.repository_url
        }
        commands += [image_set(used, charts), f"oc mirror --v2 --config {IMAGE_SET} file://{CARRIED}"]
        if installs_libraries(option):
            commands.append(f"docker save --output {CARRIED}/images.tar {TRAINER}")
    else:
        commands += _images(used, charts=bool(stack))
        built = f" {TRAINER}" if installs_libraries(option) else ""
        commands.append(f"docker save --output {CARRIED}/images.tar $(cat {CARRIED}/images.txt){built}")
        if not site.cluster_is_there:
            commands.append(_k3s())
    if option.model is not None:
        commands.append(f"hf download {shlex.quote(checkpoint(option))} --local-dir {CARRIED}/weights/{name}")
    commands.append(f"du -sh {CARRIED}/*")
    return Step(
        order=0, title="Outside: fetch what has to be brought in", detail=_listed(option, engine, stack, site, used),
        commands=tuple(commands),
    )  # fmt: skip


def load_step(option: PlacementOption, engine: Engine, site: Site) -> Step:
    """Inside: images into the registry there, weights to where the machines read them. Nothing after it is fetched."""
    name = workload_name(option)
    registry = 'export REGISTRY="${REGISTRY:?host:port of the registry inside}"'
    commands = [registry]
    if site.openshift:
        commands += [
            f"oc mirror --v2 --config {IMAGE_SET} --from file://{CARRIED} docker://$REGISTRY",
            f"oc apply --filename {MIRRORED}",
        ]
        if installs_libraries(option):
            commands += [f"docker load --input {CARRIED}/images.tar", *_pushed_trainer()]
    else:
        commands += [
            f"docker load --input {CARRIED}/images.tar",
            f'while read -r image; do docker tag "$image" "$REGISTRY/${{image#*.*/}}" && '
            f'docker push "$REGISTRY/${{image#*.*/}}"; done < {CARRIED}/images.txt',
            *(_pushed_trainer() if installs_libraries(option) else ()),
            _mirror(),
        ]
    detail = f"Carry the folder {CARRIED} in. The images go into the registry of the site" + (
        "; the mirror sets that are applied send every pull there."
        if site.openshift
        else f" (where there is none: docker run --detach --publish 5000:5000 {REGISTRY_IMAGE}, from the same "
        "archive, with TLS or entered as insecure). The mirror file goes onto every machine, so that the names in "
        "charts and manifests stay as they are and no pull leaves the site; a cluster that is not k3s takes the "
        "same mirror in its container runtime."
    )
    if option.model is not None:
        if site.openshift:
            detail += " The weights go onto the claim of a later step."
        else:
            commands.append(
                f"for machine in ${{MACHINES:?names of the machines}}; do rsync -a {CARRIED}/weights/{name} "
                f"$machine:{MODELS_ON_DISK}/; done"
            )
            detail += f" The weights go to {MODELS_ON_DISK} on every machine that serves or trains."
    return Step(order=0, title="Inside: load what was carried in", detail=detail, commands=tuple(commands))


def with_trainer(command: str) -> str:
    """The command with the image that was built outside, from the registry inside, in place of one's own."""
    return command.replace(
        "${WORKLOAD_IMAGE:?image that holds your program}", f"${{REGISTRY:?host:port of the registry inside}}/{TRAINER}"
    )


def join_step() -> Step:
    """k3s from the files that were carried in."""
    return Step(
        order=0,
        title="Join the machines into a cluster",
        detail="On every machine, from the carried folder; on each but the first with K3S_URL and the token from the "
        "first machine's /var/lib/rancher/k3s/server/node-token; then copy the kubeconfig to your own. The GPU driver "
        "comes from the same source as the machines' operating system.",
        commands=(
            f"sudo mkdir -p /var/lib/rancher/k3s/agent/images && sudo cp {CARRIED}/k3s/k3s-airgap-images-amd64.tar.zst "
            "/var/lib/rancher/k3s/agent/images/",
            f"sudo install -m 755 {CARRIED}/k3s/k3s /usr/local/bin/k3s",
            f"INSTALL_K3S_SKIP_DOWNLOAD=true sh {CARRIED}/k3s/install.sh --write-kubeconfig-mode 600 --disable traefik",
            'INSTALL_K3S_SKIP_DOWNLOAD=true K3S_URL="https://${FIRST_MACHINE:?address}:6443" '
            f'K3S_TOKEN="${{K3S_TOKEN:?token}}" sh {CARRIED}/k3s/install.sh',
        ),
    )


def _listed(
    option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...], site: Site, used: str | None
) -> str:
    """What is in the folder, with the sizes that are known."""
    size = weights_gb(option)
    parts = []
    if option.model is not None:
        told = "" if size is None else f", {figure(size, 0)} GB" if size >= 1 else ", less than 1 GB"
        parts.append(f"the weights of {option.model.key}{told}")
    if used is not None:
        parts.append(f"the image {used}")
    if installs_libraries(option):
        parts.append("an image with the trainer, built there")
    if stack:
        parts.append(f"{len(stack)} charts and the images that their templates name")
    if site.openshift:
        parts.append("the operators for the GPUs with their images")
    elif not site.cluster_is_there:
        parts.append("k3s with its images")
    gated = option.model is not None and option.model.gated
    terms = " The model's terms are accepted and its token is used here; inside there is no token." if gated else ""
    more = (
        " Operators pull further images that no template names (the GPU operator its driver, toolkit and device "
        f"plugin): their documentation lists them for such sites; add them to {CARRIED}/images.txt before they are "
        "saved."
        if stack and not site.openshift
        else ""
    )
    return (
        f"On a machine with internet: {'; '.join(parts)}. The last command says what all of it takes on the disk that "
        f"is carried.{terms}{more}"
    )


def _images(used: str | None, *, charts: bool) -> list[str]:
    listed = " ".join(name for name in (used, REGISTRY_IMAGE) if name)
    commands = [f"printf '%s\\n' {listed} > {CARRIED}/images.txt"]
    if charts:
        commands.append(
            f"for chart in {CARRIED}/charts/*.tgz; do helm template $chart | {_IN_TEMPLATES}; done | sort -u "
            f">> {CARRIED}/images.txt"
        )
    return [*commands, f"xargs -n 1 docker pull < {CARRIED}/images.txt"]


def _k3s() -> str:
    release = library_versions().releases["k3s"].address
    files = ("k3s", "k3s-airgap-images-amd64.tar.zst")
    fetched = [f"curl -fL --create-dirs --output {CARRIED}/k3s/{name} {release}/{name}" for name in files]
    return " && ".join((*fetched, f"curl -fL --output {CARRIED}/k3s/install.sh https://get.k3s.io"))


def _pushed_trainer() -> tuple[str, ...]:
    return (
        f'docker tag {TRAINER} "$REGISTRY/{TRAINER}" && docker push "$REGISTRY/{TRAINER}"',
        f'export WORKLOAD_IMAGE="$REGISTRY/{TRAINER}"',
    )


def _mirror() -> str:
    return (
        "sudo mkdir -p /etc/rancher/k3s && sudo tee /etc/rancher/k3s/registries.yaml <<EOF\n"
        'mirrors:\n  "*":\n    endpoint:\n    - "https://$REGISTRY"\nEOF'
    )
