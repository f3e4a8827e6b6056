import shutil
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.server.conftest import server, serving  # noqa: F401  (fixtures)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[Browser]:  # noqa: F811
    """Debian's Chromium; the tests of the page are skipped where there is none.

    Playwright runs an event loop while it lives: whatever needs one of its own, as the server's database, comes first,
    and other modules' tests after it has ended.
    """
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield launched
        launched.close()


class Visit:
    """A page in a window of its own, and what went wrong on it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(url)

    def send(self, message: str) -> None:
        """Types a message, sends it and waits for what comes of it."""
        said = self.page.locator("article.user").count()
        self.page.fill("#message", message)
        self.page.click("#composer .primary")
        self.page.locator("article.user").nth(said).wait_for()
        self.page.locator("#composer .primary:enabled").wait_for()
        assert self.page.locator(".notice").count() == 0, self.page.locator(".notice").all_inner_texts()

    def accessible(self) -> None:
        """No serious violation that axe-core knows, by day; nor of contrast, all that differs, by night."""
        schemes: dict[Literal["light", "dark"], dict[str, Any]] = {
            "light": {}, "dark": {"runOnly": ["color-contrast"]},
        }  # fmt: skip
        for scheme, rules in schemes.items():
            self.page.emulate_media(color_scheme=scheme)
            found: dict[str, Any] = Axe().run(self.page, options={"resultTypes": ["violations"], **rules}).response
            serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
            assert not serious, [(scheme, v["id"], [node["html"][:200] for node in v["nodes"]]) for v in serious]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", urlsplit(self.url).netloc):
            self.errors.append(f"asked another host: {request.url}")


@pytest.fixture(params=["with scripts"])
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:  # noqa: F811
    """A visitor; `without scripts` as parameter switches them off."""
    context = browser.new_context(java_script_enabled=request.param != "without scripts", accept_downloads=True)
    found = Visit(context, server)
    yield found
    context.close()
    assert found.errors == []
