"""What to confirm before the plan runs: rules over the spec, and facts of the models and offers chosen."""

import re
from functools import lru_cache
from pathlib import Path

from artifacts.checkpoint import is_gated
from artifacts.engines import arm_note, checkpoint
from artifacts.programs import program_of, with_program
from domain.base import Frozen, value_at
from domain.models import ModelCard
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from graph.programmes import unproven_programmes


class CautionRule(Frozen):
    """Speaks when a word of `any_of` was written, `field` has one of `values`, one of `gpus` was chosen, and a GPU of
    one of `makers` of whom nobody spoke, as far as they are given."""

    any_of: tuple[str, ...] = ()
    field: str | None = None
    values: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    rented: bool | None = None
    says: str
    source: str

    def holds(self, spec: WorkloadSpec, words: str, option: PlacementOption | None) -> bool:
        gpu = option.offer.gpu.name if option and option.offer.gpu else None
        rented = option is None or not option.is_own
        if (self.gpus and gpu not in self.gpus) or self.rented not in (None, rented):
            return False
        if self.makers and (option is None or not _is_unasked(option, spec, self.makers)):
            return False
        written = not self.any_of or bool(re.search(rf"\b({'|'.join(map(re.escape, self.any_of))})\b", words, re.I))
        return written and (self.field is None or not set(_values(spec, self.field)).isdisjoint(self.values))


def _is_unasked(option: PlacementOption, spec: WorkloadSpec, makers: tuple[str, ...]) -> bool:
    """Whether a GPU of one of these makers is rented by somebody who named neither a GPU nor a maker."""
    gpu, said = option.offer.gpu, spec.gpu.models or spec.gpu.vendors
    return gpu is not None and gpu.vendor in makers and not said and not option.is_own


def cautions(
    spec: WorkloadSpec, turns: tuple[str, ...], models: tuple[ModelCard, ...], option: PlacementOption | None
) -> tuple[str, ...]:
    """What applies, rules first, in file order. `option` is the first recommendation, if there is one."""
    words = " ".join(turns)
    spoken = [f"{rule.says} (Source: {rule.source}.)" for rule in caution_rules() if rule.holds(spec, words, option)]
    rented = option is None or not option.is_own
    if rented and (unproven := unproven_programmes(spec)):
        spoken.append(
            f"{unproven}: the catalogue has no evidence of which providers meet it, so it narrows nothing. "
            "Ask the provider for its attestation."
        )
    program = program_of(with_program(option, spec)) if option else None
    if program is not None and program.learns_from:
        spoken.append(
            f"The program learns from {program.learns_from}: what is without is not used, and no step here makes it."
        )
    placed = option.model if option else None
    for model in (placed,) if placed else models[:1]:
        spoken += _terms_of(model, option)
    if option is not None and (told := arm_note(option, spec)):
        spoken.append(told)
    return tuple(spoken)


def attested_by_nobody(spec: WorkloadSpec, option: PlacementOption | None) -> str:
    """What stands beside the recommendation of a seller when a programme was demanded that none is known to hold."""
    unproven = unproven_programmes(spec)
    if not unproven or option is None or option.is_own:
        return ""
    return (
        f"No seller here is known to hold {unproven}: take this for the size and the price of it, and sign with "
        "whoever shows you the certificate."
    )


def _terms_of(model: ModelCard, option: PlacementOption | None) -> list[str]:
    terms = []
    pulled = checkpoint(option) if option is not None else ""
    if option is not None and pulled and model.gated and not is_gated(option):
        terms.append(f"{model.key} is gated; {pulled}, which is pulled, is open to download, under the same licence.")
    elif model.gated:
        terms.append(f"{model.key} is gated: accept its terms on its Hugging Face page, deploy with an access token.")
    if model.commercial_use is False:
        terms.append(f"{model.key} is published under {model.license}, which does not allow commercial use.")
    if "agpl" in (model.license or "").lower():
        terms.append(
            f"{model.key} is published under {model.license}: who offers a service with it has to publish the source "
            "of that service under the same licence, or to buy another licence from its maker."
        )
    elif model.commercial_use is None:
        terms.append(f"The catalogue does not know whether {model.key} may be used commercially: read its licence.")
    return terms


def _values(spec: WorkloadSpec, path: str) -> tuple[str, ...]:
    value = value_at(spec, path)
    if isinstance(value, tuple):
        return tuple(str(item).lower() for item in value)
    return () if value is None else (str(value).lower(),)


@lru_cache
def caution_rules() -> tuple[CautionRule, ...]:
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[CautionRule, ...])
