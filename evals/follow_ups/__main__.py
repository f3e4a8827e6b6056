"""`python -m evals.follow_ups [--show] [--out FILE] [--only WORD] [QUESTIONS]`: follow-up questions answered as they
should be.

`--show` prints the replies that are wrong, `--out` writes every reply to a file; a QUESTIONS
file replaces the shipped one.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from database import Database
from evals.follow_ups.facts import Facts
from evals.follow_ups.judge import Verdict, verdict_on
from evals.follow_ups.play import play
from evals.follow_ups.questions import QUESTIONS, FollowUps, read_questions
from evals.market import load_market
from graph.context import open_context
from settings import settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.follow_ups", description=__doc__)
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS)
    parser.add_argument("--show", action="store_true", help="print the replies that are wrong")
    parser.add_argument("--only", default="", help="questions that hold this, or of the plan of this name")
    parser.add_argument("--out", type=Path, help="write every reply to this file")
    arguments = parser.parse_args()
    read = read_questions(arguments.questions)
    asked = tuple(one for one in read.questions if arguments.only in (one.of, "") or arguments.only in one.ask)
    plans = {name: said for name, said in read.plans.items() if any(one.of == name for one in asked)}
    verdicts = asyncio.run(_verdicts(FollowUps(plans=plans, questions=asked)))
    _show(verdicts, Console(), replies=arguments.show)
    if arguments.out:
        arguments.out.write_text("\n".join(map(_written, verdicts)), encoding="utf-8")


async def _verdicts(follow_ups: FollowUps) -> list[Verdict]:
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        facts = Facts(await load_market(database))
        return [verdict_on(played, facts) for played in await play(context, follow_ups)]


def _show(verdicts: Sequence[Verdict], console: Console, *, replies: bool) -> None:
    wrong = [verdict for verdict in verdicts if not verdict.right]
    table = Table("Plan", "Question", "Wrong")
    for verdict in wrong:
        table.add_row(verdict.of, verdict.ask, "; ".join(verdict.wrong))
    console.print(table)
    if replies:
        for verdict in wrong:
            console.print(_written(verdict), markup=False, highlight=False)
    by_plan = Table("Plan", "Right", "Share")
    for name in (*dict.fromkeys(verdict.of for verdict in verdicts), ""):
        group = [verdict.right for verdict in verdicts if name in (verdict.of, "")]
        by_plan.add_row(name or "all", f"{sum(group)}/{len(group)}", f"{sum(group) / len(group):.3f}")
    console.print(by_plan)


def _written(verdict: Verdict) -> str:
    mark = "right" if verdict.right else "WRONG: " + "; ".join(verdict.wrong)
    return f"=== {verdict.of}: {verdict.ask}\n    {mark}\n{verdict.reply}\n"


if __name__ == "__main__":
    main()
