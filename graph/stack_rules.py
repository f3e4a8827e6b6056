"""The rules of `stack_roles.yaml`, typed: which parts there are, when each is needed, and what people call them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from domain.base import Frozen
from domain.offers import Vendor
from domain.own_files import own_yaml
from domain.workload import Domain, TaskType, WorkloadSpec

Importance = Literal["essential", "useful", "optional"]


class RoleKind(Frozen):
    """A part of a stack and the charts that usually fill it."""

    role: str
    category: str
    names: tuple[str, ...]


class When(Frozen):
    """Every condition that is given must hold; of a list, one entry."""

    tasks: tuple[TaskType, ...] = ()
    domains: tuple[Domain, ...] = ()
    use_cases: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    only_providers: tuple[str, ...] = ()
    gpu: bool | None = None
    compliance: bool | None = None
    dataset: bool | None = None
    min_gpus: int = 0
    min_dataset_gb: float = 0.0

    def holds(self, spec: WorkloadSpec, vendor: Vendor | None = None) -> bool:
        """Whether the workload, on accelerators of this vendor, is one this rule is about."""
        vendors = {vendor} if vendor else accelerator_vendors(spec)
        providers = set(spec.location.providers)
        return (
            _one_of(spec.task_type, self.tasks)
            and _one_of(spec.domain, self.domains)
            and _one_of(spec.use_case, self.use_cases)
            and _one_of(spec.industry, self.industries)
            and _one_of(spec.dataset.modality, self.modalities)
            and (not self.vendors or not vendors.isdisjoint(self.vendors))
            and (not self.only_providers or (bool(providers) and providers <= set(self.only_providers)))
            and self.gpu in (None, needs_gpu(spec))
            and self.compliance in (None, bool(spec.compliance))
            and self.dataset in (None, bool(spec.dataset.size_gb or spec.dataset.items or spec.dataset.modality))
            and (spec.gpu.min_count or 0) >= self.min_gpus
            and (spec.dataset.size_gb or 0.0) >= self.min_dataset_gb
        )


class Rule(Frozen):
    """A part the workload needs when the condition holds; without `names` the charts of its kind."""

    role: str
    importance: Importance
    when: When
    reason: str
    names: tuple[str, ...] = ()


class Component(Frozen):
    """What people say for a part (no `names`) or for one product (its charts)."""

    role: str
    phrases: tuple[str, ...]
    names: tuple[str, ...] = ()
    reason: str = ""


class Accelerator(Frozen):
    vendor: Vendor
    starts: tuple[str, ...]


class StackRules(Frozen):
    most_roles: int
    provided: dict[str, tuple[str, ...]]
    for_rented_machines: tuple[str, ...]
    roles: tuple[RoleKind, ...]
    rules: tuple[Rule, ...]
    components: tuple[Component, ...]
    accelerators: tuple[Accelerator, ...]
    last_resort_repositories: tuple[str, ...]
    companions: dict[str, tuple[str, ...]]

    def kind(self, role: str) -> RoleKind | None:
        """The part of that name, if it is a known one."""
        return next((kind for kind in self.roles if kind.role == role), None)

    def kind_of_chart(self, name: str) -> RoleKind | None:
        """The part that a chart of this name usually fills."""
        return next((kind for kind in self.roles if name in kind.names), None)

    def rank(self, role: str) -> int:
        """Place of a part in the order of importance; a part nobody foresaw comes last."""
        return next((i for i, kind in enumerate(self.roles) if kind.role == role), len(self.roles))

    def charts_of(self, role: str) -> tuple[str, ...]:
        """Every chart that some rule or product name would put in this role."""
        sources: tuple[RoleKind | Rule | Component, ...] = (*self.roles, *self.rules, *self.components)
        return tuple(dict.fromkeys(name for source in sources if source.role == role for name in source.names))


@lru_cache
def stack_rules() -> StackRules:
    """The rules as shipped, read once."""
    return own_yaml(Path(__file__).with_name("stack_roles.yaml"), StackRules)


def needs_gpu(spec: WorkloadSpec) -> bool:
    """What the user said, or else whether they named accelerators."""
    if spec.gpu_needed is not None:
        return spec.gpu_needed
    return bool(spec.gpu.models or spec.gpu.min_count or spec.gpu.min_vram_gb or spec.gpu.min_total_vram_gb)


def accelerator_vendors(spec: WorkloadSpec) -> set[Vendor]:
    """Vendors of the accelerators the user named; NVIDIA when none is named."""
    return {_vendor(name) for name in spec.gpu.models} or {"nvidia"}


def _vendor(accelerator: str) -> Vendor:
    words = re.findall(r"[a-z0-9]+", accelerator.lower())
    known = (a.vendor for a in stack_rules().accelerators if any(word.startswith(a.starts) for word in words))
    return next(known, "nvidia")


def _one_of(said: str | None, choices: Sequence[str]) -> bool:
    return not choices or said in choices
