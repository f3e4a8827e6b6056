"""Hardware that is only spoken of: what stands in the basement, what was tried, what somebody else advises."""

import re

from graph.understanding.marked import Marked

LOOK_AROUND = 200
"""Characters of the sentence on either side that can bear on a card: a bound on what hostile text can cost."""

_COUNT = (
    r"(?:(?:about|around|just|only|single|dual|an?|the|two|some|old|older|aging|ageing|existing|x|nvidia|tesla|whole|"
    r"'|\"|N\d+) )*"
)
_MODAL = r"(?:can|could|should|shall|will|would|must|may|might|to|not|let us|want|like|please|and|or|then|if)"
_HOLDS = r"(?:have|has|had|own|owns|owned|possess\w*|bought|purchased|operate|operates|host)"
_USES = r"(?:use|uses|run|runs|train|trains|serve|serves|host|hosts|deploy|do|does)"
_DID = (
    r"(?:used|tried|tested|trained|ran|did|benchmarked|prototyped|piloted|had|rented|experimented|developed|started|"
    r"evaluated|built|deployed|finetuned|fine tuned|served|hosted|been \w+ing|was \w+ing|were \w+ing)"
)
_PEOPLE = (
    r"(?:we|i|they|the (?:paper|authors|blog|article|tutorial|benchmark)|he|she|people|everyone|everybody|others|"
    r"colleagues?|competitors?|friends?)"
)
_MACHINE = (
    r"(?:servers?|workstations?|machines?|box|boxes|cluster|clusters|pcs?|laptops?|desktops?|rigs?|labs?|dgx|nodes?|"
    r"teams?|university|uni|department|institute|faculty|office|company|group|college|school|setup|basement|"
    r"hardware|computer)"
)
_OWN = (
    r"(?:our|my|the local|local|the existing|existing|the current|the old|the lab|the in house|in house|"
    r"on prem\w*|onsite)"
)
_ADVISER = (
    r"(?:compan(?:y|ies)|vendors?|consultants?|consultanc(?:y|ies)|resellers?|suppliers?|integrators?|agency|agencies|"
    r"salesm[ae]n|salesperson|sales(?: \w+)?|dealers?|nvidia|dell|someone|somebody|people|they|reddit|internet|forums?|"
    r"blogs?|chatgpt|gpt|copilot|gemini|claude|friends?|articles?|youtube\w*|stackoverflow|docs|paper|guys?|"
    r"freelancer|contractor|partner firm)"
)
_ADVISES = (
    r"(?:told|tells|said|says|say|claims?|claimed|recommend\w*|suggest\w*|advis\w+|quoted?|offered|offers|proposed|"
    r"proposes|insists?|insisted|pitched|sold|sells|wants? to sell|tried to sell|pushed|pushing|reckons?|swears?|"
    r"thinks?)"
)
_WORD = (
    r"(?: (?!(?:want|wants|wanted|need|needs|needed|like|would|prefer|require|requires|rent|plan|plans|planned|"
    r"planning|decided|"
    r"agreed|settled|take|get|please|give|instead)(?![^ ]))\w+)"
)
"""Any word but one that begins a wish."""
_ADVICE = r"(?: (?!(?:want|wants|so|but|decided|planned|prefer|instead)(?![^ ]))\w+)"
"""Advice has needs in it ("told us we need 8"), but not a wish of one's own."""
_LEFT = re.compile(
    rf"(?:(?<![^ ]){_PEOPLE}(?: (?:already|currently|still|only|now|just|all|both|do|did|also|each))* {_HOLDS}"
    rf"(?: (?:got|been|using|running|here|already|only|just|access|one|of|at home|in house|locally))*"
    rf"|(?<![^ ])(?<!need )(?:{_OWN} )(?:\w+ ){{0,2}}{_MACHINE}(?: (?:only|just|currently|already|now|that|which))* "
    rf"(?:has|have|had|holds?|runs?|contains?|comes with|is|are|uses?|:|=)(?: (?:got|only|just|on|of|with))*"
    rf"|(?<![^ ])(?:we|i) got(?: (?:ourselves|already))?"
    rf"|(?<![^ ])(?:sitting|stuck) (?:on|with)|(?<![^ ])used to (?:have|own|run|use|be))"
    rf"(?: an? (?:\w+ )?{_MACHINE} (?:with|of|full of))? {_COUNT}$"
)
""" "we have", "my workstation has"."""
_USED = re.compile(
    rf"(?<![^ ]){_PEOPLE}(?: (?:already|currently|still|only|now|just|mostly|usually|all|both|have|had|first))* "
    rf"(?:{_USES}|{_DID}){_WORD}{{0,7}}? (?:(?:on|with|using|over|across|in) )?{_COUNT}$"
    rf"|(?<![^ ]){_PEOPLE} (?:{_USES}|{_DID}) {_COUNT}$"
    rf"|(?:^|[,;(] ?|(?<![^ ])(?:already|was|were|been|but|it) )(?:{_DID}){_WORD}{{0,5}}? (?:on|with|using) {_COUNT}$"
    rf"|(?<![^ ])it (?:already |currently |now |still )?runs{_WORD}{{0,3}}? on {_COUNT}$"
)
_RUNNING = re.compile(
    rf"(?<![^ ])(?:we|i) (?:am|are) (?:\w+ly )?(?:running|serving|training|hosting|using|"
    rf"stuck)(?: \w+){{0,6}}? (?:on|with) {_COUNT}$"
)
_ELSEWHERE = re.compile(
    r"(?<![^ ])(?:want(?: to)?|need(?: to)?|would like|looking|like to|thinking of|plan to) (?:\w+ ){0,3}?(?:move|"
    r"moving|switch\w*|change|"
    r"migrate|cheaper|something|replace|leave|upgrade|more|bigger|faster|larger|downsize|smaller|else)(?![^ ])"
)
""" "I'm running it on 4xA100 and want to move to something cheaper"."""
_ASKED_FOR = re.compile(rf"(?<![^ ])(?<!used ){_MODAL} (?:{_PEOPLE} )?(?:{_HOLDS}|{_USES}|be)(?![^ ])")
_AVAILABLE = re.compile(
    r"(?<![^ ])(?:access to|quota|credits?|reserv\w+|allocat\w+|approv\w+|budget|to (?:use|work with))(?![^ ])"
)
_FAILED_LEFT = re.compile(
    rf"(?<![^ ])(?:ooms?|oom ?(?:ed|ing)|out of memory|(?:not|never) enough (?:v ?ram|memory|gpu memory)|chok\w+|"
    rf"crash\w+|died|dies|fail\w*|struggl\w+|too (?:slow|"
    rf"big|large|"
    rf"much)|slow|(?:not|never) (?:even )?(?:fit|run|load|work)|barely (?:fits?|runs?|works?))(?: \w+){{0,3}}? "
    rf"(?:on|in|with|for|onto|into) {_COUNT}(?:our |my )?{_COUNT}$"
)
_LABEL = re.compile(
    rf"(?<![^ ])(?:now|today|currently|currents?(?: \w+){{0,2}}|existing(?: \w+){{0,2}}|status quo|as is|"
    rf"on prem\w*|at present|before|"
    rf"so far|old (?:setup|box|server|machine)|in house|local(?: \w+)?|owned|we have|have|at home|hardware today|"
    rf"at hand|"
    rf"in stock|available today|(?<!for )(?<!to ){_OWN} (?:\w+ ){{0,2}}{_MACHINE}) (?::|=|-|- >) {_COUNT}$|"
    rf"(?<![^ ])(?:currently|"
    rf"today|at the moment|"
    rf"right now) {_COUNT}$"
)
_OURS = re.compile(
    rf"(?<![^ ])(?P<before>\w+ )?(?:(?:our|my|their)(?: \w+ly)?(?: (?:own|old|older|aging|ageing|existing|current|"
    rf"local|on|prem|premises|lab|"
    rf"single|dual|trusty|spare|little|home|office|N\d+|x|poor|few|in|house|gaming|onsite))*|old|aging|ageing|"
    rf"existing) "
    rf"{_COUNT}$"
)
_WISHED = re.compile(
    r"(?:on|with|use|using|want|need|like|for|get|getting|buy|rent|renting|fit|fits|into|to|of|as|same|like) ?"
)
_ADVISED = re.compile(
    rf"(?<![^ ]){_ADVISER}(?: \w+){{0,4}}? {_ADVISES}{_ADVICE}{{0,8}}? {_COUNT}$"
    rf"|(?<![^ ])(?:was|were|been|got) (?:told|advised|quoted|offered|sold|pitched|"
    rf"recommended){_ADVICE}{{0,8}}? {_COUNT}$"
    rf"|(?<![^ ])(?:quoted|pitched|(?:tried|wants?|wanted|trying) to sell)(?: (?:us|me))?{_ADVICE}{{0,4}}? {_COUNT}$"
    rf"|(?<![^ ])(?:according to|i read|i heard|we heard|we read|i saw){_ADVICE}{{0,10}}? {_COUNT}$"
)
_RIGHT = re.compile(
    r"^(?: s)?(?: (?:gpus?|cards?|boxe?s?|machines?|servers?|workstations?|nodes?|gb|vram|N\d+|dgx|setup|in total|"
    r"each|just|"
    r"it|\)|\())*"
    r"(?: (?:(?:was|were|is|are|did|does|do|has|have|had|just|simply|really|always|already|constantly|all|still|went|"
    r"only|will|currently|totally|completely|clearly|proved|turned out|got) )*"
    r"(?:not (?:been )?(?:enough|sufficient|cope|cut it|keep up|do it|suffice|hold|handle|big enough|fast enough|"
    r"make it|work out|manage|fit)|(?:not|never) (?:enough|cut(?:ting)?)|insufficient|chok\w+|ran? out of (?:memory|"
    r"vram|ram|steam)|runs? out of (?:memory|vram|ram|steam)|out of (?:memory|vram)|ooms?\w*|oom ?ed|crash\w+|died|"
    r"dies|"
    r"kept \w+|keeps? \w+ing (?:out|down)|could not|can not (?:keep|handle|cope|do|fit|run|take|hold|manage|even)|"
    r"struggl\w+|fail\w*|maxed out|full|fully (?:booked|used|utili[sz]ed|loaded)|booked|busy|at (?:capacity|the limit|"
    r"its limit|their limit)|overload\w*|saturated|occupied|taken|in use|stay\w* (?:for|with|where)|broke\w*|"
    r"used (?:for|by)|bursting|at \d+ ?%|gone|retired|dead|on (?:its|their) last legs)"
    r"|(?: (?:sitting|standing|idle|that (?:is|are)|which (?:is|are)|we have|i have|we own|i own|living|installed|"
    r"running|here))*"
    r" (?:at home|(?:in|under|at) (?:the|our|my|a) (?:\w+ )?(?:basement|desk|office|lab|closet|server room|"
    r"garage|workstation|laptop|pc|living room|rack|house|cellar|datacenter|data center|data centre|cupboard|attic|"
    r"university|institute|department)|in house|on prem\w*|at work|at the office|locally|under the desk|we"
    r" (?:already )?(?:own|have|bought)|"
    r"i (?:already )?(?:own|have|bought)))(?![^ ])"
)
_USE_IT = re.compile(
    r"(?<![^ ])(?:(?:on|with|for|use|using|of|fits?|into|in) (?:it|them|that|those|these|this one|what we have|ours|"
    r"our own|hand)(?= |$)|make (?:the most|use) of|what (?:\w+ ){0,3}(?:can|could|should) (?:i|we) (?:run|fit|"
    r"serve|do)|which (?:\w+ ){0,3}(?:can|could|fits?))(?![^ ])"
)


def only_spoken_of(line: Marked, start: int, end: int) -> bool:
    """Whether the card or the count at `line.text[start:end]` is there already, was tried, or is another's advice."""
    opens, closes = line.sentence(start, end)
    left = line.text[max(opens, start - LOOK_AROUND) : start]
    right = line.text[end : min(closes, end + LOOK_AROUND)]
    if (
        _LABEL.search(_labelled(line, start))
        or _RIGHT.match(right)
        or _FAILED_LEFT.search(left)
        or _ADVISED.search(left)
    ):
        return True
    clause = line.text[max(line.clause(start, end)[0], start - LOOK_AROUND) : start]
    if _USE_IT.search(line.text) or _AVAILABLE.search(clause + right) or _ASKED_FOR.search(clause):
        return False
    ours = _OURS.search(clause)
    if ours and not _WISHED.fullmatch(ours.group("before") or ""):
        return True
    if _RUNNING.search(clause) and _ELSEWHERE.search(line.text[end:]):
        return True
    return _LEFT.search(clause) is not None or _USED.search(clause) is not None


def _labelled(line: Marked, start: int) -> str:
    """The words before, over the colon of a label: "Now: 1x T4"."""
    return line.text[max(0, start - 60) : start]
