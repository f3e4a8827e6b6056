"""Rules that a page cites are said there in words, with the figures that the search itself holds plans against."""

from artifacts.rules_told import rules_told
from domain.placement import BrokenRule
from sizing import standards
from sizing.rules import IN_ORDER
from tests.artifacts.sample_plan import option


def test_each_rule_that_is_given_up_is_told_once_and_no_other() -> None:
    breaks = tuple(BrokenRule(rule=rule, words="why") for rule in IN_ORDER)
    every = rules_told([option(breaks=breaks), option(breaks=breaks[:2])])
    assert [told.split(":")[0] for told in every] == list(IN_ORDER)
    assert [told.split(":")[0] for told in rules_told([option(breaks=breaks[3:4]), option()])] == ["R6"]
    assert rules_told([option()]) == ()


def test_the_figures_are_those_of_the_standards() -> None:
    breaks = tuple(BrokenRule(rule=rule, words="why") for rule in ("R6", "R10"))
    pace, room = rules_told([option(breaks=breaks)])
    assert f"{standards.TOKENS_PER_S_PER_USER:g} tokens a second" in pace
    assert f"memory at most {standards.MEMORY_SHARE:.0%} full" in room
    assert f"at most {standards.LOAD_SHARE:.0%} of what can be answered" in room
