import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Visit

ASK = "Serve Qwen3 8B to 20 people in the EU for at most $3000 a month"
SCRIPTS = pytest.mark.parametrize("visit", ["with scripts", "without scripts"], indirect=True)


WATCH = """() => {
  globalThis.told = new Set();
  new MutationObserver(() => {
    for (const item of document.querySelectorAll("#progress li")) told.add(item.textContent);
  }).observe(document.body, { childList: true, subtree: true });
}"""
"""Keeps what the progress says, which goes when the plan comes."""


def test_a_turn_is_told_as_it_goes_and_ends_in_a_plan(visit: Visit) -> None:
    page = visit.page
    page.evaluate(WATCH)
    page.fill("#message", ASK)
    page.click("#composer .primary")
    expect(page.locator(".plan .card.first")).to_contain_text("a month")
    assert page.locator("#progress").is_hidden()
    told: list[str] = page.evaluate("() => [...told]")
    for what in ("Read the message", "GPU offers", "Models", "Placed models on GPUs", "Wrote the plan"):
        assert any(re.fullmatch(rf"{what}.*\d+ ms", said) for said in told), (what, told)
    assert any(re.match(r"GPU offers\d[\d,]* found", said) for said in told), told


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
    for name in (
        "Architecture",
        "The market",
        "Steps",
        "All choices",
        "Cost",
        "Models",
        "Kubernetes stack",
        "Sources",
        "Files",
    ):
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
    panel, outcome = page.locator("[data-what-if]"), page.locator("[data-outcome]")
    panel.locator("[name=users]").fill("9")
    expect(panel.locator("label", has_text="People at once").locator("output")).to_have_text("500")
    expect(outcome.locator("tr", has_text="Price")).to_contain_text("a month")
    panel.locator("label", has_text="spot").click()
    expect(outcome).to_contain_text("spot")
    page.click("text=Back to the plan")
    expect(outcome).to_be_empty()
    assert page.locator(".versions").count() == 0
    panel.locator("[name=users]").fill("9")
    page.click("[data-keep]")
    expect(page.locator(".versions strong")).to_have_text("Plan 2")
    expect(page.locator("[data-what-if] label", has_text="People at once").locator("output")).to_have_text("500")


