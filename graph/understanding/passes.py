"""The passes of the built-in reader in their order, from the raw message to claims and residue."""

from collections.abc import Sequence
from dataclasses import replace

from domain.reading import Clarification
from domain.turn import Question
from domain.workload import AskedQuestion, Unplaced, WorkloadSpec
from graph.understanding.labels.intent import starts_over
from graph.understanding.labels.question import question_of
from graph.understanding.labels.sections import book
from graph.understanding.labels.words import label_claims
from graph.understanding.labels.workloads import workload_parts
from graph.understanding.mentions.distilled import with_distilled
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line, line_of
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.mentions.names import names_in
from graph.understanding.mentions.opaque import identifiers_in, opaque_in
from graph.understanding.mentions.quantities import quantities_in
from graph.understanding.mentions.unknown_models import unknown_models, without_programs
from graph.understanding.merge.answers import answer_proposals
from graph.understanding.merge.bare import bare_proposals
from graph.understanding.merge.clarification import questions_for
from graph.understanding.merge.relative import relative_proposals
from graph.understanding.merge.repair import repaired
from graph.understanding.merge.residue import unplaced_in
from graph.understanding.pipeline import Pass
from graph.understanding.roles.choices import options_of
from graph.understanding.roles.claim import ASKED_ABOUT, Claim, Proposal, assigned, claims_of
from graph.understanding.roles.hardware import hardware_proposals
from graph.understanding.roles.media import formats_in
from graph.understanding.roles.names import name_proposals, places_of
from graph.understanding.roles.places import law_proposals, place_proposals
from graph.understanding.roles.quantities import quantity_proposals
from graph.understanding.roles.schedule import schedule_proposals
from graph.understanding.stance.read import stances_of
from graph.understanding.stance.stance import Stances
from graph.understanding.text.clauses import Text, divided
from graph.understanding.text.glosses import glossed
from graph.understanding.text.layout import tokens_of_layout
from graph.understanding.text.spelling import Spelling, in_english
from graph.understanding.text.tokens import Token
from graph.understanding.text.words import covered

TERMS = ("budget", "unit_price", "location", "deadline", "traffic", "availability", "pricing")
"""Fields of which one makes a question about cards a request for them."""
LENGTHS = ("traffic.input_tokens", "traffic.output_tokens")
"""Of one request: no term."""
MOST_TOKENS = 2500
"""Words and signs of a message that are read; 10,000 characters of prose have fewer. The rest is named as unread."""
MOST_MODELS = 40
"""Models of a message that are looked up, each with questions to the catalogue; the others are named as unplaced."""
OF_MODELS = frozenset({"dataset", "datasets", "corpus", "benchmark", "leaderboard", "parser"})
"""Things beside the name of a model that is theirs."""
QUOTED = 80
"""Characters of what is not read by which it is named."""
Claims = tuple[Claim, ...]
Proposals = tuple[Proposal, ...]


def _tokens(written: tuple[Token, ...], spelling: Spelling) -> tuple[Token, ...]:
    return spelling.corrected(in_english(glossed(written[:MOST_TOKENS])))


def _names(text: Text, index: NameIndex) -> tuple[Name, ...]:
    known = with_distilled(text, names_in(text, index), index)
    strangers = unknown_models(text, known, index)
    named = sorted((*known, *strangers), key=lambda name: name.first)
    meant = tuple(name for name in named if name.kind != "model" or not _is_of_something_else(text, name))
    for run in identifiers_in(text):  # a configuration goes by the names of all its parts
        models = [name for name in meant if name.kind == "model" and name.first in run]
        meant = tuple(name for name in meant if name not in models[1:])
    return _one_name_each(text, without_programs(text, meant, strangers))


def _one_name_each(text: Text, names: Sequence[Name]) -> tuple[Name, ...]:
    """A model that is written in another way, or served under another name, goes by the name that it had first: the
    llama-31-8b of "Llama-3.1-8B ... --served-model-name llama-31-8b"."""
    first: dict[str, Name] = {}
    aliases = {match.last + 1 for match in book("unknown_models", "aliases").find(text.words)}
    served = next((name for name in names if name.kind == "model" and name.first not in aliases), None)
    found: list[Name] = []
    for name in names:
        if name.kind == "model":
            held = served if name.first in aliases else first.setdefault(form_of(name.written), name)
            found.append(name if held is None else replace(name, named=held.named, written=held.written))
        else:
            found.append(name)
    return tuple(found)


