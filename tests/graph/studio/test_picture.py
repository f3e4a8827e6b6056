"""The graph as the dev server draws it, and a thread with its history: what docs/studio.png shows.

`STUDIO_PICTURE=docs/studio.png` writes it anew.
"""

import html
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client
from playwright.async_api import async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LIBRARY = os.environ.get("MERMAID")
PICTURE = os.environ.get("STUDIO_PICTURE")
ASK, ANSWER = "I need some GPUs", {"task_type": "Serve a model", "domain": "llm", "budget.amount": "$500 a month"}
SHOWN_OF_A_MESSAGE = 420
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
    pytest.mark.skipif(LIBRARY is None, reason="no Mermaid is here"),
]
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 24px; width: 1190px; font: 14px/1.45 system-ui, sans-serif; color: #1c2330 }}
#graph svg {{ width: 100%; height: auto }} main {{ display: flex; gap: 32px; margin-top: 20px }}
section {{ flex: 1 }} h2 {{ font-size: 15px; margin: 0 0 8px }}
.message {{ border-radius: 10px; padding: 9px 13px; margin: 0 0 8px; white-space: pre-wrap }}
.human {{ background: #e6eefb; margin-left: 90px }} .ai {{ background: #f2f3f5; margin-right: 30px }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; vertical-align: top; padding: 4px 8px; border-top: 1px solid #d9dde3 }}
</style><div id="graph"></div><main><section><h2>The thread: messages</h2>{messages}</section>
<section><h2>Its history: each row can be forked or edited</h2>
<table><tr><th>step</th><th>ran</th><th>wrote</th><th>next</th></tr>{rows}</table></section></main>"""
DRAW = """async text => {
  mermaid.initialize({startOnLoad: false, theme: 'neutral'});
  const {svg} = await mermaid.render('drawn', text);
  document.getElementById('graph').innerHTML = svg;
  return [...document.querySelectorAll('#graph .node')].map(node => node.textContent.trim());
}"""


def message_html(message: Any) -> str:
    text = message["content"]
    shown = text if len(text) <= SHOWN_OF_A_MESSAGE else f"{text[:SHOWN_OF_A_MESSAGE].rsplit(maxsplit=1)[0]} …"
    return f'<div class="message {message["type"]}">{html.escape(shown)}</div>'


def row_html(past: Any, before: Any) -> str:
    written = [key for key in past["values"] if past["values"][key] != (before or {"values": {}})["values"].get(key)]
    ran = [task["name"] for task in before["tasks"]] if before else []
    cells = (past["metadata"]["step"], _listed(ran), _listed(sorted(written)), _listed(past["next"]))
    return f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in cells)}</tr>"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "-"


async def test_the_drawn_graph_and_a_threads_history_are_a_picture(dev_server: str, tmp_path: Path) -> None:
    client = get_client(url=dev_server)
    drawn = await RemoteGraph("architect", url=dev_server).aget_graph()
    thread = (await client.threads.create())["thread_id"]
    await client.runs.wait(thread, "architect", input={"message": ASK})
    await client.runs.wait(thread, "architect", command={"resume": ANSWER})
    history = list(reversed(await client.threads.get_history(thread, limit=50)))
    messages: list[Any] = dict(history[-1]["values"])["messages"]
    rows = [row_html(past, before) for past, before in zip(history, (None, *history), strict=False)]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": 1240, "height": 900})
        await page.set_content(PAGE.format(messages="".join(map(message_html, messages)), rows="".join(rows)))
        await page.add_script_tag(path=str(LIBRARY))
        shown = await page.evaluate(DRAW, drawn.draw_mermaid())
        picture = Path(PICTURE) if PICTURE else tmp_path / "studio.png"
        await page.screenshot(path=picture, full_page=True)
        await browser.close()
    assert sorted(shown) == sorted(drawn.nodes)
    assert [message["type"] for message in messages] == ["human", "ai", "human", "ai"]
    assert len(rows) > 8
    assert picture.stat().st_size > 20_000
