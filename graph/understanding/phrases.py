"""Fields that words alone settle: compliance, pricing, licence, priorities, components, use case and the like."""

import re
from collections.abc import Iterator

from domain.workload import WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, STRONG, Rule, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import Polarity, polarity

_LICENSE_TALK = re.compile(r"(?<![^ ])(?:licen[cs]\w*|permissive\w*|open ?source|commercial\w*|only|weights?)(?![^ ])")
_HEALTH_LAW = re.compile(r"(?<![^ ])(?:hipaa|hippa)(?![^ ])")
_COMMERCIAL_ALONE = re.compile(r"(?:^|[,;.] |and )commercial(?=$| [,.;])")
_LICENSE_LIST = re.compile(r"(?<![^ ])(?:apache\S*|mit|bsd) (?:or|and|/|,) (?:apache\S*|mit|bsd)(?![^ ])")
_WITHDRAWALS = {
    "budget": 
        r"(?:budget|spending) ?(?:limit|cap|constraint|ceiling|requirement|restriction)?|(?:price|cost|"
        r"spending) (?:limit|cap|ceiling|constraint)",
    "deadline_hours": r"(?:deadline|time limit|time constraint|turnaround|hurry|rush)",
    "location.regions": 
        r"(?:region|location|country|residency|data residency|geograph\w+|eu|sovereignty)s? ?(?:requirement|"
        r"constraint|restriction|limit|preference)?s?",
    "location.providers": 
        r"(?:provider|cloud|vendor|cloud provider)s? ?(?:requirement|constraint|restriction|limit|preference|"
        r"choice)?s?",
    "traffic.ttft_ms": r"(?:latency|response time|ttft) ?(?:requirement|constraint|target|limit|goal|sla)?s?",
    "compliance": r"compliance ?(?:requirement|constraint)?s?|certifications?",
    "license": r"(?:licen[cs]e|licensing) ?(?:requirement|constraint|restriction)?s?",
    "gpu.models": r"(?:gpu|card) (?:model|type|preference|choice|requirement|constraint|restriction)s?",
    "gpu.min_count": r"(?:gpu|card) (?:count|number)|number of (?:gpus|cards)",
    "gpu.min_vram_gb": r"(?:vram|gpu memory|memory) ?(?:requirement|constraint|minimum)?s?",
    "traffic": r"(?:traffic|user|load|concurrency) (?:requirement|constraint|target|numbers?|count)s?",
    "context_tokens": r"(?:context|context length|context window|long context) ?(?:requirement|constraint)?s?",
    "precision": r"(?:quanti[sz]ation|quanti[sz]ed|precision) ?(?:requirement|constraint)?s?",
    "pricing": r"(?:pricing|spot|reserved|on demand) (?:requirement|constraint|preference|restriction)s?",
    "hours_per_month": r"(?:schedule|office hours|business hours|working hours)",
    "components": r"(?:components?|extra tools|extra components)",
    "models": r"(?:model) (?:choice|requirement|constraint|preference)s?",
}  # fmt: skip
_TAKE_BACK = (
    r"(?:forget(?: about)?|drop|ditch|scrap|remove|cancel|lift|waive|relax|ignore|never ?mind|no longer (?:need|"
    r"have|a|an|any)|no|not have(?: any)?|not need|without|clear|delete|lose|there is no|get rid of|no need for|"
    r"do not worry about|skip|take out|leave out)"
)
_FIELD_WITHDRAWN = {
    field: re.compile(
        rf"(?<![^ ])(?:{_TAKE_BACK} (?:the |any |a |an |my |our |that |those |all |more |specific |fixed |hard |"
        rf"particular )*(?:{nouns})(?: any ?more| limits?| constraints?)?"
        rf"|(?:{nouns}) (?:is |are )?(?:no longer|not) (?:needed|relevant|important|an issue|a concern|"
        rf"a problem|required|fixed|a constraint|matter\w*|limited|any ?more)|(?:{nouns}) (?:does|"
        rf"do) not matter(?: any ?more)?|(?:{nouns}) (?:is|are) (?:gone|off|open|flexible|unlimited|lifted|"
        rf"dropped|negotiable|irrelevant))(?![^ ])"
    )
    for field, nouns in _WITHDRAWALS.items()
}
_ANYWHERE = re.compile(
    r"(?<![^ ])(?:any|whichever|whatever|no matter which|regardless of(?: the)?|does not matter which|"
    r"no particular|open to any|all|no preference (?:on|for|about)(?: the)?)(?: (?:cloud|provider|vendor|region|"
    r"location|country))+s?(?: (?:is|are|will|works?|would|of) (?:fine|ok|okay|do|good|for me|for us|be fine|"
    r"choice))?(?! (?:but|except|other than|bar|with|that|in|you))(?![^ ])"
)


