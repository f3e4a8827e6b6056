"""Sends the outcomes to LangSmith as runs with feedback, when LANGSMITH_API_KEY is set."""

import os
from uuid import uuid4

from evals.report import EvalReport

PROJECT = "stack8s-evals"


def upload(report: EvalReport) -> int:
    """How many runs were sent; 0 without a key. One run a scenario, one feedback a grader: the share that passed."""
    if not os.environ.get("LANGSMITH_API_KEY"):
        return 0
    from langsmith import Client  # half a second that nobody without a key should wait

    client = Client()
    project = f"{PROJECT}-{report.engine}-{report.ran_at:%Y%m%dT%H%M%S}"
    for outcome in report.outcomes:
        run_id = uuid4()
        client.create_run(
            outcome.id,
            inputs={"turns": [turn.message for turn in outcome.turns]},
            run_type="chain",
            id=run_id,
            project_name=project,
            outputs={"replies": [turn.response_type for turn in outcome.turns]},
            tags=list(outcome.tags),
            start_time=report.ran_at,
            end_time=report.ran_at,
        )
        for grader, checked in sorted(outcome.checked.items()):
            failed = sum(finding.grader == grader for finding in outcome.failures)
            client.create_feedback(run_id, grader, score=(checked - failed) / checked)
    client.flush()
    return len(report.outcomes)
