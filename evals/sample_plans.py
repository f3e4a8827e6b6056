"""`python -m evals.sample_plans [DIR]`: the plans of docs/plans, made anew from its requests.yaml."""

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

import yaml
from rich.console import Console

from artifacts.notation import plain
from database import Database
from evals.follow_ups.play import opened_plans
from graph.context import open_context
from settings import Settings

PLANS = Path(__file__).parents[1] / "docs" / "plans"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.sample_plans", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PLANS, help="with requests.yaml; the pages go there")
    folder = parser.parse_args().folder
    asked: dict[str, list[str]] = yaml.safe_load((folder / "requests.yaml").read_text(encoding="utf-8"))
    with Console(stderr=True).status(f"Planning {len(asked)} requests ..."):
        pages = asyncio.run(made(asked))
    for name, page in pages.items():
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
    shown = "".join(f"- [{name}]({name}.md): {plain(' '.join(asked[name]))}\n" for name in pages)
    (folder / "README.md").write_text(f"# Plans, as the program prints them\n\n{shown}", encoding="utf-8")


async def made(asked: dict[str, list[str]]) -> dict[str, str]:
    """Each conversation's last reply, over the starter catalogue alone; the same on every machine."""
    scratch = Path(tempfile.mkdtemp(prefix="stack8s-plans-"))
    settings = Settings.model_validate({"data_dir": scratch, "database_url": None})
    try:
        async with await Database.open(settings) as database:
            context = await open_context(database, settings)
            return await opened_plans(context, asked)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
