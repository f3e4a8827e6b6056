"""Whether two parts of a message name two workloads, or speak of one."""

from graph.understanding.labels.workload_names import INDEFINITE, MANY_KINDS
from graph.understanding.labels.workload_part import RETRIEVING, Part

LOOKS_AND_READS = ("multimodal", "llm", "vision")
"""What one model does where one of them is named multimodal."""
AS_ONE_TYPES = "completion"
"""A kind of its own: what completes a line while it is typed is another model than what is talked to."""
SEEN = ("vision", "multimodal")
READS = "reading"
"""A kind that looks at pictures for their words alone."""
TALKED_TO = ("chat", "code", RETRIEVING)
"""Kinds that people talk to: "and a chatbot" beside what goes through texts is another workload."""
MEMBER = "member"
"""The joint between members of a list that have their model in brackets."""
FOLLOWING = ("next", "more", "item", "sentence", MEMBER)
PARTING = ("next", "more", "item", MEMBER)


def differs(one: Part, other: Part, several: bool, only: bool = False) -> bool:
    """Whether the later part names another workload; "train A and B" trains both. `several`: it was said that there
    are some; `only`: that one of what can be done to a model is all."""
    if (
        other.joint in ("sentence", "list")
        and other.asks
        and not one.asks
        and not (other.apart and other.has_model and other.loaded)
    ):
        return one.domain is not None and one.domain != other.domain and other.kind != "" and not _looks(one, other)
    if not only and _trained_and_run(one, other):
        return True
    if one.domain is None:
        return _runs_by_itself(one, several) and other.domain is not None and other.loaded and other.joint in FOLLOWING
    if one.domain == other.domain:
        return _passes_and_serves(one, other) or _another_kind(one, other, several)
    return not _looks(one, other)


def _runs_by_itself(one: Part, several: bool) -> bool:
    """It names no kind of model that is known, and yet is work: a batch over what is there, or one of several things
    with an amount of its own."""
    return (one.batch and one.piled) or (several and (one.loaded or one.piled))


def was_trained(one: Part, part: Part) -> bool:
    """ "Segmentation of 4,000 scans, then inference on 500 a day": what inference follows on was the training."""
    alike = part.domain in (None, one.domain)
    follows = part.joint == "next" and part.infers
    return follows and not part.trains and one.piled and not one.serves and alike and one.domain is not None


def _looks(one: Part, other: Part) -> bool:
    """One of them looks at pictures and may do what the other does, or finds them again."""
    both, kinds = {one.domain, other.domain}, (one.kind, other.kind)
    if "embeddings" in both and both & set(SEEN) and not (one.loaded and other.loaded) and READS not in kinds:
        return not (one.has_model and other.has_model)
    return "multimodal" in both and both <= set(LOOKS_AND_READS) and not (one.has_model and other.has_model)


def _trained_and_run(one: Part, other: Part) -> bool:
    """One of them trains a model, and the other runs one."""
    if other.domain is not None and one.domain is not None and other.domain != one.domain:
        return False
    if one.trains and not one.serves and not other.trains:
        passes = other.infers or (other.batch and (other.piled or other.refers) and not other.once)
        return other.serves or (other.joint == "next" and other.loaded) or (other.joint in FOLLOWING and passes)
    if other.trains and not (other.serves or one.trains):
        passed = (one.once or one.batch) and (one.piled or one.has_model or one.kind != "")
        again = other.every is not None and one.kind != "" and (other.kind != "" or other.refers)
        return one.runs or (one.rate and one.kind != "") or passed or again
    return False


def _passes_and_serves(one: Part, other: Part) -> bool:
    """One of them goes through what is there, and the other answers what comes in."""
    if one.trains or other.trains:
        return False
    if one.once and not other.once and other.joint in FOLLOWING and other.loaded:
        return True
    if (one.piled or one.batch) and not one.loaded and other.joint == "next" and other.loaded:
        return one.kind != RETRIEVING
    return (one.batch and not one.live and other.live and not other.batch) or (
        other.batch and not other.live and one.live and not one.batch
    )


def _another_kind(one: Part, other: Part, several: bool) -> bool:
    """In one domain: another model for another kind, or a load of its own for each."""
    own_models = one.has_model and other.has_model and not _share_a_model(one, other)
    if one.trains and other.trains and one.piled and other.piled and other.joint in FOLLOWING:
        return one.kind == "" or one.kind != other.kind  # one teaches it, another teaches it further
    if own_models and _is_item_of_its_own(one, other):
        return True
    if one.trains and other.joint == "list" and not (other.trains or other.serves or other.loaded or other.kind):
        return False  # "train A and B"
    if own_models and ((one.kind and other.trains and not one.trains) or (one.loaded and other.loaded)):
        return True
    if one.loaded and other.loaded and other.kind not in ("", one.kind) and other.joint in PARTING:
        return True
    if not (one.kind and other.kind) or one.kind == other.kind:
        return several and own_models
    if own_models or one.domain in MANY_KINDS or several or other.apart or (one.loaded and other.loaded):
        return True
    listed = AS_ONE_TYPES in (one.kind, other.kind) or (
        other.article != "" and (other.kind in TALKED_TO) > (one.kind in TALKED_TO)
    )
    return listed and one.has_model == other.has_model


def _is_item_of_its_own(one: Part, other: Part) -> bool:
    """A line of a list, or a thing with an article of its own, that names another model with a load of its own, or
    where what is before it has none either."""
    if one.trains or other.trains or one.refers or other.refers:
        return False
    if other.joint == MEMBER:
        return True
    if other.joint == "item":
        return other.loaded or not one.loaded
    return other.joint == "list" and other.article in INDEFINITE and one.loaded == other.loaded and not other.kind


def _share_a_model(one: Part, other: Part) -> bool:
    """One of them may name it in short: "DeepSeek-R1" and "R1"."""
    return any(mine in theirs or theirs in mine for mine in one.models for theirs in other.models)
