"""What providers, models, charts, makers of cards and kinds of cluster are named for."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from domain.workload import RequestedModel
from graph.understanding.labels.sections import together
from graph.understanding.labels.tools import purposes_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.roles.chains import chains, names_at
from graph.understanding.roles.choices import choices_of
from graph.understanding.roles.claim import MEDIUM, Claim, Operation, Proposal
from graph.understanding.roles.hardware import OPERATIONS
from graph.understanding.stance.reach import JOINTS
from graph.understanding.stance.stance import UNWANTED, Stance, Stances
from sizing.seller_owners import sellers_under

SCORE = 5.0
SIZE_BESIDE = 4
"""Words between a model's name and its size: "Llama with 8 billion parameters"."""
ANOTHER = frozenset({"and", "or", "/", "plus", "&", "+"})
"""Words behind which another one is named."""
MOST_LISTED = 12
"""Words from one thing that is there to the next in a list."""
LONGEST_ADDRESS = 80
_ADDRESS = re.compile(
    r"(?:\s{1,3}(?:runs|is|lives|sits))?(?:\s{1,3}(?:at|on|under|from)\s{1,3}|\s{0,3}[(:=]\s{0,3})(?:https?://|(?:[a-z0-9-]{1,40}\.){1,6}[a-z]{2,10}(?![\w.]))"
    r"|(?:\.[a-z0-9-]{1,40}){1,6}\.[a-z]{2,10}(?!\w)",
    re.IGNORECASE,
)
TOLD = frozenset[Stance]({"background", "compared"})
PRECISIONS = frozenset({"fp8", "awq", "gptq", "int8", "int4", "nf4", "mxfp4", "nvfp4", "fp4"})


def name_proposals(line: Line, stances: Stances) -> Iterator[Proposal]:
    """One proposal for each name but cards and places."""
    said = _said_of_names(line)
    groups = [p for p, name in line.names if len([*_providers(name)]) > 1 or "seat" in said.get(p, ())]
    spared = {
        place: name.named[0].name for place, name in line.names
        if name.kind == "provider" and "spared" in said.get(place, ()) and groups and groups[0] < place
    }  # fmt: skip
    told, there = _only_told_of(line, stances), _in_place(line, stances, said)
    choices = choices_of(line)
    for place, name in line.names:
        stance = stances.of(place, place)
        operation = "add" if place in told else _operation(stance, said.get(place, set()))
        span = line.span(place, place)
        claims: list[Claim] = []
        mentions: tuple[Name | Quantity, ...] = (name,)
        match name.kind:
            case "provider" if place in spared:  # of what is wanted it is ruled out, of what is ruled out let off
                of_wanted = _operation(stances.of(groups[0], groups[0]), said.get(groups[0], set())) == "add"
                claims = [Claim("location.providers", name.named[0].name, span, "exclude")] if of_wanted else []
            case "provider" if name.named[0].family in ("instance", "service"):  # ruled out, it is not its provider
                kept = operation == "add" or (stance == "at_hand" and name.named[0].family == "instance")
                claims = [Claim("location.providers", name.named[0].name, span, "add")] if kept else []
            case "provider" if operation:
                held = [*_providers(name)]
                let_off = spared.values() if operation == "exclude" or len(held) > 1 else ()
                claims = [
                    Claim("location.providers", named.name, span, operation)
                    for named in held if named.name not in let_off
                ]  # fmt: skip
            case "place" if operation == "exclude" and "seat" in said.get(place, ()):
                code = name.named[0].name
                ruled_out = [seller for seller in sellers_under(code) if seller not in spared.values()]
                claims = [Claim("location.providers", seller, span, operation) for seller in ruled_out]
                claims += [] if spared else [Claim("location.owners", code, span, operation)]
            case "chart" if place in there:
                claims = [
                    Claim("components.present", chart_named(name), span, "add"),
                    Claim("components.wanted", chart_named(name), span, "drop"),
                ]
            case "chart" if operation or stance == "at_hand":
                claims = [Claim("components.wanted", chart_named(name), span, operation or "add")]
            case "vendor" if operation:
                claims = [Claim("gpu.vendors", name.named[0].name, span, operation)]
            case "cluster":
                claims = list(_cluster(line, place, name, "at_hand" if place in there else stance))
            case "model":
                size = _size_beside(line, place, name)
                mentions = (name, size) if size else (name,)
                wanted = "add" if stance == "at_hand" else operation
                claims = list(_model(line, place, name, size, wanted, choices.get(place)))
            case "gpu" | "place" | "region":
                continue
        seat = SCORE if name.kind == "place" else 0.0
        yield Proposal(f"name {name.kind}", mentions, tuple(claims), SCORE + seat + 0.1 * len(mentions))


def _in_place(line: Line, stances: Stances, said: Mapping[int, set[str]]) -> frozenset[int]:
    """Charts and clusters that run there already, by the words beside them or those of a list that they are in; what
    serves models is set up anew all the same, unless the words themselves say that it is there."""
    there: set[int] = set()
    exchanged = {
        line.words[place].sentence for place, name in line.names
        if name.kind == "chart" and stances.of(place, place) in UNWANTED
    }  # fmt: skip
    before = -1
    new = [match.first for match in together("names_roles").find(line.words) if match.value == "to_set_up"]
    for chain in chains(line, ("chart", "cluster")):
        told = before in there and _comes_with(line, before, chain[0])
        before = chain[-1]
        told = told or any("in_place" in said.get(place, ()) or _has_address(line, place) for place in chain)
        told = told or _goes_on_in_place(line, there, chain[0], new)
        for place, name in names_at(line, chain):
            stance, serves = stances.of(place, place), "inference" in purposes_of(name.written)
            instead = line.words[place].sentence in exchanged  # "drop Qdrant, we use Weaviate"
            wished = "wished" in said.get(place, ()) or stance in (*UNWANTED, "background", "compared")
            if not wished and (told or (stance == "at_hand" and not serves and not instead)):
                there.add(place)
    return frozenset(there)


