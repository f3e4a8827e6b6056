import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Visit

ASK = "Serve Qwen3 8B to 20 people in the EU for at most $3000 a month"
SCRIPTS = pytest.mark.parametrize("visit", ["with scripts", "without scripts"], indirect=True)


def test_a_turn_is_told_as_it_goes_and_ends_in_a_plan(visit: Visit) -> None:
    page = visit.page
    page.fill("#message", ASK)
    page.click("#composer .primary")
    expect(page.locator("#progress li", has_text="GPU offers")).to_be_attached()
    expect(page.locator(".plan .card.first")).to_contain_text("a month")
    assert page.locator("#progress").is_hidden()


@SCRIPTS
def test_a_plan_is_asked_read_revised_compared_and_undone(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    first = page.locator(".plan .card.first .usd").inner_text()
    assert first.startswith("$")
    visit.send("why not an H100?")
    expect(page.locator("article.assistant").last).to_contain_text("H100")
    visit.send("make it 400 people at the same time")
    expect(page.locator(".versions strong")).to_have_text("Plan 2")
    assert page.locator(".plan .card.first .usd").inner_text() != first
    page.click("text=What changed")
    expect(page.locator(".compare tr.differs", has_text="Concurrent users")).to_contain_text("400")
    page.goto(page.url.partition("&")[0])
    page.click("button:has-text('Undo')")
    expect(page.locator(".versions strong")).to_have_text("Plan 3")
    assert page.locator(".plan .card.first .usd").inner_text() == first


@SCRIPTS
def test_every_part_of_a_plan_opens(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    folds = page.locator(".folds details")
    headings = " ".join(folds.locator("summary").all_inner_texts())
    for name in ("Architecture", "Steps", "All choices", "Cost", "Models", "Kubernetes stack", "Sources", "Files"):
        assert name in headings
    for number in range(folds.count()):
        folds.nth(number).locator("summary").click()
        expect(folds.nth(number).locator(".inside")).to_be_visible()
    expect(page.locator("#steps pre").first).to_contain_text("k")


@SCRIPTS
def test_questions_are_answered_by_click(visit: Visit) -> None:
    page = visit.page
    visit.send("I need some GPUs")
    page.check("label.pick:has-text('inference') input")
    page.check("label.pick:has-text('Language model') input")
    page.click("button:text-is('Answer')")
    expect(page.locator(".plan, .questions").last).to_be_visible()
    assert "Serve a model (inference)" in page.locator("article.user").last.inner_text()


def test_a_what_if_is_placed_at_once_and_kept_when_wished(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    page.fill("[data-what-if] [name=users]", "500")
    expect(page.locator("[data-what-if] output")).to_contain_text("500")
    assert page.locator(".versions").count() == 0
    page.click("[data-keep]")
    expect(page.locator(".versions strong")).to_have_text("Plan 2")


@SCRIPTS
def test_a_conversation_is_found_again_renamed_taken_along_and_deleted(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    page.click(".manage summary")
    page.fill("#new-title", "Qwen for the office")
    page.click("text=Rename")
    page.goto(visit.url)
    page.fill("#find", "for the OFFICE")
    page.press("#find", "Enter")
    page.click("#conversations a:has-text('Qwen for the office')")
    expect(page.locator("h1")).to_have_text("Qwen for the office")
    expect(page.locator(".plan .card.first")).to_be_visible()
    page.click("#files summary")
    with page.expect_download() as download:
        page.click("text=Download all as a zip")
    names = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())).namelist()
    assert "README.md" in names
    page.click("text=Read them here")
    page.locator("summary", has_text="plan.md").click()
    alone = page.get_by_text("Open alone").locator("visible=true").get_attribute("href")
    shown = page.request.get(f"{visit.url}{alone}")
    assert shown.ok
    assert shown.headers["content-type"].startswith("text/plain")
    page.click("text=Back to the plan")
    page.click(".manage summary")
    page.click("text=Delete for good")
    page.wait_for_url(f"{visit.url}/")
    assert page.locator("#conversations a:has-text('Qwen for the office')").count() == 0


@pytest.mark.parametrize(
    "ask", ["", "I need some GPUs", ASK, "Serve DeepSeek V3 to 500 users for 300 dollars a month",
            "RAG over 100,000 PDFs for 300 lawyers, and nightly fine-tuning of Qwen3 8B"],
)  # fmt: skip
def test_every_page_can_be_used_without_seeing_it(visit: Visit, ask: str) -> None:
    if ask:
        visit.send(ask)
        for fold in visit.page.locator(".folds summary").all():
            fold.click()
    visit.accessible()


def test_the_files_of_a_plan_can_be_read_without_seeing_them(visit: Visit) -> None:
    visit.send(ASK)
    visit.page.click("#files summary")
    visit.page.click("text=Read them here")
    visit.page.locator("summary", has_text="README.md").click()
    visit.accessible()


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.send(ASK)
    for fold in visit.page.locator(".folds summary").all():
        fold.click()
    room = visit.page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
    assert room <= 0


HOSTILE = (
    "<script>document.title='taken'</script> serve Llama 8B",
    "[click](javascript:alert(1)) <img src=x onerror=alert(1)> serve Llama 8B",
    "‮serve Llama 8B‬ $(rm -rf /); `id` && ${HOME}",
    "serve Llama 8B " + "x" * 9_900,
)


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "link", "direction", "long"])
def test_hostile_text_is_shown_as_text(visit: Visit, text: str) -> None:
    page = visit.page
    visit.send(text)
    expect(page.locator("article.user").first).to_have_text(text.strip())
    assert page.title() != "taken"
    assert page.locator("a[href^='javascript:'], #talk script, img[onerror]").count() == 0
    assert page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth") <= 0


def test_a_server_that_refuses_leaves_the_message_to_be_sent_again(visit: Visit) -> None:
    page = visit.page
    page.route("**/message/stream", lambda route: route.fulfill(
        status=503, json={"title": "database unavailable", "detail": "The database is away.", "remedy": "Try again."}
    ))  # fmt: skip
    page.fill("#message", ASK)
    page.click("#composer .primary")
    expect(page.locator(".notice")).to_have_text("The database is away. Try again.")
    assert page.input_value("#message") == ASK
    visit.errors.clear()  # the browser itself tells the console of the 503
