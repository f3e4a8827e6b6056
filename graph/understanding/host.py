"""The machine around the GPUs in a turn: its cores and its memory."""

import re
from collections.abc import Iterator

from graph.understanding.claims import Claim
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

_RAM = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+) (?:gb|gib|gigs?|g|gigabytes?|tb|terabytes?|teras?)(?: (?:of|system|host|cpu|main|"
    r"ddr\w*|or more|"
    r"plus|\+))* (?:ram|memory|dram)(?! (?:per|each|a) (?:gpu|card))"
    r"|(?:ram|system memory|host memory|memory)(?: (?:of|is|:|=|at least|minimum|min))* (?P<n2>N\d+) (?:gb|gib|"
    r"gigs?|g|tb))(?![^ ])"
)
_CPU = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:x )?(?:physical |logical |cpu |amd |intel |virtual |dedicated )*(?:v ?cpus?|"
    r"cores?|v ?cores?|cpus?|cpu cores?|cpu threads?|hardware threads?)(?![^ ])|(?<![^ ])(?:v ?cpus?|cores?|"
    r"cpu cores?|cpu count)(?: ?(?::|=|>|at least|min|minimum|count|of))* (?P<n2>N\d+)(?! (?:x|gpus?|gb|G\d+|"
    r"users?))(?![^ ])"
)
_CPU_AND_RAM = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:physical |logical |virtual |dedicated )*(?:v ?cpus?|v? ?cores?|cpus?|cpu cores?)"
    r"(?: (?:,|/|and|with|\+|&|-))* (?P<n2>N\d+) (?:gb|gib|gigs?|g)(?: (?:of )?(?:ram|memory|mem))?"
    r"(?! (?:vram|v ram|gpu|gpus|card|of (?!ram|memory)|dataset|data))(?![^ ])"
)
""" "16 cores 64 GB": what follows the cores is the machine's memory."""
GPU_WORDS = re.compile(r"(?<![^ ])(?:gpus?|cards?|vram|G\d+|accelerators?)(?![^ ])")


def host_claims(line: Marked) -> Iterator[Claim]:
    """Host memory and cores; memory said of a GPU is the GPU's."""
    for match in line.free(_CPU_AND_RAM):
        line.spend(match)
        if not negated(line, *match.span()):
            yield Claim("cpu.min_vcpu", int(line.number(match, "n1").low), line.span(match))
            yield Claim("cpu.min_ram_gb", line.number(match, "n2").low, line.span(match))
    for match in line.free(_RAM):
        opens, closes = line.clause(*match.span())
        near = line.text[opens : min(closes, match.end() + 12)]
        field = (
            "gpu.min_vram_gb"
            if GPU_WORDS.search(near) and not re.search(r"(?<![^ ])(?:ram|system|host)(?![^ ])", match.group())
            else "cpu.min_ram_gb"
        )
        line.spend(match)
        if not negated(line, *match.span()):
            factor = 1000.0 if re.search(r"(?<![^ ])(?:tb|terabytes?|teras?)(?![^ ])", match.group()) else 1.0
            yield Claim(field, line.number(match, "n1" if match.group("n1") else "n2").low * factor, line.span(match))
    for match in line.free(_CPU):
        line.spend(match)
        if not negated(line, *match.span()):
            yield Claim(
                "cpu.min_vcpu", int(line.number(match, "n1" if match.group("n1") else "n2").low), line.span(match)
            )