_DEPARTMENTS = ("legal", "finance", "marketing", "hr", "human resources", "accounting", "security")
_SAYS = re.compile(
    r"(?: (?:dept|department|team|people|guys|folks|colleagues|side))?(?: (?:just|also|now|only|still|"
    r"already))* (?:says?|said|"
    r"asks?(?= (?:for|that|us|if|to))|asked|told|tells|insists?|insisted|requires?|required|demands?|demanded|caps?|"
    r"capped|approve[sd]?|"
    r"cleared|limits?|limited|allows?|allowed|forbids?|forbade|vetoed|decided|decides|cut|cuts|gave|gives|signed off|"
    r"complain\w*|"
    r"confirmed|confirms|blocked|blocks|agreed|agrees|is (?:fine|ok|okay|happy|against|strict)|objects|will not|won t|"
    r"does not (?:allow|want|like))(?![^ ])"
)
_FROM = re.compile(
    r"(?<![^ ])(?:from|by|per|via|according to|asked|convince|checked with|check with|talked to|spoke to|spoke with)"
    r"(?: (?:our|the|my))?$"
)
_INDUSTRY = re.compile(r"(?<![^ ])(?:industry|sector|vertical) (?::|=) (?P<said>[a-z]+(?: [a-z]+)?)(?= ?[.,;|)]|$)")
_ANY_REGION_OF = re.compile(
    r"(?<![^ ])(?:any|every|whichever|whatever) J\d+ (?:regions?|locations?|data ?cent(?:er|re)s?)(?![^ ])"
)


def phrase_claims(line: Marked) -> Iterator[Claim]:
    """Every plain field the turn's words settle."""
    words = lexicon()
    for rule in words.compliance:
        yield from _each(line, rule, "compliance", "add", "withdraw")
    yield from _pricing(line)
    for rule in words.precision:
        yield from _each(line, rule, "precision", "set", "withdraw")
    yield from _license(line)
    for name, rules in words.priorities.items():
        yield from _priority(line, name, rules)
    for rule in words.components:
        yield from _each(line, rule, "components.wanted", "add", "exclude")
    yield from _first_of(line, words.use_case, "use_case")
    yield from _labelled_industry(line) or _first_of(line, words.industry, "industry")
    for field, pattern in _FIELD_WITHDRAWN.items():
        for match in pattern.finditer(line.text):
            yield Claim(field, None, line.span(match), "withdraw")
            if field == "location.regions":
                yield Claim("location.jurisdictions", None, line.span(match), "withdraw")
    for match in _ANY_REGION_OF.finditer(line.text):
        yield Claim("location.regions", None, line.span(match), "withdraw")
    for match in _ANYWHERE.finditer(line.text):
        if re.match(r" (?:but|except|other|apart|bar)(?![^ ])", line.text[match.end() :]):
            continue
        where = "location.regions" if re.search(r"region|location|country", match.group()) else "location.providers"
        yield Claim(where, None, line.span(match), "withdraw")


def method_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """How a model is to be adapted, as the use case of a request that names no other."""
    methods = {rule.value for rule in lexicon().methods}
    adapting = spec.task_type == "fine_tuning" or any(
        rule.value in ("fine_tuning", "training") and rule.pattern.search(line.text) for rule in lexicon().task_type
    )
    if not adapting or (spec.use_case is not None and spec.use_case not in methods):
        return
    yield from (claim for claim in _first_of(line, lexicon().methods, "use_case") if claim.field == "use_case")


def _labelled_industry(line: Marked) -> tuple[Claim, ...]:
    """ "Industry: mining": the word after the label, or the industry that it is a word for."""
    label = _INDUSTRY.search(line.text)
    if label is None:
        return ()
    known = next((rule.value for rule in lexicon().industry if rule.pattern.search(label.group("said"))), None)
    return (Claim("industry", known or label.group("said"), line.span(label)),)


