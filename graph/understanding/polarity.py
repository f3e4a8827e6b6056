"""Whether the words around a name or a phrase want it, rule it out, take it back, or only mention it."""

import re
from functools import lru_cache
from typing import Literal

from graph.understanding.marked import CLAUSE_END, Marked

Polarity = Literal["want", "exclude", "withdraw", "replace", "mention"]

_FILL = (
    r"(?: (?:data|traffic|workloads|get|getting|obtain|find|buy|afford|use|using|used|any|the|a|an|on|to|in|"
    r"into|with|of|want|wanting|like|run|running|be|being|have|"
    r"having|for|go|going|touch|deploy|"
    r"deploying|host|hosting|kind|kinds|type|anything|consider|considering|more|old|older|expensive|our|it|at|"
    r"all|by|install|installing|include|"
    r"including|via|both|either|stay|staying|keep|keeping|from|things|stuff|us|me|you|propose|suggest|pick|"
    r"choose|recommend|provider|"
    r"providers|cloud|clouds|gpu|gpus|model|models|instances|cards|located|based|outside|require|requires|"
    r"required|need|needs|under|only|also|my|that|this|do|doing|spend|ever|really|license|licence|"
    r"transferred|transfer|sent|send|shipped|moved|stored|processed|hosted|deployed|placed|located|end up|land|"
    r"replicated|kept|"
    r"interested|offer|offers|show|give|see|trust|bother|bother with|:|=|those|these|other|like|licensed|touching|"
    r"allowed|nvidia|"
    r"amd|intel|geforce|"
    r"tesla|hyperscalers?|big|clouds|vendors?|"
    r"databases?|charts?|tools?|\(|e g|eg|i e|such as|including|namely|etc|"
    r"\w+ (?:cards?|gpus?|providers?|clouds?|vendors?|hosts?|chips?|hardware|companies|databases?|models?)))*"
)
_NAMES = r"(?: (?:[GMPRJC]\d+|,|or|and|nor|/|&|s|N\d+))*"
_EXCLUDE_LEFT = re.compile(
    
        r"(?<![^ ])(?:no|not|never|nothing|without|avoid|avoiding|exclude|excluding|except|except for|excepting|"
        r"other than|apart from|aside from|besides|but|bar|"
    r"save for|nor|skip|ban|banned|banning|hate|hates|hated|detests?|against|stay away from|steer clear of|away from|"
    r"keep off|"
    r"rule out|blacklist|block|neither|rid of|minus|lose|ditch|dislike|disallow|forbid|prohibit|"
    r"non|veto(?:ed|es)?|boycott(?:s|ed|ing)?|distrust|blocks|blocked|bans|forbids|prohibits|disallows|blacklisted|"
    r"excludes|excluded|ruled out|rules out|refuses?|bad experiences? with|burned by|allergic to|no more)"
    + _FILL + r"$"
)  # fmt: skip
_NEW_ONE_LEFT = re.compile(
    r"(?<![^ ])(?:swap(?: out)?|replace|exchange|change|switch|substitute)(?: (?:the|our|my|this|that|current|old|it|"
    r"model|models|gpu|gpus|card|cards|cloud|provider|region|database|vector|chart|one))* (?:for|with|by|to)"
    r"(?: (?:a|an|the|some))*$"
)
_REPLACE_LEFT = re.compile(
    r"(?<![^ ])(?:rather than|instead of|in place of|replacing|replace|in lieu of|swap|swap out)" + _FILL + r"$"
)
_BUT_LEFT = re.compile(
    r"(?<![^ ])(?:anything|anywhere|everything|everywhere|all|any|any (?:cloud|provider|gpu|card|model|region|"
    r"one)|every (?:cloud|provider|region)|anyone|any of them|all (?:clouds|providers|gpus|regions)|wherever|"
    r"whichever)(?: \w+){0,2} (?:but|bar)(?: (?:not|on|in|the|for|from))*$"
)
_PLAIN_BUT = re.compile(r"(?<![^ ])(?:but|bar)" + _FILL + r"$")
_NOT_EXCLUDED_LEFT = re.compile(
    r"(?<![^ ])(?:(?:no|forbids?|bans?|prohibits?|disallows?)(?: \w+){0,2} (?:clouds?|providers?|vendors?|hosters?)|"
    r"nothing|none|no one|no(?:thing)? (?:cloud|provider|gpu)|nowhere|not (?:use |on |run |"
    r"in )?anything|not any\w*|never anything)(?: \w+){0,2} (?:but|except|other than|besides|apart from|bar)"
    + _FILL
    + r"$"
    r"|(?<![^ ])(?:not only|not just|not necessarily|not limited to|do not mind|not mind|not opposed to|"
    r"no problem with|no issue with|not have to be|not need to be|not be just|not against|no objection to|"
    r"no preference for|no preference between|not sure (?:about|if|whether)|do not care (?:if|whether)|"
    r"not married to|not tied to|not exclusively)" + _FILL + r"$"
)
_UNDECIDED = re.compile(
    r"(?<![^ ])(?:not necessarily|not sure (?:about|if|whether)|no preference (?:for|between)|do not care (?:if|"
    r"whether)|not have to be|not need to be|not married to|not tied to|not limited to|does not have to be|"
    r"need not be|not exclusively)" + _FILL + r"$"
)
_WITHDRAW_LEFT = re.compile(
    
        r"(?<![^ ])(?:forget(?: about)?|drop|dropping|ditch|scrap|(?<!from )scratch(?! that)|lose|remove|removing|"
        r"cancel|"
        r"never ?mind|"
        r"no (?:longer )?(?:need|needs) (?:for|of|to)|no longer (?:need|needs|want|wants|require|requires|on|in|"
        r"using|use)|not need(?: the| any)?|"
    
        r"(?:do|does|did) not need|leave out|take out|get rid of|withdraw|omit|(?:not|no) (?:have|has) to be|lift|"
        r"waive|relax|strike|delete|disregard|ignore|clear|undo|not (?:subject to|bound by|covered by|under|"
        r"concerned by|"
        r"fall under|affected by)|exempt(?:ed)? from|nothing to do with)"
    + _FILL + r"$"
)  # fmt: skip
_MENTION_LEFT = re.compile(
    r"(?<![^ ])(?:cheaper|better|faster|slower|pricier|smaller|bigger|larger|worse|more expensive|"
    r"less expensive|newer|older|more|less|other|stronger) than" + _FILL + r"$"
    r"|(?<![^ ])(?:similar to|compared (?:to|with)|compare (?:to|with)|comparable to|equivalent to|versus|vs|"
    r"unlike|compatible with|integrat\w+ with|connect\w* to|trained on|just like|as good as|on par with|"
    r"nice to have :|bonus (?:points )?(?:if|for)|competitor of|alternative to|alternatives to|inspired by|"
    r"equivalent of)" + _FILL + r"$"
    r"|(?<![^ ])(?:moving|migrat\w+|mov\w+|switch\w*|coming|come|leav\w+|transition\w*|"
    r"port\w*)(?: \w+){0,2} (?:away |off )?(?:from|off)" + _FILL + r"$"
    r"|(?<![^ ])(?:leaving|leave|outgrown|outgrew|unhappy with|tired of|fed up with|get off|getting off|off of|left)"
    + _FILL
    + r"$"
    r"|(?<![^ ])(?:our |the |my )?(?:current|existing|old|present) (?:setup|cluster|hardware|machines?|box|"
    r"gpus?|cards?|"
    r"system|stack|servers?|models?|provider|cloud|infrastructure|deployment)(?: (?:is|are|runs?|has|have|on|"
    r"uses?|with|:|"
    r"of|an?|consists of|N\d+|x))*$"
    r"|(?<![^ ])(?:currently|today|at the moment|right now|presently|already|at present|used to|previously|"
    r"now)(?: (?:we|i|our|is|are|am|it|all|everything|run|runs|running|hosted|host|use|uses|using|on|in|with|"
    r"have|own|the|a|of|live|lives|data|stuff|sits?|be|pay|paying|to|from|by))*$"
)
_EXCLUDE_RIGHT = re.compile(
    r"^(?: s)?(?: (?:gpus?|cards?|instances?|ones?|cloud|chart|models?))?(?: (?:is|are|was|were|seems?|feels?|"
    r"looks?|would be|will be|gets?))?(?: (?:a|an|just|simply|way|far|definitely|absolutely|totally|probably|also|"
    r"clearly|both|all))* "
    r"(?:too (?:expensive|pricey|big|slow|old|small|costly|dear|weak|large|risky|heavy|complex|much|dumb|stupid|tiny|"
    r"limited|simple|basic|hot|new)"
    r"|not (?:an option|allowed|possible|acceptable|available|permitted|ok|okay|good|for us|on the table|suitable|"
    r"what|supported|approved|wanted|please)"
    r"|excluded|off the table|off limits|banned|forbidden|prohibited|no go|overkill|ruled out|no good|unacceptable|"
    r"blacklisted|no option|no longer an option|will not (?:work|do|be|cut it|fit|suffice|handle|make it|happen)|"
    r"(?:does|do) not (?:work|cut it|fit|suffice)|blocked|vetoed|boycotted|disallowed|no(?= ?[.,;!)]|$)|rejected|"
    r"fell (?:through|out)|"
    r"drops out|non starter|no no|red line|"
    r"deal ?breaker|taboo|"
    r"out of (?:the question|the picture|scope)|not (?:for me|either|too|going to happen|welcome|desired|anymore|"
    r"any ?more)|"
    r"(?:can|must|should|may) not be (?:used|considered|chosen|involved))(?![^ ])"
    r"|^(?: s)?(?: (?:gpus?|cards?|instances?))? (?:is|are) out(?: of (?:the question|the picture|scope|our \w+))?"
    r"(?= |$)(?! of)|^(?: s)? (?:out|no go|no|not|nope|neither|also not|not either)(?= ?[.,;!?)]| please|$)"
)
_WITHDRAW_RIGHT = re.compile(
    r"^ (?::|=) (?:no|none|not (?:needed|required|relevant)|n / a|false)(?![^ ])|^(?: s)?(?: (?:is|"
    r"are) (?:no longer|not) (?:needed|required|necessary|relevant|important|a must|a requirement|mandatory|applicable|"
    r"our (?:problem|concern|business|topic)|a (?:topic|concern|thing|factor))|"
    r" (?:no longer|not) (?:needed|required|necessary|applicable|relevant)| (?:does|do) not (?:matter|apply|"
    r"concern us|affect us|"
    r"bother us|interest us|count|play a role)(?: any ?more)?|"
    r" (?:is )?(?:irrelevant|optional|out of scope|none of our \w+|n / a|not for us)|"
    r" requirement is gone| is not a (?:hard )?requirement)(?![^ ])"
)
_MENTION_RIGHT = re.compile(
    r"^(?: s)? (?:vs|versus)(?: \.)? [GMPRC]\d+|^(?: s)?(?: \w+){0,2} (?:today|currently|at the moment|"
    r"right now|at present|until now|so far|"
    r"before)(?= [.,;!?]|$| but| and)"
    r"|^(?: s)?(?: (?!and|or)\w+){0,2}(?: (?:would be|is|are|s))? (?:only |just |merely |"
    r"more of )?(?:an? )?(?:nice to have|"
    r"bonus|nice but (?:no|not)|nice(?: to have)? , not|no must|not a (?:hard )?must|not mandatory)(?![^ ])"
    r"|^ (?:api|apis) (?:compatible|compatibility)|^ (?:compatible|like|style)(?![^ ])(?! gpu)|^ (?:users|"
    r"customers|bill|invoice|costs?(?! \w*less)|charges|credits? (?:expired|ran out))(?![^ ])"
)
_BECOMES = re.compile(r"^(?: s)? (?:- >|= >|→|⇒) [GMPRJC]\d+")
""" "Chroma -> Qdrant"."""
_REFUSED = re.compile(
    r"^(?: s)? \? (?:(?:hell|god|oh|absolutely|definitely|certainly|please|rather|better|thanks but) )?(?:no|not|nope|"
    r"nah|never)"
    r"(?: (?:way|thanks|thank you|chance))?(?= (?:,|\.|!|-|;|\))|$)"
)
""" "Spot? No, on-demand."."""
_PUT_OUT = re.compile(r"(?<![^ ])(?:kick|throw|take|leave|cut|get|keep|push|rule|strike|cross|drop)(?:ing)?(?: the)?$")
_OUT = re.compile(r"^(?: s)? (?:out|off|away)(?= (?:too|again|as well|please|then|now|also|of it|and|[,.;!])|$)")
""" "Kick AWS out too"."""
_LOOKED_FOR = re.compile(r"(?<![^ ])(?:cheapest|where|available|availability|find|get|price|prices)(?: \w+){0,5}$")
""" "The cheapest H100 right now" is no H100 that one has."""
_DENIED_KIND = re.compile(
    r"(?<![^ ])(?:no|not|avoid|without|exclude|except|never|any)(?: \w+){0,3} (?:hyperscalers?|clouds?|providers?|"
    r"vendors?|gpus?|cards?|databases?|tools?|charts?|models?|regions?|ones)$"
)
_EXCLUDED_AS = re.compile(
    r"(?<![^ ])(?:exclu\w+|avoid|(?:not|never|no longer) (?:allowed|wanted|permitted|acceptable|use|ok|okay|"
    r"an option)|no gos?|"
    r"black ?list\w*|banned|forbidden|prohibited|never|do not (?:use|want|offer|propose)|unwanted|blocked|ruled out)"
    r"(?: (?:\w+ )?(?:providers?|clouds?|vendors?|gpus?|cards?|regions?|tools?|charts?|components?|models?|for us|"
    r"list))?$"
    r"|(?:^|[.,;] )(?:no|not|without)$|(?:providers?|clouds?|vendors?|gpus?|cards?|tools?|charts?|"
    r"components?) to (?:avoid|exclude|skip)$"
)
""" "Excluded: AWS, Azure", "clouds to avoid = GCP": a label that rules out what is listed under it."""
_OUTSIDE = re.compile(r"(?<![^ ])outside(?: of)?(?: (?:the|both|either))*$")
_ALIKE = re.compile(r"^ (?:compatible|like|style)(?![^ ])")
"""Said of the last name of a list alone: "Boltz-2 or AlphaFold-like"."""
_CURRENTLY = re.compile(r"(?<![^ ])(?:today|currently|at the moment|right now|at present)(?![^ ])")
_WANT_INSTEAD = re.compile(
    r"(?<![^ ])(?:want|would like|need|moving to|move to|switch\w* to|migrat\w* to|go to)(?![^ ])"
)


