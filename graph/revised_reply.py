"""What a revision is answered with: the new headline, what changed, what stayed, what to do next. The plan itself is
there to be shown."""

from artifacts.notation import bullets, code, plain
from artifacts.parts import recurring_line
from artifacts.steps import SHORT_COMMAND
from domain.plan import DeploymentPlan
from graph.changes import TOLD_WITH, came_of_it, field_words, is_as_it_was, told_field

SHOW = "Say “show the plan” to see it again, or what to change."
NO_CONSTRAINTS = (
    "task_type", "domain", "use_case", "industry", "gpu_needed", "stakes", "question", "every", "dataset.modality",
    "workloads", "sensitive", *TOLD_WITH,
)  # fmt: skip
"""Fields by their beginnings that say what it is, and bind nothing."""
MOST_STANDING = 6
MOST_RELAXATIONS = 3


def revision_reply(before: DeploymentPlan, after: DeploymentPlan, turn: int, unkept: str = "") -> str:
    """Markdown. `turn` is the number of the user's newest turn, from 0; `unkept` what of it the plan does not keep. A
    revision that nothing came of says so and nothing else."""
    first = f"**{plain(unkept)}**" if unkept else ""
    missed = [line for line in after.not_taken_into_account if line not in before.not_taken_into_account]
    left_out = f"**Not taken into account**\n\n{bullets(map(plain, missed))}" if missed else ""
    changed = bullets(plain(sentence) for sentence in after.changes)
    if after.recommendations and not came_of_it(before, after):
        why = "What you said is in the plan already, or is nothing that it goes by."
        said = why if is_as_it_was(before, after) and not missed else ""
        parts = [first, changed, said, left_out, SHOW]
    else:
        parts = [
            first, _headline(before, after), f"**Changed**\n\n{changed}", _nearest(after),
            _standing(before, after, turn), left_out, _to_confirm(before, after), _next(after), SHOW,
        ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def is_new_request(after: DeploymentPlan, turn: int) -> bool:
    """Whether nothing that an earlier turn said stands: the user started over."""
    said = [evidence.turn for evidence in after.spec.evidence.values()]
    return bool(said) and min(said) >= turn


def _headline(before: DeploymentPlan, after: DeploymentPlan) -> str:
    """What to rent now; the verdict where it is another one, or says no."""
    verdict = after.verdict if after.verdict != before.verdict or after.verdict.startswith("No") else ""
    again = recurring_line(after.recurring) if after.recurring and after.together is None else ""
    told = (f"**{plain(verdict)}**" if verdict else "", plain(after.answer), plain(again))
    return "\n\n".join(part for part in told if part)


def _nearest(after: DeploymentPlan) -> str:
    if after.recommendations:
        return ""
    others = [one.explanation for one in after.relaxations if one.explanation.rstrip(".") not in after.answer]
    return bullets(map(plain, others[:MOST_RELAXATIONS]))


def _standing(before: DeploymentPlan, after: DeploymentPlan, turn: int) -> str:
    """The constraints of earlier turns that the revision left as they were, in the order they were said."""
    known = field_words()
    held = [
        field
        for field, evidence in after.spec.evidence.items()
        if evidence.turn < turn and field in known and not field.startswith(NO_CONSTRAINTS)
    ]
    told = [
        told_field(after.spec, field)
        for field in held
        if told_field(before.spec, field) == told_field(after.spec, field)
    ]
    shown = list(dict.fromkeys(one for one in told if one))[:MOST_STANDING]
    return f"**As before** {plain(' · '.join(shown))}" if shown else ""


def _to_confirm(before: DeploymentPlan, after: DeploymentPlan) -> str:
    fresh = [caution for caution in after.cautions if caution not in before.cautions]
    return f"**To confirm**\n\n{bullets(map(plain, fresh))}" if fresh else ""


def _next(after: DeploymentPlan) -> str:
    """The first step, if anything can be carried out."""
    if not after.steps or not after.recommendations:
        return ""
    first = after.steps[0]
    command = next((one for one in first.commands[:1] if "\n" not in one and len(one) <= SHORT_COMMAND), "")
    told = plain(first.title) + (f": {code(command)}" if command else "")
    return f"**Next** {told}, the first of {len(after.steps)} steps."