def _is_of_something_else(text: Text, name: Name) -> bool:
    """A data set goes by the name of a model, or the part of a program that reads its answers: "the LLaVA dataset"."""
    around = (text.tokens[name.first - 1] if name.first else None, *text.tokens[name.last + 1 : name.last + 2])
    return any(token is not None and token.text in OF_MODELS for token in around)


def _quantities(text: Text, names: tuple[Name, ...]) -> tuple[Quantity, ...]:
    taken, passed = covered(names), covered(name for name in names if name.kind == "place")
    sizes = formats_in(text)
    return quantities_in(text, taken | sizes | opaque_in(text, names), passed | (sizes - taken))


def _line(text: Text, names: tuple[Name, ...], quantities: tuple[Quantity, ...]) -> Line:
    """Figures put right within the message are gone from the line: "for 20, no wait, 25 users"."""
    return repaired(line_of(text, names, quantities))[0]


def _standing(line: Line, spec: WorkloadSpec, turn: int) -> WorkloadSpec:
    """What the newest turn revises: nothing where it starts over."""
    return WorkloadSpec() if turn and starts_over(line) else spec


def _questions(standing: WorkloadSpec, asked: Clarification | None, turn: int) -> tuple[Question, ...]:
    """What the turn may answer; a reader without a record of what was asked must assume what is open was."""
    if asked is not None:
        return asked.questions
    return questions_for(standing, (), False) if turn and standing.missing() else ()


def _place_roles(line: Line, stances: Stances, standing: WorkloadSpec) -> Proposals:
    return (*place_proposals(line, stances, standing.location), *law_proposals(line, stances))


def _hardware_roles(line: Line, stances: Stances, index: NameIndex) -> Proposals:
    return tuple(hardware_proposals(line, stances, index, places_of(line, "permitted"), places_of(line, "taken_up")))


def _won(
    figures: Proposals, hardware: Proposals, places: Proposals, named: Proposals, schedule: Proposals,
    answers: Proposals, bare: Proposals, relative: Proposals,
) -> Proposals:  # fmt: skip
    cards = {mention for proposal in hardware for mention in proposal.mentions}
    replies = [reply for reply in answers if not cards & set(reply.mentions)]
    return _with_models_bounded(assigned([*figures, *hardware, *places, *named, *schedule, *replies, *bare, *relative]))


def _with_models_bounded(won: Proposals) -> Proposals:
    """Without what is claimed of models behind the first so many: in a message of people there are none."""
    of_models = [claim for claim in claims_of(won) if claim.field == "models"]
    kept = frozenset([*dict.fromkeys(claim.value for claim in of_models)][:MOST_MODELS])
    if all(claim.value in kept for claim in of_models):
        return won
    return tuple(
        replace(proposal, claims=tuple(c for c in proposal.claims if c.field != "models" or c.value in kept))
        for proposal in won
    )


def _question(line: Line, won: Proposals, options: Proposals) -> AskedQuestion | None:
    """What is asked, and of which cards: those that it is asked of, of a question whether they do all that are spoken
    of. Who names cards to choose from asks which."""
    question = question_of(line)
    if question is None and options:
        quotes = (line.text.raw[one.claims[0].span.start : one.claims[0].span.end] for one in options if one.claims)
        question = AskedQuestion(kind="compare", subjects=tuple(quotes))
    if question is None:
        return None
    spoken = sorted((one for one in won if one.hardware), key=lambda one: min(m.first for m in one.mentions))
    asked = [one for one in spoken if one.role == ASKED_ABOUT] or (spoken if question.kind == "fits" else [])
    return question.model_copy(update={"hardware": tuple(dict.fromkeys(one.hardware for one in asked if one.hardware))})