_ANSWERED_NO = re.compile(
    r"^(?:no|nope|nah) (?=(?:keep|stay|stick|leave|make|go|let|we|i|put|it|rather|better|just|please|still|back|take|"
    r"run|use(?! of))(?![^ ]))"
)
""" "No keep the A100" keeps it."""
LOOK_BACK = 240
"""Characters before a name that can bear on it: a bound on what hostile text can cost."""
_ONLY_NAMES = re.compile(r"(?:(?:and|or|nor|,|s|[GMPRJC]\d+)(?: |$))*")
_LABELLED = re.compile(r" [:=] [GMPRJC]\d+(?: s)?(?: , [GMPRJC]\d+(?: s)?)* ?$")
_ENDS_IN_A_NAME = re.compile(r"(?<![^ ])[GMPRJC]\d+(?: s)? ?$")
_ALL_BUT = {
    "anything", "anywhere", "everything", "everywhere", "all", "any", "nothing", "none", "nowhere", "anyone",
    "cloud", "provider", "gpu", "clouds", "providers", "wherever", "region",
}  # fmt: skip


def polarity(line: Marked, start: int, end: int) -> Polarity:
    """What the clause does with `line.text[start:end]`."""
    left, right = _left(line.text, start, end), line.text[end : end + LOOK_BACK]
    kind = line.text[start] if line.text[start] in "GMPRJC" else "[GMPRJC]"
    before = re.sub(_NAMES + "$", "", left) if re.search(r" (?:,|or|and|nor|/|&)$", left) else left
    if kind == "P" and _OUTSIDE.search(before):
        return "exclude"
    for words in dict.fromkeys((left, before)):
        found = _left_polarity(words)
        if found is not None:
            return found
    if _BECOMES.match(right):
        return "replace"
    if _REFUSED.match(right):
        return "exclude"
    if _PUT_OUT.search(left) and _OUT.match(right):
        return "withdraw"
    if _WITHDRAW_RIGHT.match(right):
        return "withdraw"
    tail = re.match(rf"(?:(?: (?:{',|' if len(kind) == 1 else ''}or|and|nor|/|&|s))* {kind}\d+(?: s)?)*", right)
    after = right[tail.end() :] if tail else right
    for words in dict.fromkeys((right, after)):
        if _EXCLUDE_RIGHT.match(words):
            return "exclude"
        if _WITHDRAW_RIGHT.match(words):
            return "withdraw"
        if _MENTION_RIGHT.match(words) and not _LOOKED_FOR.search(left) and (words is right or not _ALIKE.match(words)):
            return "mention"
    return "want"


