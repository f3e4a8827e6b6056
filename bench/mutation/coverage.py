"""Which tests run a statement, and how long each takes."""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.mutation.mutants import AS_TEXT
from bench.mutation.statements import MOST, Statement, innermost

Ran = npt.NDArray[np.uint8]


class Test(NamedTuple):
    """One test that passes: what it runs, and what setting up what it shares with others runs."""

    name: str
    took_s: float
    uses: frozenset[str]
    ran: Ran


class Coverage(NamedTuple):
    """Of the tests that were watched."""

    statements: dict[str, dict[int, Statement]]
    tests: list[Test]
    set_up_s: dict[str, float]
    set_up_ran: dict[str, Ran]

    @classmethod
    def read(cls, statements: Path, watched: Iterable[Path]) -> "Coverage":
        """From what the plugin wrote."""
        where = {
            path: {int(number): Statement(*map(tuple, span)) for number, span in found.items()}
            for path, found in json.loads(statements.read_text()).items()
        }
        tests: list[Test] = []
        took_s: dict[str, float] = {}
        ran: dict[str, Ran] = {}
        for line in (line for file in watched for line in file.read_text().splitlines()):
            told = json.loads(line)
            seen = np.frombuffer(zlib.decompress(base64.b64decode(told["ran"])), dtype=np.uint8)
            if told["kind"] == "fixture":
                took_s[told["name"]] = told["took_s"]
                ran[told["name"]] = ran.get(told["name"], np.zeros(MOST // 8, dtype=np.uint8)) | seen
            elif told["passed"]:
                tests.append(Test(told["name"], told["took_s"], frozenset(told["uses"]), seen))
        return cls(where, tests, took_s, ran)

    def running(self, path: str, position: tuple[int, int]) -> list[Test]:
        """The tests that run the statement there, the cheapest first; outside functions those that run anything of
        the file."""
        for folder, files in AS_TEXT.items():
            if path.startswith(folder):
                return [test for test in self.tests if test.name.startswith(files)]
        number = innermost(self.statements[path], position)
        wanted = [number] if number is not None else list(self.statements[path])
        shared = {name for name, ran in self.set_up_ran.items() if _any(ran, wanted)}
        found = [test for test in self.tests if test.uses & shared or _any(test.ran, wanted)]
        return sorted(found, key=lambda test: (self._cost_s(test), test.name))

    def between(self, tests: Sequence[Test], begin_s: float, end_s: float) -> list[str]:
        """Those of the tests that run from and until then, where one runs after the other."""
        chosen, at_s, used = [], 0.0, set[str]()
        for test in tests:
            took_s = test.took_s + sum(self.set_up_s.get(name, 0.0) for name in test.uses - used)
            used |= test.uses
            if begin_s <= at_s < end_s:
                chosen.append(test.name)
            at_s += took_s
        return sorted(chosen, key=lambda name: name.split("::")[0])

    def _cost_s(self, test: Test) -> float:
        return test.took_s + sum(self.set_up_s.get(name, 0.0) for name in test.uses)


def _any(ran: Ran, numbers: Sequence[int]) -> bool:
    return any(ran[number >> 3] >> (7 - (number & 7)) & 1 for number in numbers)
