"""What a reader of the plan's Markdown relies on."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from artifacts.checklist import checklist_markdown
from artifacts.markdown import plan_markdown
from artifacts.notation import code, fenced, figure, money, plain, rate
from domain.plan import ModelChoice, Recommendation, Step
from tests.artifacts.sample_plan import LLAMA, component, option, package, plan

HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "a | b | c",
    "`code` **bold** __bold__ *i* _i_ ~~s~~",
    "# heading",
    "- item",
    "1. item",
    "line\n\n## Steps\n\nline",
    "&lt;b&gt; \\* <http://evil.example>",
    "\u202egnp.exe\u0000",
)


def rendered(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def test_of_the_other_choices_it_is_told_first_how_they_fit() -> None:
    other = option(label="another", reasons=("near to its users", "paid by the second"))
    both = (Recommendation(rank=1, option=option()), Recommendation(rank=2, option=other))
    [line] = [line for line in plan_markdown(plan(recommendations=both)).splitlines() if "**2. another**" in line]
    assert re.search(r"another\*\*: .* GiB.*near to its users.*paid by the second", line), line


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_stays_text(text: str) -> None:
    html = rendered(plain(text))
    assert re.fullmatch(r"<p>[^<]*</p>\n", html), html


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 .-_*`<>[]()!|#~&\\\n=+"), min_size=1, max_size=30))
def test_any_text_stays_one_paragraph_of_text(text: str) -> None:
    html = rendered("x " + plain(text)) + rendered(plain(text))
    assert not re.search(r"<(?!/?p>)", html), (text, html)


def test_a_hostile_chart_adds_no_markup_to_the_plan() -> None:
    bad = component(package("evil|<img src=x>`", display_name="x", repository="[r](x)", repository_url="javascript:x"))
    bad = bad.model_copy(update={"reason": "<b>\n## Steps\n|x|", "role": "**role**"})
    html = rendered(plan_markdown(plan(stack=(bad,))))
    clean = rendered(plan_markdown(plan()))
    assert "<img" not in html
    assert "javascript:" not in html
    assert html.count("<h2>") == clean.count("<h2>")
    assert html.count("<td>") == clean.count("<td>")


def test_the_first_recommendation_shows_its_proof_and_the_others_one_line() -> None:
    text = plan_markdown(plan())
    assert "`70.6e9 x 2 / 4`" in text
    assert "Binding constraint: **KV cache at 16 sequences**" in text
    assert "fits in 70.2 of 79.6 GiB per GPU" in text


def test_every_price_shows_where_and_when_it_was_read() -> None:
    assert "[price list](<https://example.com/prices>), 2026-05-01" in plan_markdown(plan())


def test_a_cost_without_a_price_is_named_and_never_zero() -> None:
    text = plan_markdown(plan())
    assert "| egress | unknown volume | unknown |" in text
    assert "no price for it: egress" in text


def test_every_part_of_the_plan_has_its_section() -> None:
    text = plan_markdown(plan(steps=(Step(order=1, title="Do it", detail="Now.", commands=("true",)),)))
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "As understood",
        "What changed",
        "Assumptions",
        "Not taken into account",
        "To confirm before you rely on it",
        "Recommended GPUs",
        "What to relax",
        "Models",
        "Kubernetes stack",
        "Steps",
        "Cost of the first recommendation",
        "Trade-offs",
        "What this plan could not look up",
        "Sources",
    ]


def test_an_empty_part_leaves_no_heading() -> None:
    empty = plan(
        recommendations=(), models=(), stack=(), cost=None, tradeoffs=(), gaps=(), relaxations=(), changes=(),
        not_taken_into_account=(),
    )  # fmt: skip
    assert re.findall(r"^## (.+)$", plan_markdown(empty), re.MULTILINE) == [
        "As understood",
        "Assumptions",
        "To confirm before you rely on it",
        "Sources",
    ]


def test_what_was_heard_and_not_used_is_named_a_line_each() -> None:
    heard = (
        "“across 3 zones”: all machines of this plan are in one region.",
        "“by Friday”: nothing was held against it.",
    )
    section = plan_markdown(plan(not_taken_into_account=heard)).split("## Not taken into account\n\n")[1]
    assert section.split("\n\n")[0].splitlines() == [f"- {sentence}" for sentence in heard]


def test_an_unknown_licence_is_said_to_be_unknown() -> None:
    unknown = LLAMA.model_copy(update={"license": None})
    text = plan_markdown(plan(models=(ModelChoice(rank=1, model=unknown, reason="r"),)))
    assert "| unknown | yes |" in text


def test_the_machines_of_a_plan_without_gpus_are_not_called_gpus() -> None:
    first = plan().recommendations[0].option
    cpu = first.model_copy(update={"offer": first.offer.model_copy(update={"gpu": None, "gpu_count": 0}), "gpus": 0})
    assert "## Recommended machines" in plan_markdown(plan(recommendations=(Recommendation(rank=1, option=cpu),)))


def test_commands_can_not_close_their_fence() -> None:
    html = rendered(fenced(("echo '```'\n# not a heading",)))
    assert html.count("<pre>") == 1
    assert "<h1>" not in html


def test_a_checklist_keeps_each_command_inside_its_box() -> None:
    step = Step(order=1, title="<b>", detail="d", commands=("cat <<'EOF'\na\n\nb\nEOF",))
    html = rendered(checklist_markdown(plan(steps=(step, step))))
    assert html.count("<li>") == 2
    assert html.count("<pre>") == 2
    assert "<b>" not in html


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert plan_markdown(plan()) == plan_markdown(plan())


@pytest.mark.parametrize(
    ("usd", "written"),
    [(0.5265, "$0.5265"), (55.04, "$55.04"), (1.5, "$1.50"), (98.32001, "$98.32"), (1234.5, "$1,234.50")],
)
def test_a_price_per_hour_has_two_to_four_decimals(usd: float, written: str) -> None:
    assert rate(usd) == written


def test_amounts_have_thousands_separators_and_cents() -> None:
    assert (money(40179.2), money(None), money(0)) == ("$40,179.20", "unknown", "$0.00")


def test_figures_lose_only_trailing_zeros() -> None:
    assert (figure(100), figure(70.6), figure(0.004), figure(1234.567)) == ("100", "70.6", "0", "1,234.57")


def test_a_name_in_a_cell_can_not_end_the_cell() -> None:
    assert code("a|b`c\nd") == "`a\\|b'c d`"
