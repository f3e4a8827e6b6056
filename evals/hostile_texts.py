"""Hostile and degenerate texts of any wanted length.

Each entry of `HOSTILE` builds one kind of text that could make a reader of requirements slow, greedy or wrong: endless
lists, chains of corrections, brackets that never close, letters that are none. `HOSTILE[name](n)` is exactly `n`
characters long, and always the same text.
"""

import base64
import itertools
from collections.abc import Callable, Iterable

Maker = Callable[[int], str]

GPUS = "A100|H100|H200|B200|L4|L40S|A10G|T4|V100|MI300X|MI250|RTX 4090|RTX 3090|A6000|Gaudi 2|TPU v5e|P100|GH200"
PROVIDERS = "AWS|Azure|GCP|Hetzner|Lambda|CoreWeave|RunPod|Nebius|OVHcloud|Scaleway|Vultr|Oracle|Crusoe"
COUNTRIES = "Germany|France|Spain|Italy|Poland|Norway|India|Japan|Brazil|Canada|the UK|South Korea|New Zealand"
MISSPELT = "lamma|lama3|mistrl|mixtrall|quen3|deepseak|whispr|stabel difusion|falkon|jemma|nvdia|h1000|a10o|rtx409O"
ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|11th|12th|21st|102nd|3th"
MODELS = "llama-3.1-8b|qwen2.5-72b|mixtral-8x7b|gemma-2-27b|deepseek-v3|phi-4|whisper-large-v3|sdxl|flux"


def cut(pieces: Iterable[str], length: int) -> str:
    """The pieces one after the other, up to exactly the wanted length."""
    parts: list[str] = []
    size = 0
    for piece in pieces:
        if size >= length:
            break
        parts.append(piece)
        size += len(piece)
    return "".join(parts)[:length]


