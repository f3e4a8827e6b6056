"""The same quantity in the forms people use; each pair stands for a field and the value it gets."""

import pytest

from tests.understanding.talking import spec_of

MODEL = "Serve Mistral 7B"

FORMS: list[tuple[str, str, object]] = [
    # speed
    ("at least 60 t/s", "traffic.tokens_per_second", 60.0),
    # money
    ("$3000/mo", "budget.amount", 3000.0),
    ("3k a month", "budget.amount", 3000.0),
    ("three thousand dollars per month", "budget.amount", 3000.0),
    ("five hundred dollars a month", "budget.amount", 500.0),
    ("between $2k and $3k per month", "budget.amount", 3000.0),
    ("2-3k a month", "budget.amount", 3000.0),
    ("USD 1,800 monthly", "budget.amount", 1800.0),
    ("2.500 € im Monat", "budget.amount", 2500.0),
    ("€1,5k per month", "budget.amount", 1500.0),
    ("a monthly budget of 900 pounds", "budget.currency", "GBP"),
    ("at most 2€/h", "budget.period", "hour"),
    ("$10 a day", "budget.amount", 304.17),
    ("$120 a week", "budget.amount", 521.43),
    ("$36,000 per year", "budget.amount", 3000.0),
    ("$5000 for the whole project", "budget.period", "total"),
    ("not more than 40 cents per hour", "budget.amount", 0.4),
    ("our bill today is $20k, the budget is $1,800", "budget.amount", 1800.0),
    ("we raised $5M and can spend $4k a month", "budget.amount", 4000.0),
    ("cut the budget from $3k to $2k a month", "budget.amount", 2000.0),
    ("100 a month, euros", "budget.currency", "EUR"),
    ("3k/month (usd)", "budget.currency", "USD"),
    ("$120 per mo, canadian dollars that is", "budget.currency", "CAD"),
    ("400 aussie dollars a month", "budget.currency", "AUD"),
    ("800 Swiss francs per month", "budget.currency", "CHF"),
    ("Rs. 2 lakh p.m.", "budget.amount", 200_000.0),
    ("Rs. 2 lakh p.m.", "budget.currency", "INR"),
    ("₹1,50,000 per month", "budget.amount", 150_000.0),
    ("1.000,00 EUR/Monat", "budget.amount", 1000.0),
    ("GBP 9,000 per quarter", "budget.amount", 3000.0),
    ("GBP 9,000 per quarter", "budget.period", "month"),
    ("INR 12,00,000 per year", "budget.amount", 100_000.0),
    ("price ceiling (EUR/h): 2.5", "budget.amount", 2.5),
    ("price ceiling (EUR/h): 2.5", "budget.currency", "EUR"),
    ("price ceiling (EUR/h): 2.5", "budget.period", "hour"),
    ("the whole campaign should stay below 700 dollars", "budget.period", "total"),
    ("Budget for the whole run: 40,000 US dollars", "budget.period", "total"),
    ("got $60 total credits 2 burn", "budget.amount", 60.0),
    ("got $60 total credits 2 burn", "budget.period", "total"),
    ("we burn $11k a month now and I was told to cap it at $6,000 monthly", "budget.amount", 6000.0),
    ("25k in azure credits", "budget.amount", 25_000.0),
    ("5 lakhs for the full training", "budget.currency", "INR"),
    ("2500/month. euros.", "budget.currency", "EUR"),
    ("six hundred a month, pounds sterling", "budget.currency", "GBP"),
    ("no more than 4.000 euro im Monat", "budget.period", "month"),
    ("cap for the new thing is $2,500", "budget.period", None),
    ("two pounds of paper a day, 300 quid a month", "budget.amount", 300.0),
    ("2000 users who won a prize", "budget.amount", None),
    # GPUs
    ("2x24GB", "gpu.min_count", 2),
    ("2 x 24 GB GPUs", "gpu.min_vram_gb", 24.0),
    ("8 cards of 80 GB each", "gpu.min_count", 8),
    ("8 cards of 80 GB each", "gpu.min_vram_gb", 80.0),
    ("eight H100s", "gpu.min_count", 8),
    ("4xH100", "gpu.min_count", 4),
    ("H100 x 4", "gpu.min_count", 4),
    ("a pair of L40S", "gpu.min_count", 2),
    ("dual RTX 4090", "gpu.min_count", 2),
    ("2 nodes with 8 H100 each", "gpu.min_count", 16),
    ("at least 48GB VRAM", "gpu.min_vram_gb", 48.0),
    ("160 GB of VRAM in total", "gpu.min_total_vram_gb", 160.0),
    ("4 cards, 80GB/card", "gpu.min_vram_gb", 80.0),
    ("no more than 4 GPUs", "gpu.min_count", None),
    ("gpus: >=2, each >=40gb", "gpu.min_count", 2),
    ("gpus: >=2, each >=40gb", "gpu.min_vram_gb", 40.0),
    ("four or more H100", "gpu.min_count", 4),
    ("at least two and at most four GPUs", "gpu.min_count", 2),
    ("not fewer than 4 GPUs", "gpu.min_count", 4),
    ("8 GPUs with no less than 80 GB apiece", "gpu.min_vram_gb", 80.0),
    ("A100 80GB", "gpu.models", ("A100-80GB",)),
    ("80GB H100s", "gpu.models", ("H100",)),
    ("a 100 user pilot", "gpu.models", ()),
    ("3x L40S or bigger, 48gb+", "gpu.min_vram_gb", 48.0),
    ("a 5-node cluster with 8 H100 each", "gpu.min_count", 40),
    ("48GB card(s), 2 of them", "gpu.min_count", 2),
    ("vram>=24", "gpu.min_vram_gb", 24.0),
    ("not enough VRAM on a 24GB card, we need 48GB", "gpu.min_vram_gb", 48.0),
    ("the boss insists on H200s, 8 of them", "gpu.min_count", 8),
    ("4 way A100 box", "gpu.min_count", 4),
    # host
    ("16 vCPUs and 64 GB RAM", "cpu.min_vcpu", 16),
    ("16 vCPUs and 64 GB RAM", "cpu.min_ram_gb", 64.0),
    ("without any GPU: 16 vCPUs, 64 GB of RAM", "cpu.min_vcpu", 16),
    ("RAM 64GB; vCPU 16", "cpu.min_vcpu", 16),
    ("VRAM (GB): 48", "gpu.min_vram_gb", 48.0),
    # load
    ("6-8 of us at the same moment", "traffic.concurrent_users", 8),
    ("about 5 asking at any one time", "traffic.concurrent_users", 5),
    ("users: ~2k (daily), conc.: 60", "traffic.users", 2000),
    ("users: ~2k (daily), conc.: 60", "traffic.concurrent_users", 60),
    ("p99 300ms @ 250 qps", "traffic.ttft_ms", 300.0),
    ("our servers take 9 sec per answer, too slow", "traffic.ttft_ms", None),
    ("tickets: 864/day", "traffic.requests_per_second", 0.01),
    ("1000 DAU", "traffic.users", 1000),
    ("8k prompts and 1k answers, 40 at once", "traffic.input_tokens", 8000),
    ("8k prompts and 1k answers, 40 at once", "traffic.output_tokens", 1000),
    ("12 customers, 5 rps per customer", "traffic.requests_per_second", 60.0),
    ("answers of 300 words", "traffic.output_tokens", 400),
    ("30.000 hours of audio to transcribe", "volume.amount", 30_000.0),
    ("it is used 8h a day, Mon-Fri", "hours_per_month", 173.81),
    ("2000 requests per second with a 10 ms budget", "traffic.latency_ms", 10.0),
    ("200 users", "traffic.users", 200),
    ("a couple of thousand users", "traffic.users", 2000),
    ("25.000 users", "traffic.users", 25000),
    ("half a million users", "traffic.users", 500000),
    ("50 concurrent users", "traffic.concurrent_users", 50),
    ("2000 users, 5% of them concurrent", "traffic.concurrent_users", 100),
    ("10 rps", "traffic.requests_per_second", 10.0),
    ("10 sessions @ same time", "traffic.concurrent_users", 10),
    ("at a time 40-50", "traffic.concurrent_users", 50),
    ("concurrently it's like 40 max", "traffic.concurrent_users", 40),
    ("a 20-seat dev team, no more than 2 GPUs", "traffic.users", 20),
    ("40 at once, 300 in total", "traffic.users", 300),
    ("250 named / 30 concurrent users", "traffic.users", 250),
    ("half of our 300 users at once", "traffic.concurrent_users", 150),
    ("me and two colleagues", "traffic.users", 3),
    ("it choked on 3 streams", "traffic.concurrent_users", None),
    ("one request every 4 seconds", "traffic.requests_per_second", 0.25),
    ("20 queries a second, 60 at peak", "traffic.requests_per_second", 20.0),
    ("20 queries a second, 60 at peak", "traffic.peak_requests_per_second", 60.0),
    ("40 tps", "traffic.requests_per_second", None),
    ("300 requests a minute", "traffic.requests_per_second", 5.0),
    ("a million requests a day", "traffic.requests_per_second", 11.5741),
    ("first token in half a second", "traffic.ttft_ms", 500.0),
    ("answers in under 200 ms", "traffic.ttft_ms", 200.0),
    ("sub-second latency", "traffic.ttft_ms", 1000.0),
    ("2k tokens in, 500 tokens out", "traffic.input_tokens", 2000),
    ("2k tokens in, 500 tokens out", "traffic.output_tokens", 500),
    ("128k context", "context_tokens", 128000),
    ("8192 ctx", "context_tokens", 8192),
    # time
    ("24/7", "hours_per_month", 730.0),
    ("8 hours a day", "hours_per_month", 243.33),
    ("office hours", "hours_per_month", 173.81),
    ("9am to 6pm on weekdays", "hours_per_month", 195.54),
    ("four hours a day, 20 days a month", "hours_per_month", 80.0),
    ("40 hours a week", "hours_per_month", 173.81),
    ("used Monday to Friday 8-18h", "hours_per_month", 217.26),
    ("Mon-Fri 9:00-17:00", "hours_per_month", 173.81),
    ("8 a.m. to 6 p.m., Monday through Saturday", "hours_per_month", 260.71),
    ("8 to 18 on working days", "hours_per_month", 217.26),
    ("only at night 22-6", "hours_per_month", 243.33),
    ("12x5", "hours_per_month", 260.71),
    ("4 hours every working day", "hours_per_month", 86.9),
    ("only 3 evenings a week, 4h each", "hours_per_month", 52.14),
    ("weekends off, 10 hours daily", "hours_per_month", 217.26),
    ("it takes 8-10 seconds from Monday", "hours_per_month", None),
]

