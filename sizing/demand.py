"""What the traffic asks of a placement, with every assumption that fills what the user did not say."""

from dataclasses import dataclass

from domain.workload import WorkloadSpec

ACTIVE_SHARE_OF_USERS = 0.10
DEFAULT_INPUT_TOKENS = 1024
DEFAULT_OUTPUT_TOKENS = 256
RAG_INPUT_TOKENS = 4096
DEFAULT_CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Demand:
    """`concurrent` requests of input_tokens + output_tokens are in flight at once; the longest has context_tokens."""

    context_tokens: int | None
    input_tokens: int
    output_tokens: int
    concurrent: int
    requests_per_s: float | None
    interactive: bool
    ttft_ms: float | None
    deadline_hours: float | None
    items: int | None

    @property
    def needs_speed(self) -> bool:
        """Whether a GPU of unknown speed must be left out."""
        return self.requests_per_s is not None or self.ttft_ms is not None or self.deadline_hours is not None

    def context_for(self, model_limit: int | None) -> int:
        """Tokens of the longest sequence served: what was asked, else 8,192 within the model's limit."""
        if self.context_tokens is not None:
            return self.context_tokens
        wanted = max(DEFAULT_CONTEXT_TOKENS, self.input_tokens + self.output_tokens)
        return min(wanted, model_limit) if model_limit else wanted


def demand_of(spec: WorkloadSpec) -> Demand:
    """Traffic as numbers; users become concurrent requests at a tenth of them."""
    traffic = spec.traffic
    concurrent = traffic.concurrent_users
    if concurrent is None and traffic.users is not None:
        concurrent = round(traffic.users * ACTIVE_SHARE_OF_USERS)
    is_job = spec.task_type in ("training", "fine_tuning", "batch_inference")
    default_input = RAG_INPUT_TOKENS if spec.task_type == "rag" else DEFAULT_INPUT_TOKENS
    room = spec.context_tokens or 2**31
    output_tokens = min(traffic.output_tokens or DEFAULT_OUTPUT_TOKENS, max(1, room // 2))
    input_tokens = min(traffic.input_tokens or default_input, max(1, room - output_tokens))
    asked = (traffic.input_tokens or 0) + (traffic.output_tokens or 0)
    context = spec.context_tokens
    if context is not None and asked > context:
        context = asked
        input_tokens, output_tokens = traffic.input_tokens or 1, traffic.output_tokens or 1
    return Demand(
        context_tokens=context,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        concurrent=max(1, concurrent or 1),
        requests_per_s=traffic.requests_per_second,
        interactive=spec.task_type in (None, "inference", "rag"),
        ttft_ms=traffic.ttft_ms if not is_job else None,
        deadline_hours=spec.deadline_hours if is_job else None,
        items=spec.dataset.items if spec.task_type == "batch_inference" else None,
    )


def demand_notes(spec: WorkloadSpec) -> tuple[str, ...]:
    """The assumptions in `demand_of`, for the reader of the plan."""
    notes: list[str] = []
    traffic = spec.traffic
    if traffic.concurrent_users is None and traffic.users is not None:
        active = max(1, round(traffic.users * ACTIVE_SHARE_OF_USERS))
        notes.append(
            f"{ACTIVE_SHARE_OF_USERS:.0%} of {traffic.users:,} users are active at once: {active:,} requests in flight."
        )
    demand = demand_of(spec)
    stated = traffic.input_tokens is not None and traffic.output_tokens is not None
    if (
        not stated
        and spec.domain in (None, "llm", "multimodal")
        and spec.task_type in (None, "inference", "rag", "batch_inference")
    ):
        notes.append(f"A request has {demand.input_tokens:,} tokens in and {demand.output_tokens:,} out.")
        if spec.context_tokens is None:
            notes.append(
                f"The longest request has {demand.context_for(None):,} tokens, or what the model allows if less."
            )
    if traffic == type(traffic)() and spec.task_type in (None, "inference", "rag"):
        notes.append("No traffic was stated: one replica, sized for at least one request of the longest context.")
    return tuple(notes)