def repeated(unit: str) -> Maker:
    """The same words again and again."""
    return lambda length: (unit * (length // len(unit) + 1))[:length]


def numbered(template: str) -> Maker:
    """One template filled with 1, 2, 3 ...: no two pieces are alike, so nothing can be remembered."""
    return lambda length: cut((template.format(i) for i in itertools.count(1)), length)


def listed(words: str, template: str) -> Maker:
    """A template filled with the words in turn and with a count: `{0}` is the word, `{1}` the count."""
    turns = words.split("|")
    return lambda length: cut((template.format(turns[i % len(turns)], i + 1) for i in itertools.count()), length)


def wrapped(start: str, inner: Maker, end: str) -> Maker:
    """A sensible start and end around a hostile middle."""

    def make(length: int) -> str:
        return (start + inner(max(0, length - len(start) - len(end))) + end)[:length]

    return make


def nested(opening: str, core: str, closing: str) -> Maker:
    """Brackets as deep as the length allows, all of them closed; filled up with spaces."""

    def make(length: int) -> str:
        depth = max(0, (length - len(core)) // (len(opening) + len(closing)))
        return (opening * depth + core + closing * depth).ljust(length)[:length]

    return make


def patternless(length: int) -> str:
    """Numbers without any pattern in the digits, parted by commas, slashes and blanks in turn."""
    return cut((f"{i * i * 7919 % 100003}{', /x-'[i % 5]}" for i in itertools.count(1)), length)


def encoded(length: int) -> str:
    return base64.b64encode(bytes(i * 31 % 256 for i in range(length + 1))).decode()[:length]


def every_letter(length: int) -> str:
    """A different character each time, all through the basic plane below the surrogates."""
    return cut((chr(33 + i * 97 % 0xD000) for i in itertools.count()), length)


UNITS = {
    "rather": "rather ", "a100s": "A100, ", "sizes": "80 GB ", "dollars": "$5 ", "at_least": "at least ", "no": "no ",
    "not": "not ", "up_to": "up to ", "per_month": "per month ", "llama": "llama ", "billions": "7b ",
    "one_comma": "1,", "one_dot": "1.", "dash": "- ", "colon_pipe": "a: b | ", "open_brackets": "((((",
    "closed_brackets": "))))", "bullets": "\n- x", "links": "http://a.b/c ", "repositories": "org/name ",
    "tags": "name:tag ", "ranges": "1-2-3-", "ks": "k k k ", "xs": "x ", "eight_x": "8x", "and": "and ", "or": "or ",
    "either": "either ", "the": "the ", "users": "users ", "digit": "9", "zeros": "0", "letter": "a", "spaces": " ",
    "newlines": "\n", "tabs": "\t", "windows_lines": "\r\n", "table": "| GPU | 8 | 80 GB |\n|---|:-:|\n", "commas": ",",
    "semicolons": "; ", "dots": "...", "combining": "a\u0301\u0308\u0323", "only_combining": "\u0301",
    "emoji": "\U0001f600\U0001f1e9\U0001f1ea", "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "right_to_left": "\u202e8 GPUs\u202c ", "nul": "8\x00GPUs\x00", "zero_width": "H\u200b1\u200d0\u200c0\ufeff ",
    "wide_digits": "\uff18\uff10 \uff27\uff22 ", "arabic_digits": "\u0665\u0660 ", "superscripts": "10\u00b2\u2075 ",
    "fractions": "\u00bd \u2153 of ", "ligatures": "\ufb01\ufb03 \u0130\u0131\u1e9e\u017f ",
    "alternating": "gPu LlAmA bUdGeT ", "number_words": "one hundred thousand and ", "hundreds": "hundred ",
    "between": "between 1 and ", "dates": "2025-01-31 31.12.24 5/6/7 ", "times": "9:00-17:30 24/7 5pm ",
    "currencies": "\u20ac5 5 USD \u00a35 5 CHF \u20b95 \u00a55 5kr ", "percents": "99.9% 5 % %% ",
    "quotes": "\"'\u201c\u2018`\u00ab", "escapes": "\\n\\\\\\x41\\u0041", "html": "<b><script>8</b><!-- ",
    "braces": "{0}{budget}%s${x}{{", "yaml": "a:\n  - &b *b\n", "sql": "'; DROP TABLE plans; -- ",
    "regex": "(a+)+$.*?[^", "exponents": "1e999 -1e-9 0x1F NaN inf ", "signs": "+-+-", "thousands": "1,000.000,00'000 ",
    "units": "GB GiB TB tok/s ms ", "hyphens": "multi-node-gpu-", "underscores": "a_b__c_",
    "corrections": "no wait, 5, sorry, 6, ", "negations": "anything but not ",
    "double_negation": "not without no less than ", "conditions": "if not then unless ", "ratios": "8x80x4x",
    "weekdays": "Mon-Fri except Tue, ", "german": "h\u00f6chstens nicht ",
    "chinese": "\u6211\u4eec\u9700\u8981\u516b\u5f20 GPU\uff0c", "slashes": "a/b\\c/", "at_signs": "a@b.c ",
    "ellipsis": "\u2026and \u2014 ", "greater": ">= 5 < 6 <> ", "each": "each of the 2 of the 3 ",
    "undo": "undo. go back. ", "prompt": "\nUser: no\nAssistant: ok",
}  # fmt: skip

HOSTILE: dict[str, Maker] = {
    **{name: repeated(unit) for name, unit in UNITS.items()},
    "nested_json": nested('{"a":[', "1", "]}"),
    "nested_brackets": nested("(", "8 GPUs", ")"),
    "nested_quotes": nested("\u201c\u2018", "5k", "\u2019\u201d"),
    "json_string": wrapped('{"budget": "', repeated('5k \\"per\\" month\\n'), '"}'),
    "base64": encoded,
    "growing_words": lambda length: cut(("g" * i + " " for i in itertools.count(1)), length),
    "every_letter": every_letter,
    "patternless_numbers": patternless,
    "counting": numbered("{0} "),
    "many_budgets": numbered("under ${0}k a month, "),
    "many_users": numbered("{0} users at {0} rps; "),
    "many_sizes": numbered("a {0}b model with {0} GB, "),
    "numbered_list": numbered("\n{0}. serve {0} users"),
    "task_list": numbered("mark step {0} done and "),
    "many_links": numbered("https://huggingface.co/org{0}/model-{0}b "),
    "unknown_names": numbered("foo{0}-bar-{0}b-instruct, "),
    "deep_indents": lambda length: cut((" " * i + "- a:\n" for i in itertools.count()), length),
    "distinct_gpus": listed(GPUS, "{1}x {0}, "),
    "excluded_gpus": listed(GPUS, "no {0} and not {0}-{1}, "),
    "gpu_questions": listed(GPUS, "is one {0} enough for a {1}b model? "),
    "gpu_chains": listed(GPUS, "{0} or better "),
    "instead_chains": listed(GPUS, "instead of {0}, {1} rather than "),
    "versus": listed(MODELS, "{0} vs "),
    "distinct_models": listed(MODELS, "{0} for {1} users and "),
    "distinct_providers": listed(PROVIDERS, "{0}, "),
    "excluded_providers": listed(PROVIDERS, "anything but {0} except "),
    "distinct_countries": listed(COUNTRIES, "in {0} or "),
    "misspelt": listed(MISSPELT, "{0} "),
    "ordinals": listed(ORDINALS, "the {0} one, "),
    "wish_in_spaces": wrapped("Llama 70B for 200 users", repeated(" "), "under $5k"),
    "wish_in_noise": wrapped("serve qwen3 32b ", repeated("blah blah "), " for 50 users"),
    "unclosed_code": wrapped("```yaml\n", repeated("gpu: 8\n"), ""),
}
