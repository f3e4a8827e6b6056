"""Results as tables for a terminal."""

from typing import TYPE_CHECKING

from pydantic import BaseModel
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from domain.queries import CardResult, ModelResult, OfferResult, PackageResult
    from domain.workload import WorkloadSpec


def plain_table(*headers: str, title: str | None = None) -> Table:
    """Columns without a frame, whose cells wrap."""
    table = Table(box=SIMPLE, title=title, pad_edge=False, collapse_padding=True)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def offers_table(result: "OfferResult") -> Table:
    table = plain_table("Instance", "Where", "GPUs", "vCPU", "RAM GiB", "USD/h", "USD/month", "As of")
    for offer in result.items:
        gpus = f"{offer.gpu_count} x {offer.gpu.name} ({offer.gpu.memory_gb:g} GB)" if offer.gpu else ""
        table.add_row(
            offer.instance_type, f"{offer.provider} {offer.region}, {offer.terms}", gpus, _figure(offer.vcpu),
            _figure(offer.ram_gib), _money(offer.price_per_hour_usd), _money(offer.price_per_month_usd),
            offer.source.as_of.isoformat(),
        )  # fmt: skip
    return table


def packages_table(result: "PackageResult") -> Table:
    table = plain_table("Chart", "Version", "App", "Category", "What it is")
    for package in result.items:
        table.add_row(package.key, package.version, package.app_version or "", package.category, package.description)
    return table


def models_table(result: "ModelResult") -> Table:
    table = plain_table("Model", "Domain", "Params (B)", "Licence", "Gated", "Downloads", "Score")
    for model, score in zip(result.items, result.scores, strict=True):
        table.add_row(
            model.key, model.domain, _figure(model.params_b), model.license or "", "yes" if model.gated else "",
            f"{model.downloads:,}" if model.downloads else "", f"{score:.3f}",
        )  # fmt: skip
    return table


def cards_table(result: "CardResult") -> Table:
    table = plain_table("Model", "Licence", "What its card says", "Nearness")
    for piece in result.items:
        table.add_row(piece.model, piece.license or "", escape(piece.text), f"{piece.similarity:.3f}")
    return table


def spec_table(spec: "WorkloadSpec") -> Table:
    """Each field that was understood, with the words that support it."""
    table = plain_table("Field", "Value", "Because you said", title="As understood")
    for path, value in _leaves(spec):
        evidence = spec.evidence.get(path) or spec.evidence.get(path.split(".")[0])
        table.add_row(path, value, f"“{evidence.quote}”" if evidence else "")
    return table


def _leaves(value: BaseModel, prefix: str = "") -> list[tuple[str, str]]:
    leaves: list[tuple[str, str]] = []
    for name in type(value).model_fields:
        field = getattr(value, name)
        if name in ("evidence", "assumptions", "assumed", "unplaced", "question") or field is None or field == ():
            continue
        if isinstance(field, BaseModel):
            leaves += _leaves(field, f"{prefix}{name}.")
        elif isinstance(field, tuple):
            leaves.append((f"{prefix}{name}", ", ".join(_in_one_line(item) for item in field)))
        else:
            leaves.append((f"{prefix}{name}", str(field)))
    return leaves


def _in_one_line(item: object) -> str:
    if not isinstance(item, BaseModel):
        return str(item)
    said = item.model_dump(exclude_none=True)
    return str(said["name"]) if "name" in said else ", ".join(f"{name} {value}" for name, value in said.items())


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"
