"""How answers tell a model's licence."""

from artifacts.notation import code, plain
from domain.models import ModelCard


def licence_of(model: ModelCard) -> str:
    """The model with its licence and who may have it."""
    commercial = {
        True: "commercial use allowed",
        False: "no commercial use",
        None: "whether commercial use is allowed is not known",
    }[model.commercial_use]
    access = "gated: its terms must be accepted on the Hub first" if model.gated else "open to download"
    return f"{code(model.key)}: {plain(model.license or 'licence unknown')}; {commercial}; {access}"
