"""The models that can do a task, as a condition of SQL: the same that `ModelTask.can_be_done_by` says of a card."""

from sizing.model_tasks import Able, ModelTask
from tools.model_search import Filters

COLUMNS = {
    "domains": "domain = ANY({value}::text[])",
    "pipeline_tags": "pipeline_tag = ANY({value}::text[])",
    "use_cases": "use_cases && {value}::text[]",
    "with_use_cases": "use_cases @> {value}::text[]",
    "keys": "lower(model_id) LIKE ANY({value}::text[])",
}


def able_models(task: ModelTask) -> Filters:
    """Over any table with a `model_id`."""
    values: dict[str, object] = {}
    takes = " OR ".join(_condition(able, f"take{i}", values) for i, able in enumerate(task.takes)) or "false"
    excludes = " OR ".join(_condition(able, f"leave{i}", values) for i, able in enumerate(task.excludes)) or "false"
    return Filters(f"model_id IN (SELECT model_id FROM hf.models WHERE ({takes}) AND NOT ({excludes}))", values)


def _condition(able: Able, prefix: str, values: dict[str, object]) -> str:
    parts = []
    for column, sql in COLUMNS.items():
        wanted: tuple[str, ...] = getattr(able, column)
        if wanted:
            name = f"{prefix}_{column}"
            values[name] = [_like(pattern) for pattern in wanted] if column == "keys" else list(wanted)
            parts.append(sql.format(value=f"%({name})s"))
    return f"({' AND '.join(parts) or 'true'})"


def _like(pattern: str) -> str:
    """A pattern in which only * is special, as one of LIKE."""
    escaped = pattern.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
