"""One GPU for several containers: the slices that it can be cut into, and taking turns on all of it."""

from artifacts.notation import bullets, code, figure, link, plain
from domain.base import Frozen
from domain.offers import Gpu
from graph.explanations.shared_machines import Slice, slices


class Sharing(Frozen):
    """What shares a GPU."""

    pods: int | None
    said: str
    """In the user's words."""
    over: bool
    """There are more of them."""
    least_gb: float | None
    """What one of them needs."""


def gpu_parts(gpu: Gpu, sharing: Sharing) -> str:
    """How containers share one such GPU."""
    pods = sharing.pods
    known = slices().gpus.get(gpu.name, ())
    turns = (
        "time-slicing, or MPS: any number of containers take turns on all of it. Nothing keeps one of them from the "
        "memory of the others, so each has to be started with a limit of its own"
    )
    if not known:
        return f"**The {plain(gpu.name)} is not cut into slices (no MIG)**; what shares it is {turns}."
    cut = ", ".join(f"{code(one.name)} ({figure(one.memory_gb)} GB, up to {one.most})" for one in known)
    most = known[0].most
    if pods is not None and pods + sharing.over <= most:
        each = next(one for one in reversed(known) if one.most >= pods)
        part = f"a {code(each.name)} each, {figure(each.memory_gb)} GB"
        lead = f"**{plain(sharing.said)} fit on one {plain(gpu.name)} by MIG: {part}.**"
    else:
        count = f"more than {sharing.said}" if sharing.over else sharing.said
        many = f" ({plain(count)})" if sharing.said else ""
        lead = f"**By MIG at most {most} on one {plain(gpu.name)}; more than that{many} share it by time-slicing.**"
    lines = [
        f"MIG cuts it into slices, each with memory and processors of its own: {cut}. A container asks for one by its "
        f"name, {code(f'nvidia.com/mig-{known[0].name}: 1')}, where the GPU operator runs with "
        f"{code('mig.strategy=mixed')}.",
        f"The other way is {turns}.",
        *_with_a_large_one(known, sharing.least_gb),
        "The layout of a GPU is a label of its node, which the operator's MIG Manager carries out: "
        f"{code('kubectl label node NODE nvidia.com/mig.config=LAYOUT --overwrite')}. It can be changed only while "
        "nothing runs on that GPU, so it is no setting for each job: keep one card cut and, with a second one, the "
        "other whole or shared in time.",
    ]
    return f"{lead}\n\n{bullets(lines)}\n\nSlices: {link(slices().source, slices().url)}."


def _with_a_large_one(known: tuple[Slice, ...], least_gb: float | None) -> list[str]:
    """The slice for the one that needs more, and how many of the smallest stay beside it."""
    large = next((one for one in known if least_gb is not None and one.memory_gb > least_gb), None)
    if large is None or large == known[0]:
        return []
    beside = known[0].most - int(large.name.partition("g")[0])
    return [
        f"The one that needs more than {figure(least_gb or 0)} GB gets {code(large.name)}; {beside} of "
        f"{code(known[0].name)} fit beside it on the same GPU."
    ]