def _claims(
    line: Line, stances: Stances, won: Proposals, labels: Claims, question: AskedQuestion | None, options: Proposals
) -> Claims:
    """Cards that are asked about are subjects of the question, unless terms are set on which to get them; so are those
    that are compared. How many of each there are to choose from is said of that one alone."""
    terms = any(
        claim.field.startswith(TERMS) and claim.field not in LENGTHS for proposal in won for claim in proposal.claims
    )
    subjects = question.subjects if question is not None and question.kind == "compare" else ()
    compared = [proposal for proposal in won if _is_one_of(subjects, proposal) and not _is_at_hand(proposal)]
    asked = [proposal for proposal in won if proposal.role == ASKED_ABOUT] + (compared if len(compared) > 1 else [])
    meant = won if terms else tuple(proposal for proposal in won if proposal not in asked)
    of_one = {claim for option in options for claim in option.claims if claim.field != "gpu.models"}
    said = (*(claim for claim in claims_of(meant) if claim not in of_one), *labels)
    if not stances.void:
        return said
    return tuple(claim for claim in said if line.place_at(claim.span.start) not in stances.void)


def _unplaced(
    line: Line, stances: Stances, won: Proposals, claims: Claims, turn: int, raw: str, written: tuple[Token, ...]
) -> tuple[Unplaced, ...]:
    """What no field holds, and where the message goes on unread."""
    left = unplaced_in(line, stances, won, claims, turn)
    if len(written) <= MOST_TOKENS:
        return left
    unread = raw[written[MOST_TOKENS].start :][:QUOTED].strip()
    return (*left, Unplaced(quote=unread, turn=turn))


def _is_at_hand(proposal: Proposal) -> bool:
    return any(claim.field == "owned" for claim in proposal.claims)


def _is_one_of(subjects: Sequence[str], proposal: Proposal) -> bool:
    """A card of those that the question names."""
    cards = [one for one in proposal.mentions if isinstance(one, Name) and one.kind == "gpu"]
    return bool(cards) and all(any(card.written in subject for subject in subjects) for card in cards)


MENTIONS: tuple[Pass, ...] = (
    Pass("written", ("raw",), tokens_of_layout),
    Pass("tokens", ("written", "spelling"), _tokens),
    Pass("text", ("raw", "tokens"), lambda raw, tokens: divided(raw, tokens)),
    Pass("names", ("text", "index"), _names),
    Pass("quantities", ("text", "names"), _quantities),
    Pass("line", ("text", "names", "quantities"), _line),
)
ROLES: tuple[Pass, ...] = (
    Pass("stances", ("line",), stances_of),
    Pass("standing", ("line", "spec", "turn"), _standing),
    Pass("questions", ("standing", "asked", "turn"), _questions),
    Pass("figures", ("line", "stances"), lambda line, stances: tuple(quantity_proposals(line, stances))),
    Pass("hardware", ("line", "stances", "index"), _hardware_roles),
    Pass("places", ("line", "stances", "standing"), _place_roles),
    Pass("named", ("line", "stances"), lambda line, stances: tuple(name_proposals(line, stances))),
    Pass("schedule", ("line", "stances"), lambda line, stances: tuple(schedule_proposals(line, stances))),
    Pass("answers", ("line", "questions"), lambda line, questions: tuple(answer_proposals(line, questions))),
    Pass("bare", ("line", "standing"), lambda line, standing: tuple(bare_proposals(line, standing))),
    Pass("relative", ("line", "standing"), lambda line, standing: tuple(relative_proposals(line, standing))),
    Pass("won", ("figures", "hardware", "places", "named", "schedule", "answers", "bare", "relative"), _won),
    Pass("labels", ("line", "stances"), label_claims),
    Pass("parts", ("line", "stances"), workload_parts),
    Pass("options", ("line", "won"), options_of),
    Pass("question", ("line", "won", "options"), _question),
    Pass("claims", ("line", "stances", "won", "labels", "question", "options"), _claims),
    Pass("unplaced", ("line", "stances", "won", "claims", "turn", "raw", "written"), _unplaced),
)
PASSES = (*MENTIONS, *ROLES)
OF_A_PART = tuple(step for step in PASSES if step.gives != "parts")
"""For words that are one part of a message already."""