def _by_a_department(line: Marked, match: re.Match[str]) -> bool:
    """ "legal says", "an update from finance": who speaks is a department of a company of whatever kind."""
    return match.group() in _DEPARTMENTS and (
        _SAYS.match(line.text[match.end() :]) is not None
        or _FROM.search(line.text[: match.start()].rstrip()) is not None
    )


def _each(line: Marked, rule: Rule, field: str, wanted: str, unwanted: str) -> Iterator[Claim]:
    for match in rule.pattern.finditer(line.text):
        found = polarity(line, *match.span())
        if found == "want":
            yield Claim(field, rule.value, line.span(match), "add" if wanted == "add" else "set")
        elif found in ("exclude", "withdraw", "replace"):
            operation = "exclude" if unwanted == "exclude" and found == "exclude" else "withdraw"
            yield Claim(field, rule.value, line.span(match), "exclude" if operation == "exclude" else "withdraw")


def _pricing(line: Marked) -> Iterator[Claim]:
    for rule in lexicon().pricing:
        before: tuple[int, Polarity] | None = None
        for match in rule.pattern.finditer(line.text):
            found = polarity(line, *match.span())
            if before and line.text[before[0] : match.start()] in (" / ", " or ", " and ", " nor ", " , "):
                found = before[1]  # "no spot / preemptible"
            before = match.end(), found
            if re.match(r" if (?:it is |that is |they are )?(?:cheaper|better|worth)", line.text[match.end() :]):
                continue
            if found == "want":
                yield Claim("pricing", rule.value, line.span(match))
            elif found == "exclude" and rule.value == "spot":
                yield Claim("pricing", "on_demand", line.span(match), strength=MEDIUM)
            elif found != "mention":
                yield Claim("pricing", rule.value, line.span(match), "withdraw")


def _license(line: Marked) -> Iterator[Claim]:
    words = lexicon()
    denied = [match.span() for match in words.commercial_no.finditer(line.text)]
    for match in words.commercial_no.finditer(line.text):
        yield Claim("license.commercial", False, line.span(match))
    for match in words.commercial_yes.finditer(line.text):
        inside = any(start <= match.start() < end or match.start() <= start < match.end() for start, end in denied)
        if not inside and polarity(line, *match.span()) == "want":
            yield Claim("license.commercial", True, line.span(match))
    for match in _COMMERCIAL_ALONE.finditer(line.text):
        yield Claim("license.commercial", True, line.span(match), strength=MEDIUM)
    for rule in words.licenses:
        for match in rule.pattern.finditer(line.text):
            opens, closes = line.sentence(*match.span())
            sentence = line.text[opens:closes]
            if not (_LICENSE_TALK.search(sentence) or _LICENSE_LIST.search(sentence) or "2" in match.group()):
                continue
            found = polarity(line, *match.span())
            if found == "want":
                yield Claim("license.allowed", rule.value, line.span(match), "add")
            elif found != "mention":
                yield Claim("license.allowed", rule.value, line.span(match), "withdraw")


def _priority(line: Marked, name: str, rules: tuple[Rule, ...]) -> Iterator[Claim]:
    low = [match.span() for rule in rules if rule.value == "low" for match in rule.pattern.finditer(line.text)]
    for rule in rules:
        for match in rule.pattern.finditer(line.text):
            covered = rule.value != "low" and any(start <= match.start() and match.end() <= end for start, end in low)
            if covered or polarity(line, *match.span()) not in ("want",):
                continue
            yield Claim(f"priorities.{name}", rule.value, line.span(match), strength=STRONG)


def _first_of(line: Marked, rules: tuple[Rule, ...], field: str) -> Iterator[Claim]:
    """The first rule that is wanted: the more specific ones stand first in the lexicon."""
    for rule in rules:
        for match in rule.pattern.finditer(line.text):
            if field == "industry" and _by_a_department(line, match):
                continue
            if polarity(line, *match.span()) in ("want", "mention"):
                yield Claim(field, rule.value, line.span(match))
                return
    health = _HEALTH_LAW.search(line.text) if field == "industry" else None
    if health and polarity(line, *health.span()) in ("want", "mention"):
        yield Claim(field, "healthcare", line.span(health), strength=MEDIUM)
