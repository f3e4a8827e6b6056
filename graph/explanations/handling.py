"""Answers about how data is handled: its way to the machines, changes in it, who may see it, how sensitive it is."""

import re

from artifacts.notation import bullets, code, fenced, figure, plain
from artifacts.parts import hours_in_words
from graph.explanations.evidence import Standing
from graph.explanations.glossary import terms_in
from graph.explanations.manifests import step_titled
from sizing.rules import is_sensitive

_LINE = re.compile(r"(\d+(?:[.,]\d+)?) ?([kmg])(bit|byte|b)?s?(/s|ps| per second)?\b", re.I)
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?) ?(gb|tb|gib|tib)\b", re.I)
SHARE_OF_A_LINE = 0.8
"""What a transfer is taken to get of the rate a line is sold by."""
BITS = 8
SECONDS_PER_HOUR = 3600


def provider_sees(standing: Standing) -> str:
    """What a seller of machines can see is a matter of its contract, of which the catalogue has no text."""
    seller = plain(standing.one().option.offer.provider)
    kinds = (
        "The plan takes the data as sensitive, so no stranger's machine is in it. "
        if is_sensitive(standing.spec)
        else ""
    )
    return (
        f"{kinds}The machines are rented from {seller}, and who runs a machine can in principle reach its disk and its "
        "memory. What it may do is settled by its contract (a data processing agreement, for patients' data a business "
        "associate agreement or its like), whose text the catalogue does not hold: ask for it before data is copied. "
        "Encrypt the disk with a key of your own where the seller offers that."
    )


def transfer(standing: Standing) -> str | None:
    """How long the data takes over the line that the question names, or what is carried in where there is no internet;
    null where nobody said how much it is."""
    said = _SIZE.search(standing.question)
    gb = standing.spec.dataset.size_gb
    if said:
        gb = float(said[1].replace(",", ".")) * (1000 if said[2].lower().startswith("t") else 1)
    carried = step_titled(standing.plan, "brought in")
    if carried is not None and not said:
        inside = step_titled(standing.plan, "carried in")
        steps = [carried] if inside is None else [carried, inside]
        return "\n\n".join(
            f"Step {step.order}, “{plain(step.title)}”: {plain(step.detail)}\n\n{fenced(step.commands)}"
            for step in steps
        )
    if not gb:
        return _copied_in(standing)
    rates = [_mbit(found) for found in _LINE.finditer(_SIZE.sub(" ", standing.question))]
    mbit = next((rate for rate in rates if rate), None)
    room = step_titled(standing.plan, "dataset")
    where = f" The plan copies it in step {room.order}, “{plain(room.title)}”." if room else ""
    rest = (
        f"{where} Use a copy that resumes where it broke off and that encrypts on the way. The plan holds no price for "
        "data that comes in: look at the seller's."
    )
    if mbit is None:
        hours = gb * BITS / SECONDS_PER_HOUR
        return (
            f"{figure(gb)} GB take {figure(hours, 1)} h at 1 Gbit/s ({figure(gb)} × {BITS} / 3,600), ten times that at "
            f"100 Mbit/s; say the rate of your line to have it worked out.{rest}"
        )
    full = gb * BITS * 1000 / mbit / SECONDS_PER_HOUR
    return (
        f"About {figure(full / SHARE_OF_A_LINE, 0)} h: {figure(gb)} GB × {BITS} / {figure(mbit)} Mbit/s = "
        f"{figure(full, 1)} h with the whole line, more as a line seldom gives more than "
        f"{figure(100 * SHARE_OF_A_LINE, 0)} % of its rate (assumed).{rest}"
    )


def _copied_in(standing: Standing) -> str | None:
    """The step that makes room for the data, where nobody said how large it is."""
    room = step_titled(standing.plan, "dataset")
    if room is None:
        return None
    return (
        f"You copy them: step {room.order}, “{plain(room.title)}”, makes the volume. {plain(room.detail)} Over the "
        "network use a copy that resumes and encrypts, such as rsync over SSH or rclone. How long it takes follows "
        "from the size and your line: say both (“400 GB over 200 Mbit/s”) to have it worked out."
    )


def _mbit(found: re.Match[str]) -> float | None:
    """Megabits a second; null for an amount that is no rate."""
    factor = {"k": 1e-3, "m": 1.0, "g": 1e3}[found[2].lower()]
    unit = found[3] or ""
    if unit.lower() != "bit" and not found[4]:
        return None
    return float(found[1].replace(",", ".")) * factor * (BITS if unit == "B" or unit.lower() == "byte" else 1)


def updates(standing: Standing) -> str | None:
    """What becomes of a document that changes; null where nothing is searched."""
    beside = standing.plan.retrieval
    if beside is None:
        return None
    parts = ["No step of the plan watches for changes: an answer knows a document as it was when it was last embedded."]
    if beside.embed_hours is not None and beside.corpus.documents:
        each = beside.embed_hours * SECONDS_PER_HOUR / beside.corpus.documents
        every = hours_in_words(beside.embed_hours)
        parts.append(
            f"To embed one document anew takes about {figure(each, 2)} s of GPU time, all "
            f"{figure(beside.corpus.documents)} of them about {every}."
        )
    parts.append(
        "How fresh it is, is up to the job that you run for it: on each change, or every night over what changed."
    )
    return " ".join(parts)


def rights(standing: Standing) -> str:
    """What keeps a document from those who must not see it, and that the plan sets none of it up."""
    chart = standing.plan.component("vector database")
    store = code(chart.package.name) if chart else "the store that is searched"
    how = (
        f"Keep with each passage in {store} who may read its document, and search only what the asker may read: the "
        "filter belongs in the search, not in the prompt. A collection of its own for each group does it too."
        if standing.spec.task_type == "rag"
        else "Who asks has to be known before the model is asked: put the rights into what gives it the data."
    )
    return (
        f"The plan sets up no rights for single documents or groups. {how} Where the rights and the logins come from, "
        "is left to you; machines and price stay as they are."
    )


def sensitive(standing: Standing) -> str | None:
    """How the plan takes the data, and that whether it may be taken otherwise is for others to say."""
    known = [one for one in terms_in(standing.question) if one.key in ("pci dss", "phi", "de-identified")]
    lines = [plain(one.says) + (f" ([{plain(one.source)}](<{one.url}>))" if one.url else "") for one in known]
    if is_sensitive(standing.spec):
        kinds = ", ".join(standing.spec.sensitive) or "regulated or your own"
        lines.append(
            f"The plan takes the data as sensitive ({plain(kinds)}): no community host and no marketplace is in any of "
            "its recommendations, whatever it would save."
        )
    else:
        lines.append(
            "The plan does not take the data as sensitive yet: say what it holds and which law applies, for example "
            "“customers' personal data, GDPR applies”, and strangers' machines are left out of every recommendation."
        )
    lines.append(
        "Whether it is masked or de-identified well enough cannot be told from a plan: that is for your data "
        "protection officer or ethics board to say. The plan has no step that masks anything."
    )
    return bullets(lines)