def negated(line: Marked, start: int, end: int) -> bool:
    """A phrase that the clause denies or takes back."""
    return polarity(line, start, end) in ("exclude", "withdraw", "replace")


def _left_polarity(words: str) -> Polarity | None:
    if _UNDECIDED.search(words):
        return "mention"
    if _NOT_EXCLUDED_LEFT.search(words):
        return "want"
    if _MENTION_LEFT.search(words):
        return "mention"
    if _NEW_ONE_LEFT.search(words):
        return "want"
    if _REPLACE_LEFT.search(words):
        return "replace"
    if _WITHDRAW_LEFT.search(words):
        return "withdraw"
    if _BUT_LEFT.search(words):
        return "exclude"
    if _PLAIN_BUT.search(words):
        return None  # "too dear, but A100 is fine"
    return "exclude" if _EXCLUDE_LEFT.search(words) else None


def _left(text: str, start: int, end: int) -> str:
    """The words before, from where the clause begins; a list of names reaches back over its commas."""
    words = text[max(0, start - LOOK_BACK) : start].rstrip()
    opens, in_a_run = 0, _in_a_run(text, start, text[start:end])
    for boundary in CLAUSE_END.finditer(words + " "):
        sign = boundary.group().strip()
        if sign == ",":
            after, before = words[boundary.end() :], words[: boundary.start()]
            in_a_list = (
                _ONLY_NAMES.fullmatch(after) if after else _goes_on(text[start:end], text[end : end + LOOK_BACK])
            ) or in_a_run
            if (in_a_list or _LABELLED.search(before)) and _ENDS_IN_A_NAME.search(before):
                continue
        if sign in (":", "=") and _EXCLUDED_AS.search(words[: boundary.start()]):
            continue
        if sign == "but":  # "anything but": the word belongs to what follows
            leading = words[: boundary.start()].rsplit(" ", 3)[-3:]
            opens = boundary.start() - len(" ".join(leading)) if _ALL_BUT & set(leading) else boundary.start() + 1
            opens = max(0, opens)
        elif sign == "(" and _DENIED_KIND.search(words[: boundary.start()]):
            continue
        elif boundary.end() <= len(words) + 1:
            opens = boundary.end()
    return _ANSWERED_NO.sub("", words[opens:].strip())


def _goes_on(name: str, right: str) -> bool:
    """ "no AWS, Azure or GCP" denies all three; "no Kafka, MLflow for tracking" wants the second."""
    kind = name[:1]
    return kind.isupper() and re.match(rf"(?: s)?(?: , {kind}\d+)*(?: ,)? (?:or|nor|and) {kind}\d+", right) is not None


def _in_a_run(text: str, start: int, name: str) -> bool:
    """ "no T4, V100, P100.": three and more with nothing but commas between them and nothing after share their fate."""
    if not name[:1].isupper():
        return False
    opens = max(0, start - LOOK_BACK)
    around = text[opens : start + LOOK_BACK]
    return any(match.start() <= start - opens < match.end() for match in _run_of(name[:1]).finditer(around))


@lru_cache
def _run_of(kind: str) -> re.Pattern[str]:
    return re.compile(rf"{kind}\d+(?: s)?(?: , {kind}\d+(?: s)?){{2,}}(?= ?[.;!?)]|$)")
