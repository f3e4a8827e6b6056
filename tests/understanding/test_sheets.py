"""Requirements pasted from a sheet mean what the same words mean in a sentence."""

import pytest

from tests.understanding.talking import spec_of

SHEETS = {
    "a table of keys": """please quote
| Item | Value |
|:-----|------:|
| Model | Mistral 7B (serving) |
| Users | 120 named / 15 concurrent |
| Avg input / output | 1,200 / 400 tok |
| Context | 16k |
| Cloud | GCP or AWS (no Azure) |
| Monthly cap | EUR 1,500 |

thanks!""",
    "a table without a rule": """| Model | Mistral 7B, inference |
| Users | 120 |
| Peak concurrency | 15 |
| Input tokens | 1200 |
| Output tokens | 400 |
| Max context | 16k |
| Providers | gcp, aws, not azure |
| Budget per month | 1500 EUR |""",
    "a table of values": """Model | Users | Concurrent users | Input / output | Context | Cloud | Budget per month
---|---|---|---|---|---|---
Mistral 7B inference | 120 | 15 | 1200 / 400 | 16k | GCP or AWS, no Azure | 1,500 EUR""",
    "keyed lines": """model: Mistral 7B
what it does: inference
users: 120 (15 concurrent)
prompt: 1200 tokens
answer: 400 tokens
context: 16k
where: GCP or AWS, no Azure
budget/month: 1500 EUR""",
    "equal signs": """model = Mistral 7B
task = inference
users = 120
concurrent = 15
input_tokens = 1200
output_tokens = 400
context_length = 16k
clouds = gcp or aws, not azure
monthly_budget = 1500 EUR""",
    "tabs": """Model\tMistral 7B
Task\tinference
Users\t120
Concurrent users\t15
Input tokens\t1200
Output tokens\t400
Context\t16k
Cloud\tGCP or AWS, no Azure
Monthly budget\t€1500""",
    "json": """{"model": "Mistral 7B", "task": "inference", "users": 120, "concurrent_users": 15, "input_tokens": 1200,
"output_tokens": 400, "context": "16k", "providers": "gcp or aws, not azure", "budget_per_month": "1500 EUR"}""",
    "short lines": """Mistral 7B inference
120 users
15 concurrent
1200 tokens in, 400 tokens out
16k context
GCP or AWS
no Azure
1500 EUR a month""",
}


@pytest.mark.parametrize("form", SHEETS)
async def test_a_pasted_sheet_is_read_row_by_row(form: str) -> None:
    spec = await spec_of(SHEETS[form])
    assert [model.name for model in spec.models] == ["Mistral 7B"]
    assert (spec.task_type, spec.context_tokens) == ("inference", 16000)
    assert (spec.traffic.users, spec.traffic.concurrent_users) == (120, 15)
    assert (spec.traffic.input_tokens, spec.traffic.output_tokens) == (1200, 400)
    assert (spec.budget.amount, spec.budget.currency, spec.budget.period) == (1500.0, "EUR", "month")
    assert (spec.location.providers, spec.location.excluded_providers) == (("aws", "gcp"), ("azure",))


async def test_wrapped_prose_stays_whole() -> None:
    spec = await spec_of(
        "We would like to serve Mistral 7B to about two hundred\nemployees of our company, on no more than 1,500\n"
        "euros a month."
    )
    assert (spec.traffic.users, spec.budget.amount, spec.budget.currency) == (200, 1500.0, "EUR")


@pytest.mark.parametrize("form", SHEETS)
async def test_the_evidence_quotes_the_sheet(form: str) -> None:
    spec = await spec_of(SHEETS[form])
    assert all(evidence.quote in SHEETS[form] for evidence in spec.evidence.values())
