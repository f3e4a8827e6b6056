"""How answers tell a model's licence."""

from functools import lru_cache
from pathlib import Path

from artifacts.notation import code, link, plain
from domain.base import Frozen
from domain.models import ModelCard
from domain.own_files import own_yaml


class LicenceTerms(Frozen):
    """A row of `licence_terms.yaml`."""

    names: tuple[str, ...]
    says: str
    derived: str
    most_users: int | None = None
    url: str


def terms_of(model: ModelCard) -> LicenceTerms | None:
    """What its licence asks for; null where no row has it."""
    return next((row for row in licence_terms() if (model.license or "").lower() in row.names), None)


def terms_told(model: ModelCard, *, users: int | None, derived: bool) -> str:
    """The same in sentences, with what it means for so many users; `derived`: something is trained from the model."""
    row = terms_of(model)
    if row is None:
        page = link("its page", f"https://huggingface.co/{model.key}")
        return f"What it asks of you the catalogue does not hold: read it on {page}."
    limit = ""
    if row.most_users:
        most = f"{row.most_users:,} users a month of all your products"
        yours = f", and you said {users:,}" if users else ""
        limit = f" Beyond {most} its maker's own licence is needed{yours}."
    of_yours = f" Trained from it: {plain(row.derived)}." if derived else ""
    return f"Its terms: {plain(row.says)}.{limit}{of_yours} ({link(plain(model.license or ''), row.url)})"


def licence_of(model: ModelCard) -> str:
    """The model with its licence and who may have it."""
    unknown = (
        "commercial use on its conditions" if terms_of(model) else "whether commercial use is allowed is not known"
    )
    commercial = {True: "commercial use allowed", False: "no commercial use", None: unknown}[model.commercial_use]
    access = "gated: its terms must be accepted on the Hub first" if model.gated else "open to download"
    return f"{code(model.key)}: {plain(model.license or 'licence unknown')}; {commercial}; {access}"


@lru_cache
def licence_terms() -> tuple[LicenceTerms, ...]:
    """The file, read once."""
    return own_yaml(Path(__file__).with_name("licence_terms.yaml"), tuple[LicenceTerms, ...])
