"""Mermaid draws the diagrams of plans in a real browser, where the library (`MERMAID`) and Chromium are."""

import os
import shutil
from collections.abc import Mapping

import pytest
from playwright.async_api import async_playwright

from artifacts.bundle.drawing import drawing_of
from artifacts.bundle.mermaid import mermaid
from domain.plan import DeploymentPlan
from tests.artifacts.test_bundle import hostile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LIBRARY = os.environ.get("MERMAID")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
    pytest.mark.skipif(LIBRARY is None, reason="no Mermaid is here"),
]
DRAWN = """async texts => {
  mermaid.initialize({startOnLoad: false});
  const drawn = [];
  for (const [number, text] of texts.entries()) {
    try {
      const {svg} = await mermaid.render(`plan${number}`, text);
      const held = new DOMParser().parseFromString(svg, 'text/html');
      drawn.push([held.body.textContent, held.querySelectorAll('.node').length, '']);
    } catch (error) { drawn.push(['', 0, String(error)]); }
  }
  return drawn;
}"""


async def test_mermaid_draws_every_box(plans: Mapping[str, DeploymentPlan]) -> None:
    """One plan of each set of boxes, and one whose names are meant to break out."""
    drawings = {name: drawing_of(plan) for name, plan in (*plans.items(), ("hostile", hostile("aws")))}
    pictures = {tuple(box.id for box in picture.boxes): (name, picture) for name, picture in drawings.items()}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page()
        await page.set_content("<!doctype html><title>x</title><body></body>")
        await page.add_script_tag(path=LIBRARY)
        drawn = await page.evaluate(DRAWN, [mermaid(picture) for _, picture in pictures.values()])
        await browser.close()
    for (name, picture), (text, boxes, error) in zip(pictures.values(), drawn, strict=True):
        assert error == "", name
        assert boxes == len(picture.boxes), name
        shown = "".join(text.split())
        for box in picture.boxes:
            for line in (box.title, *box.lines):
                assert "".join(line.split()) in shown, (name, line)
