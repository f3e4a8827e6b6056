"""What only gives a message its form, and says nothing of its own: headings, labels, the heads of tables, numbers of
items, ticked boxes, lines of a log, versions of software, links, the head of a quoted mail, and signatures."""

import re

LONGEST_HEADING = 9
"""Words of a line that may be a heading."""
SHORT_WORD = 3
LONGEST_LABEL = 4
"""Words before a colon that name what follows."""
_FIGURE = re.compile(r"\d")
_NUMBERED = re.compile(r"^[#>\s*]*(?:\d{1,2}(?:\.\d{1,2})+\.?|#?\d{1,2}[.)])\s+(?=\S)")
_MARKED = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*]+\*\*\s*$|__[^_]+__\s*$)")
_TAG = re.compile(r"^\s*(?:(?:re|fwd|fw|aw|wg|tr)\s*:\s*)*\[[^\]\d]{1,40}\]\s*:?", re.IGNORECASE)
_BOX = re.compile(r"^\s*[-*+]\s+\[[ xX]\]\s")
_LOGGED = re.compile(
    r"^\W{0,3}\d{4}-\d\d-\d\d[ T]\d\d:\d\d|^\W{0,3}\d\d:\d\d:\d\d\b|^\s*Traceback \(|^\s*File \"|^\s*at [\w.$]+\("
    r"|^\s*[\w.]*(?:Error|Exception|Warning): |^\W{0,3}(?:INFO|DEBUG|WARN(?:ING)?|ERROR|FATAL|TRACE)\b"
)
_QUOTED = re.compile(
    r"^\s*(?:on|am|le|el|il)\b.{5,120}<[^<>\s]+@[^<>\s]+>.{0,20}:\s*$|^\s*(?:from|sent|to|cc|date|von|an|gesendet)\s*:.*@",
    re.I,
)
_SIGNATURE = re.compile(r"^--\s*$")
_LABEL = re.compile(r"^(\s*(?:[-*•+]\s+)?\**)((?:[^\W\d]|[/&-])[^:：=|\d\n]{0,40})(\**\s*[:：]\**)(?=\s|$)")
_DELIMITER = re.compile(r"^\s*+\|?\s*+:?-{2,}+:?\s*+(?:\|\s*+:?-{2,}+:?\s*+)*+\|?\s*+$")
_VERSION = re.compile(r"(?<![\w.])v?\d{1,3}(?:\.\d{1,5}){2,}(?:[.+-][\w.+-]*)?(?![\w.]*[%€$£])")
_LINK = re.compile(
    r"https?://\S+|(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.]+|(?<!\S)@\w+|(?<![\w/-])[\w/-]++\.(?:py|cpp|js|ts|go|rs|sh):\d+"
)
_CELL_NUMBER = re.compile(r"^\s*\|?\s*\d{1,2}\s*(?=\|)")


def without_form(turn: str) -> str:
    """The message without them, line by line: what is taken out ends a phrase."""
    lines, kept = turn.splitlines(), []
    for at, line in enumerate(lines):
        if _SIGNATURE.match(line) and at:
            break
        kept.append("" if _is_form(lines, at) else _content(line))
    return "\n".join(kept)


def _is_form(lines: list[str], at: int) -> bool:
    line, after = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
    if _BOX.match(line) or _LOGGED.match(line) or _QUOTED.match(line) or _DELIMITER.match(line):
        return True
    if "|" in line and not _FIGURE.search(line) and _heads_a_table(lines, at):
        return True
    if _FIGURE.search(_NUMBERED.sub("", line)) and not _version_alone(line):
        return False
    if _version_alone(line):
        return True
    short = len(line.split()) <= LONGEST_HEADING
    alone = not after.strip() and len(lines) > 1 and (at == 0 or not lines[at - 1].strip())
    titled = alone and line.strip()[-1:] not in tuple(".!?,;") and _is_title(line)
    return short and bool(_MARKED.match(line) or titled)


def _is_title(line: str) -> bool:
    """All words but the short ones in capitals: "Minimum GPU Requirement"."""
    words = [word for word in line.split() if len(word) > SHORT_WORD]
    return bool(words) and all(word[0].isupper() for word in words)


def _heads_a_table(lines: list[str], at: int) -> bool:
    """The first of several rows, above a line or in names of a few words."""
    before, after = lines[at - 1] if at else "", lines[at + 1] if at + 1 < len(lines) else ""
    cells = [cell.strip() for cell in lines[at].strip(" |").split("|")]
    named = all(cell[:1].isupper() and len(cell.split()) <= LONGEST_LABEL for cell in cells)
    return "|" not in before and (bool(_DELIMITER.match(after)) or (named and "|" in after))


def _version_alone(line: str) -> bool:
    """A short line of which all figures are those of one version: "- PyTorch version: 2.5.1+cu124"."""
    return (
        bool(_VERSION.search(line))
        and len(line.split()) <= LONGEST_HEADING
        and not _FIGURE.search(re.sub(r"x86_64", "", _VERSION.sub("", line)))
    )


def _content(line: str) -> str:
    line = _CELL_NUMBER.sub("", _NUMBERED.sub("", _TAG.sub("", line)))
    line = _LINK.sub(" . ", _VERSION.sub(" . ", line))
    label = _LABEL.match(line)
    if label and (len(label[2].split()) <= LONGEST_LABEL or label[1].endswith("**")):
        line = f"{label[1]}. {line[label.end() :]}"
    return line