JOBS: list[tuple[str, str, object]] = [
    ("finish within 3 days", "deadline_hours", 72.0),
    ("within a week", "deadline_hours", 168.0),
    ("overnight", "deadline_hours", 12.0),
    ("deadline is 36 hours", "deadline_hours", 36.0),
    ("whatever trains in < 12h", "deadline_hours", 12.0),
    ("finished in a day and a half, i.e. 36h", "deadline_hours", 36.0),
    ("done in an hour or two", "deadline_hours", 2.0),
    ("a fortnight is fine", "deadline_hours", 336.0),
    ("1 1/2 days", "deadline_hours", 36.0),
    ("time budget: 20h", "deadline_hours", 20.0),
    ("time budget: 20h", "budget.amount", None),
    ("turnaround 6h", "deadline_hours", 6.0),
    ("two and a half days at most", "deadline_hours", 60.0),
    ("50k images", "dataset.items", 50000),
    ("two million images", "dataset.items", 2_000_000),
    ("10^6 images", "dataset.items", 1_000_000),
    ("2 TB of MRI images", "dataset.size_gb", 2000.0),
    ("1.5 PB of images", "dataset.size_gb", 1_500_000.0),
    ("100 GiB of images", "dataset.size_gb", 107.374182),
    ("2,5 TB of images", "dataset.size_gb", 2500.0),
    ("a ViT on 900 GB", "dataset.size_gb", 900.0),
    ("documents up to 100 pages", "dataset.items", None),
    ("12'000 CHF for the full project (6 months)", "deadline_hours", None),
    ("600 thousands images", "dataset.items", 600_000),
    ("90 mln patches", "dataset.items", 90_000_000),
    ("2 lakh images", "dataset.items", 200_000),
    ("a sharepoint dump, ~40gb", "dataset.size_gb", 40.0),
    ("Sentinel-2 tiles", "dataset.items", None),
]


