"""The images that a plan's commands and objects name, and their names in a registry of the user's own."""

import re
from collections.abc import Iterable, Mapping

from artifacts.airgap import TRAINER, trainer_built
from artifacts.engines import Engine
from artifacts.present import blank, is_there
from artifacts.programs import installs_libraries
from artifacts.rented import step
from artifacts.theirs import TITLE
from artifacts.workloads import OWN_IMAGE
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

_FIELD = re.compile(
    r"^(?P<head>\s*(?:- )?image: )(?P<quote>[\"']?)(?P<image>[^\s\"'#]+)(?P=quote)(?=\s*$)", re.MULTILINE
)
_HOST = re.compile(r"^[^/]*[.:][^/]*/")


def images_of(commands: Iterable[str]) -> tuple[str, ...]:
    """Each image once, in the order of its first use; one's own and those of a shell variable are not among them."""
    found: dict[str, None] = {}
    for command in commands:
        for seen in _FIELD.finditer(command):
            named = seen["image"]
            if named != OWN_IMAGE and "$" not in named and not named.startswith("<"):
                found.setdefault(named)
    return tuple(found)


def from_own_registry(
    steps: Iterable[Step], option: PlacementOption, engine: Engine, spec: WorkloadSpec
) -> tuple[Step, ...]:
    """The steps with every image pulled from the user's registry, after one that copies them into it."""
    found = tuple(steps)
    if not is_there(spec, "registry"):
        return found
    named = images_of(command for one in found for command in one.commands)
    moved = {image: f"{blank('REGISTRY')}/{_HOST.sub('', image)}" for image in named}
    written = tuple(
        one.model_copy(update={"commands": tuple(_renamed(command, moved) for command in one.commands)})
        for one in found
    )
    first = next((place for place, one in enumerate(written) if one.title == TITLE), -1) + 1
    return (*written[:first], _copies(named, option, engine, spec), *written[first:])


def _renamed(command: str, moved: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda seen: f"{seen['head']}{moved.get(seen['image'], seen['image'])}", command)


def _copies(named: tuple[str, ...], option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> Step:
    commands = ['docker login "${REGISTRY%%/*}"']
    if named:
        there = '"$REGISTRY/${image#*.*/}"'
        commands.append(
            f"for image in {' '.join(named)}; do\n"
            f'  docker pull "$image" && docker tag "$image" {there} && docker push {there}\ndone'
        )
    if installs_libraries(option):
        commands += [trainer_built(option, engine, f"$REGISTRY/{TRAINER}"), f'docker push "$REGISTRY/{TRAINER}"']
    shut = f" Nothing is pulled from {', '.join(spec.sources.excluded)} later." if spec.sources.excluded else ""
    return step(
        "Copy the images into your registry",
        f"On a machine that reaches {spec.sources.registry or 'your registry'} and where the images come from, "
        f"once.{shut} Where it asks for a login to pull, the service account default of the namespace workload needs a "
        "pull secret.",
        *commands,
    )