def _comes_with(line: Line, cluster: int, chart: int) -> bool:
    """ "EKS 1.33 with Karpenter": the cluster that is there has the chart."""
    between = [word.text for word in line.words[cluster + 1 : chart]]
    return "with" in between and all(word == "with" or word[0] in "<0123456789." for word in between)


def _goes_on_in_place(line: Line, there: Set[int], first: int, new: Sequence[int]) -> bool:
    """The list of what is there goes on to this place: nothing is wished between, and no sentence ends."""
    before = max((place for place in there if place < first), default=-1)
    same = before >= 0 and line.words[before].sentence == line.words[first].sentence
    listed = first - before <= MOST_LISTED and any(word.text in JOINTS for word in line.words[before + 1 : first])
    return same and listed and not any(before < at < first for at in new)


def _has_address(line: Line, place: int) -> bool:
    """What is reached under an address is there: "MLflow at http://mlflow.ml.svc:5000", "harbor.corp.example/ai"."""
    span = line.span(place, place)
    return _ADDRESS.match(line.text.raw, span.end, span.end + LONGEST_ADDRESS) is not None


def _only_told_of(line: Line, stances: Stances) -> frozenset[int]:
    """The models of a message that wishes none: it is about those it tells of ("I tried LightGCN, but ...")."""
    models = {place: stances.of(place, place) for place, name in line.names if name.kind == "model"}
    told = all(stance in TOLD for stance in models.values())
    return frozenset(models if told else ())


def places_of(line: Line, use: str) -> frozenset[int]:
    """The places of names that are `permitted`, only let in ("the A100 is fine again"), or `taken_up`."""
    return frozenset(place for place, uses in _said_of_names(line).items() if use in uses)


def _precision_in(written: str) -> str | None:
    """ "Llama 3.3 70B FP8" says how it is quantised."""
    words = written.lower().replace("-", " ").split()
    return next((word for word in words if word in PRECISIONS), None)


def _said_of_names(line: Line) -> dict[int, set[str]]:
    said: dict[int, set[str]] = {}
    for match in together("names_roles").find(line.words):
        for place in range(match.first, match.last + 1):
            if isinstance(line.mentions[place], Name):
                said.setdefault(place, set()).add(match.value)
    return said


def _operation(stance: Stance, said: set[str]) -> Operation | None:
    if "bound" in said:
        return "add"
    if "permitted" in said and stance in ("wanted", "asked", "withdrawn"):
        return "permit"
    if "wished" in said and stance in ("at_hand", "asked"):
        return "add"
    return None if "mentioned" in said and stance in ("wanted", "asked") else OPERATIONS.get(stance)


def _providers(name: Name) -> Iterator:  # type: ignore[type-arg]
    """All of a group ("hyperscalers"), one otherwise."""
    return iter(dict.fromkeys(named for named in name.named if named.kind == "provider"))


def chart_named(name: Name) -> str:
    """The chart's name; the user's own word where it is only a part of it ("ray" of kuberay-operator)."""
    written = "".join(sign for sign in name.written.lower() if sign.isalnum())
    names = [named.name for named in name.named if named.kind == "chart"]
    plain = ["".join(sign for sign in one.lower() if sign.isalnum()) for one in names]
    if written in plain:
        return names[plain.index(written)]
    if written in plain[0] and not plain[0].startswith(written):
        return name.written.lower()
    return names[0]


def _cluster(line: Line, place: int, name: Name, stance: Stance) -> Iterator[Claim]:
    span = line.span(place, place)
    if stance in ("excluded", "withdrawn", "replaced", "background", "compared"):
        return
    kind = next(named.name for named in name.named if named.kind == "cluster")
    if kind != "kubernetes":
        yield Claim("cluster", kind, span)
    if stance == "at_hand":
        yield Claim("hosting", "existing_cluster", span)
    for named in name.named:
        if named.kind == "provider":
            yield Claim("location.providers", named.name, span, "add")


def _size_beside(line: Line, place: int, name: Name) -> Quantity | None:
    """The size said beside a name that holds none: "a 70B Llama", "Llama with 8 billion parameters"."""
    if name.size_b is not None:
        return None
    for at in (*range(place + 1, place + 1 + SIZE_BESIDE), *range(place - 1, place - 1 - SIZE_BESIDE, -1)):
        mention = line.mentions[at] if 0 <= at < len(line.mentions) else None
        if isinstance(mention, Quantity) and mention.dimension == "params":
            together = line.words[at].clause == line.words[place].clause
            apart = range(min(at, place) + 1, max(at, place))
            between = any(line.mentions[x] is not None or line.words[x].text in ANOTHER for x in apart)
            return mention if together and not between else None
    return None


def _model(
    line: Line, place: int, name: Name, size: Quantity | None, operation: Operation | None, choice: int | None
) -> Iterator[Claim]:
    if operation is None:
        return
    span = line.span(place, place)
    size_b = name.size_b or (round(size.high, 4) if size else None)
    model = RequestedModel(name=name.written, params_b=size_b, quantization=name.quantization, choice=choice)
    yield Claim("models", model, span, operation)
    precision = name.quantization or _precision_in(name.written)
    if operation == "add" and precision:
        yield Claim("precision", precision, span)
    if operation == "add" and name.named[0].domain:
        yield Claim("domain", name.named[0].domain, span, strength=5 if name.named[0].domain != "embeddings" else 3)
    if size is not None and operation == "add":
        unquantized = model.model_copy(update={"quantization": None})
        yield Claim("models", unquantized, span, operation, MEDIUM)