@pytest.mark.parametrize(("words", "field", "value"), FORMS)
async def test_a_quantity_is_read_in_its_own_field(words: str, field: str, value: object) -> None:
    assert _at(await spec_of(f"{MODEL}, {words}."), field) == _nearly(value)


@pytest.mark.parametrize(("words", "field", "value"), JOBS)
async def test_a_job_has_its_data_and_its_deadline(words: str, field: str, value: object) -> None:
    assert _at(await spec_of(f"Train an image classifier, {words}."), field) == _nearly(value)


@pytest.mark.parametrize(
    ("words", "size_b"),
    [
        ("a 70B model", 70.0),
        ("a 7 billion parameter LLM", 7.0),
        ("a 350M parameter model", 0.35),
        ("a 70B Llama", 70.0),
    ],
)
async def test_a_model_is_known_by_its_size(words: str, size_b: float) -> None:
    assert [model.params_b for model in (await spec_of(f"Serve {words}")).models] == [size_b]


def _nearly(value: object) -> object:
    """Fields keep different numbers of decimals."""
    return pytest.approx(value, rel=1e-3) if isinstance(value, float) else value


def _at(value: object, path: str) -> object:
    for step in path.split("."):
        value = getattr(value, step)
    return value


async def test_transactions_are_requests_and_so_are_the_frames_of_all_streams() -> None:
    assert (await spec_of("fraud scoring with xgboost, 900 tps")).traffic.requests_per_second == 900.0
    traffic = (await spec_of("object detection on 64 camera streams at 15 frames per second each")).traffic
    assert (traffic.concurrent_users, traffic.requests_per_second) == (64, 960.0)


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ("a 70B or 405B model", [405, 70]),
        ("Llama 3.1 70B or 405B", [405, 70]),
        ("VLM-R1, the 7B or 72B", [72, 7]),
        ("a model between 7B and 13B", [13]),
        ("Llama 3.1 70B, so far I have deployed a 7B on my machine", [70]),
    ],
)
async def test_a_choice_of_sizes_is_two_models_and_a_range_is_one(words: str, sizes: list[float]) -> None:
    assert [model.params_b for model in (await spec_of(f"Serve {words}")).models] == sizes


@pytest.mark.parametrize(
    "words", ["but it reached only 40 tokens per second", "at 40 tokens per second on my A100 so far"]
)
async def test_a_speed_that_is_had_is_none_that_is_wished(words: str) -> None:
    assert (await spec_of(f"{MODEL}, {words}")).traffic.tokens_per_second is None


@pytest.mark.parametrize("text", ["²ùë GPUs", "²e GPUs", "²ùë5ï8"])
async def test_letters_with_raised_digits_are_no_figures(text: str) -> None:
    assert (await spec_of(text)).gpu.min_count is None
