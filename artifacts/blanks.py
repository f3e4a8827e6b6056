"""Blanks in objects that only the user can fill: the shell puts a variable in their place, or says which is missing."""

import re
from collections.abc import Mapping

_FED = re.compile(r"\A(?P<before>.*?)<<'EOF'(?P<after>[^\n]*)\n(?P<body>.*)\nEOF\Z", re.DOTALL)


def filled_in(command: str, blanks: Mapping[str, str]) -> str:
    """The command with a `sed` in front that puts `${VARIABLE}` in the place of each blank that it holds.

    `blanks`: text of the objects -> variable with what it holds (`QUEUE:?name of a LocalQueue`). A command that feeds
    no quoted heredoc, or holds none of them, is as it was.
    """
    found = _FED.match(command)
    used = {blank: variable for blank, variable in blanks.items() if found and blank in found["body"]}
    used = {blank: variable for blank, variable in used.items() if found and f"s#{blank}#" not in found["before"]}
    if found is None or not used:
        return command
    rules = " ".join(f'-e "s#{blank}#${{{variable}}}#g"' for blank, variable in used.items())
    before, after = re.sub(r"\s*\\\n\s*", " ", found["before"]).rstrip(), found["after"]
    if before.startswith("sed "):
        begun = before[4:].lstrip()
        begun = begun if begun.startswith("-e") else f"-e {begun}"
        return f"sed {rules} {begun} <<'EOF'{after}\n{found['body']}\nEOF"
    return f"sed {rules} <<'EOF' | {before}{after}\n{found['body']}\nEOF"