def test_an_assumption_is_changed_by_a_click_on_it(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    page.click("[data-assumptions] button:has-text('tokens in')")
    page.keyboard.type("9,000")  # over the figure that is selected
    assert page.input_value("#message").startswith("A request has 9,000 tokens in")
    visit.send(page.input_value("#message"))
    expect(page.locator(".versions strong")).to_have_text("Plan 2")
    expect(page.locator(".note.changed")).to_contain_text("9,000")


def test_every_command_is_copied_by_a_click(visit: Visit) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.send(ASK)
    page.click("#steps summary")
    commands = page.locator("#steps pre")
    assert page.locator("#steps .copy").count() == commands.count() > 1
    page.locator("#steps .copy").first.click()
    expect(page.locator("#steps .copy").first).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == commands.first.text_content()


@SCRIPTS
def test_the_choices_are_compared_two_at_a_time(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    one, other = page.locator(".card h3").all_inner_texts()[:2]
    page.click(".pairs > summary")
    pair = page.locator(".pairs details").first
    assert [text.lower() for text in pair.locator("thead th").all_inner_texts()] == [one.lower(), other.lower()]
    price = pair.locator("tr", has_text="Price").first.locator("td").all_inner_texts()
    shown = [usd.split()[0] for usd in page.locator(".card .usd").all_inner_texts()[:2]]
    assert [usd.split()[0] for usd in price] == shown


@SCRIPTS
def test_the_market_shows_where_the_choice_stands(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    page.click("#market summary")
    expect(page.locator("#market svg desc")).to_contain_text("Recommended:")
    price = page.locator(".card.first .usd").inner_text().split()[0]
    expect(page.locator("#market tr.chosen", has_text="recommended")).to_contain_text(price)


@SCRIPTS
def test_where_nothing_fits_the_nearest_is_taken_by_a_click(visit: Visit) -> None:
    page = visit.page
    visit.send("Serve DeepSeek V3 to 500 users for 300 dollars a month")
    expect(page.locator(".card .change").first).to_contain_text("instead of $300")
    page.locator("button:has-text('Take this')").first.click()
    expect(page.locator(".versions strong")).to_have_text("Plan 2")
    expect(page.locator(".card.first .usd")).to_contain_text("a month")


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
    page.reload()
    expect(page.locator("h1")).to_have_text("Qwen for the office")
    expect(page.locator(".plan .card.first")).to_be_visible()
    page.click("#files summary")
    with page.expect_download() as download:
        page.click("text=Download all as a zip")
    names = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())).namelist()
    assert "README.md" in names
    page.click("text=Read them here")
    page.click("nav[aria-label=Files] a:has-text('plan.md')")
    expect(page.locator("h1")).to_have_text("plan.md")
    alone = page.request.get(f"{visit.url}{page.get_by_text('as plain text').get_attribute('href')}")
    assert alone.headers["content-type"].startswith("text/plain")
    assert page.locator("pre code").inner_text().strip() == alone.text().strip()
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


def test_two_versions_can_be_compared_without_seeing_them(visit: Visit) -> None:
    visit.send(ASK)
    visit.send("make it 400 people at the same time")
    visit.page.click("text=What changed")
    expect(visit.page.locator(".compare tr.differs").first).to_be_visible()
    visit.accessible()


def test_redoc_is_the_same_page_as_docs(visit: Visit) -> None:
    docs, redoc = [visit.page.request.get(f"{visit.url}{path}").text() for path in ("/docs", "/redoc")]
    assert docs == redoc


@pytest.mark.parametrize("path", ["/docs", "/?conversation=00000000-0000-0000-0000-000000000000"])
def test_every_other_page_can_be_used_without_seeing_it(visit: Visit, path: str) -> None:
    visit.page.goto(f"{visit.url}{path}")
    visit.accessible()
    visit.errors[:] = [error for error in visit.errors if "404" not in error]  # the browser's own word on the last path


def test_the_files_of_a_plan_can_be_read_without_seeing_them(visit: Visit) -> None:
    visit.send(ASK)
    visit.page.click("#files summary")
    visit.page.click("text=Read them here")
    expect(visit.page.locator("h1")).to_have_text("README.md")
    visit.accessible()
    visit.page.locator("nav[aria-label=Files] a", has_text=re.compile(r"\.yaml$")).first.click()
    expect(visit.page.locator("pre span.nt").first).to_be_visible()
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


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "link", "direction", "long"])
def test_hostile_text_leaves_pictures_and_files_whole(visit: Visit, text: str) -> None:
    page = visit.page
    visit.send(text)
    expect(page.locator(".plan")).to_be_visible()
    for picture in page.locator(".plan svg").all():
        whole = ElementTree.fromstring(picture.evaluate("svg => new XMLSerializer().serializeToString(svg)"))
        assert not [part.tag for part in whole.iter() if part.tag.endswith(("script", "foreignObject"))]
    conversation = page.url.partition("conversation=")[2]
    archive = zipfile.ZipFile(io.BytesIO(page.request.get(f"{visit.url}/api/v1/chat/{conversation}/bundle.zip").body()))
    assert archive.testzip() is None
    assert all(re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name) and ".." not in name for name in archive.namelist())
    ElementTree.fromstring(archive.read("diagram.svg"))
    assert b"<script>document" not in archive.read("plan.html")
    page.goto(f"{visit.url}/conversations/{conversation}/files?file=plan.md")
    assert page.locator("pre code script, pre code img, pre code a").count() == 0


@SCRIPTS
def test_a_conversation_that_is_not_there_is_said_with_a_way_on(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.url}/?conversation=00000000-0000-0000-0000-000000000000")
    expect(page.locator(".notice")).to_be_visible()
    visit.errors.clear()  # the browser itself tells the console of the 404
    visit.send(ASK)
    expect(page.locator(".plan .card.first")).to_be_visible()


def test_paper_holds_the_plan_and_nothing_to_click(visit: Visit) -> None:
    page = visit.page
    visit.send(ASK)
    page.emulate_media(media="print", color_scheme="dark")
    for gone in ("#composer", "aside", "[data-what-if]", ".top"):
        assert page.locator(gone).is_hidden()
    assert page.locator(".card.first").is_visible()
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"


def test_nothing_moves_where_that_was_asked(visit: Visit) -> None:
    page = visit.page
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate("""() => {
      const item = document.querySelector("#progress ol").appendChild(document.createElement("li"));
      item.className = "going";
      document.getElementById("progress").hidden = false;
      return getComputedStyle(item).animationName;
    }""")
    assert moving == "none"


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
