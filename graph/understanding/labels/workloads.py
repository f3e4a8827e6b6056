"""Several workloads in one request: the stretches of a message that each name a workload of another kind.

A message is parted at what stands between two workloads (the end of a sentence, "then", "plus", an arrow, a line of a
list), and at a comma or an "and" where the next name follows at once. A part that names no workload belongs to the one
before it, and so does one that `differs` in nothing: two chat models are two workloads only where each has a model and
a use, or a load, of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.workload import Domain
from graph.understanding.labels.book import labels, stance_of
from graph.understanding.labels.workload_differences import differs, was_trained
from graph.understanding.labels.workload_joints import joints_of
from graph.understanding.labels.workload_meant import DOMAINS, longest
from graph.understanding.labels.workload_names import Named
from graph.understanding.labels.workload_part import HEARS_AND_SPEAKS, MADE_OF, RETRIEVING, UMBRELLA, Part
from graph.understanding.mentions.line import Line
from graph.understanding.stance.stance import UNWANTED, Stances

ANSWERS = ("llm", "multimodal", "embeddings")
OWN_DATA = ("time_series", "tabular", "recommendation", "vision")
"""Domains whose models are learnt from one's own data, and so retrained on it."""


def workload_parts(line: Line, stances: Stances) -> tuple[Part, ...]:
    """Two parts or more, in the order of the message; none where it names one workload or no workload."""
    named = Named(line, stances)
    joints = joints_of(named)
    firsts = [0, *(joint.after for joint in joints)]
    ends = [*(joint.before for joint in joints), len(line.words) - 1]
    kinds = ["", *(joint.kind for joint in joints)]
    stretches = zip(firsts, ends, kinds, strict=True)
    found = [named.part(first, last, kind) for first, last, kind in stretches if first <= last]
    parts: list[Part] = []
    for part in _without_names_for_others(found):
        parts = _joined(parts, part, named)
    parts = _with_both_of_voice(parts)
    return tuple(parts) if len(parts) > 1 else ()


def kinds_taken_back(line: Line, stances: Stances) -> frozenset[str]:
    """Domains of the kinds of workload that the message no longer wants: "drop the speech synthesis"."""
    found = [match for match in longest(labels("workloads").find(line)) if match.value.field in DOMAINS]
    return frozenset(match.value.field for match in found if stance_of(match, stances) in UNWANTED)


def _without_names_for_others(parts: Sequence[Part]) -> list[Part]:
    """Without the names for all of the others, whose words go to the next: "a voice agent: ASR, an LLM and TTS", "a
    copilot: completion and chat"."""
    named = {part.kind for part in parts}
    heard = any(part.domain == "speech" and part.kind != UMBRELLA for part in parts)
    opened = {kind for kind, members in MADE_OF.items() if (heard if kind == UMBRELLA else named.issuperset(members))}
    return [
        replace(part, domain=None, kind="") if part.kind in opened and not part.has_model else part for part in parts
    ]


def _with_both_of_voice(parts: list[Part]) -> list[Part]:
    """A voice assistant beside a language model hears and speaks: "voice + LLM"."""
    spoken = [part for part in parts if part.domain == "speech"]
    if len(spoken) != 1 or spoken[0].kind != UMBRELLA or len(parts) < 2 or spoken[0].has_model:
        return parts
    at = parts.index(spoken[0])
    return [*parts[:at], *(replace(spoken[0], kind=kind) for kind in HEARS_AND_SPEAKS), *parts[at + 1 :]]


def _joined(parts: list[Part], part: Part, named: Named) -> list[Part]:
    """With one more part: a workload of its own, or more words about one of them."""

    def other(one: Part, later: Part) -> bool:
        return differs(one, later, named.several, named.only)

    if not parts:
        return [part]
    *before, last = parts
    if was_trained(last, part):
        last = replace(last, trains=True)
        parts = [*before, last]
    like = part if part.domain is not None else replace(part, domain=_domain_meant(part, parts))
    if last.domain is None and not (before or other(last, part)):
        return [_with_more(replace(part, first=last.first), last, follows=True)]
    referring = part.refers or part.means != ""
    if last.trains and part.serves and not (last.serves or part.has_model) and referring and other(last, like):
        return [*parts, like]  # "and serve it": what was trained last
    if part.means and part.domain is None and not part.has_model and (meant := _spoken_of(part, parts)) is not None:
        return [_with_more(one, part, follows=False) if number == meant else one for number, one in enumerate(parts)]
    if _goes_on_training(last, part):
        like = replace(like, trains=True)
    same = [number for number, one in enumerate(parts) if not other(one, like)]
    if not same or (last.row and part.row and part.kind):
        return [*parts, like]
    alike = [number for number in same if parts[number].trains == part.trains] or same
    about = len(parts) - 1 if part.domain is None and len(parts) - 1 in same and not part.trains else alike[-1]
    if part.live and not part.trains and parts[about].trains and not parts[about].serves:
        about = next((number for number in reversed(same) if not parts[number].trains), about)
    newest = max(map(_end, parts))
    return [
        _with_more(one, part, follows=_end(one) == newest) if number == about else one
        for number, one in enumerate(parts)
    ]


def _spoken_of(part: Part, parts: Sequence[Part]) -> int | None:
    """The number of the workload that "the small one" or "the second" is; null without two to choose from."""
    if len(parts) < 2:
        return None
    if part.means in ("former", "latter"):
        return 0 if part.means == "former" else 1
    sizes = {number: one.size_b for number, one in enumerate(parts) if one.size_b is not None}
    if len(sizes) < 2:
        return None
    return (min if part.means == "smaller" else max)(sizes, key=lambda number: sizes[number])


def _goes_on_training(last: Part, part: Part) -> bool:
    """ "Train a language model on 30B tokens, and a U-Net on 8,000 scans": the verb is that of both."""
    alone = not (part.trains or part.serves or part.infers or part.loaded or part.batch)
    other = part.domain not in (None, last.domain)
    return part.joint == "list" and last.trains and not last.serves and alone and part.piled and other


def _domain_meant(part: Part, parts: list[Part]) -> Domain | None:
    """Of a part that names none: a retraining is of what is learnt from one's own data, where there is such, another
    tuning of the language model; texts that are retrieved are of what answers from them, and of no batch that goes
    through something else; who is served is so by what answers, and not by the batch before; the rest is of what came
    last."""
    domains = [one.domain for one in parts if one.domain is not None]
    served = [one.domain for one in parts if one.runs and not one.batch and one.domain is not None]
    if part.live and parts[-1].batch and served and not (part.kind or part.has_model):
        return served[-1]
    if part.kind == RETRIEVING and parts[-1].batch and parts[-1].domain not in ANSWERS:
        return "llm"
    own = [domain for domain in domains if domain in OWN_DATA] if part.retrains else []
    if part.tunes and not own and "llm" in domains:
        return "llm"
    return next(reversed(own or domains), None)


def _end(part: Part) -> int:
    return part.more[-1][1] if part.more else part.last


def _with_more(one: Part, part: Part, *, follows: bool) -> Part:
    """One workload, with what a later part says of it, which follows at once or after others."""
    told = {
        name: getattr(one, name) or getattr(part, name)
        for name in ("kind", "trains", "serves", "every", "piled", "batch", "once", "live", "rate")
    }
    one = replace(one, models=one.models | part.models, **told)
    if part.first < one.first or part.last <= one.last:
        return one
    if not follows:
        return replace(one, more=(*one.more, (part.first, part.last)))
    if one.more:
        return replace(one, more=(*one.more[:-1], (one.more[-1][0], part.last)))
    return replace(one, last=part.last)
