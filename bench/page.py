"""What a browser does to show the page: `python -m bench page`. Needs Debian's chromium and the dev extra."""

import shutil
import statistics
import time
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from bench.served import NO_LIMITS, serving

VISITS, REQUESTS = 5, 20
ASK = "Llama 70B for 200 users under $5k a month, EU only"
MOST_BYTES, MOST_PAINT_MS, MOST_SHIFT = 150_000, 200.0, 0.05
WATCH = """
globalThis.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
READ = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {
    bytes: entries.reduce((sum, entry) => sum + entry.transferSize, 0),
    requests: entries.length,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    shift: globalThis.shift,
  };
}"""


def run(console: Console) -> None:
    """A table: the empty page and one with a plan, each visited anew with an empty cache."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is not installed: apt-get install chromium")
    targets = f"of {MOST_BYTES / 1000:.0f}", f"of {MOST_PAINT_MS:.0f}", f"of {MOST_SHIFT}"
    drawn = Table(
        "page", "server ms", "requests", "kB", targets[0], "first paint ms", targets[1], "layout shift", targets[2],
        title="What a browser loads, and how long the server alone takes (median, least)",
    )  # fmt: skip
    with serving(NO_LIMITS) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        visitor = browser.new_page()
        visitor.goto(served.url)
        visitor.fill("#message", ASK)
        visitor.click("#composer .primary")
        visitor.locator(".plan").wait_for()
        planned = visitor.url
        visitor.close()
        for name, address in (("empty", served.url), ("with a plan", planned)):
            found = [_visited(browser, address) for _ in range(VISITS)]
            size, paint = (statistics.median(visit[key] for visit in found) for key in ("bytes", "paint"))
            shift = max(visit["shift"] for visit in found)
            median_ms, least_ms = _served_ms(address)
            drawn.add_row(
                name, f"{median_ms:.0f}, {least_ms:.0f}", f"{found[0]['requests']}", f"{size / 1000:.0f}",
                f"x{size / MOST_BYTES:.2f}", f"{paint:.0f}", f"x{paint / MOST_PAINT_MS:.2f}", f"{shift:.3f}",
                f"x{shift / MOST_SHIFT:.2f}",
            )  # fmt: skip
        browser.close()
    console.print(drawn)


def _served_ms(address: str) -> tuple[float, float]:
    """Median and least time of the warm server for the page; on a shared machine the least says what it costs."""
    took = []
    with httpx.Client(headers={"Accept": "text/html"}, trust_env=False) as client:
        client.get(address)
        for _ in range(REQUESTS):
            began = time.perf_counter()
            client.get(address).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), min(took)


def _visited(browser: Browser, address: str) -> dict[str, Any]:
    """One visit in a window of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    found: dict[str, Any] = page.evaluate(READ)
    context.close()
    return found
