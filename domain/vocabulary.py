"""Every name in the catalogue that a user may write, with its aliases."""

from domain.base import Frozen
from domain.workload import Domain


class Term(Frozen):
    """A canonical name and the other ways to write it."""

    name: str
    aliases: tuple[str, ...] = ()


class RegionTerm(Frozen):
    provider: str
    name: str
    country: str | None = None
    jurisdictions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class GpuTerm(Frozen):
    name: str
    family: str
    memory_gb: float
    aliases: tuple[str, ...] = ()
    rented: bool = True
    """False: part of a computer that nobody rents out, with one memory for all of it."""


class InstanceTerm(Frozen):
    """A machine that is rented by its name, with the GPUs in it."""

    provider: str
    name: str
    gpu: str
    gpu_count: int


class ModelTerm(Frozen):
    key: str
    name: str
    family: str
    domain: Domain
    params_b: float | None = None
    aliases: tuple[str, ...] = ()


class ChartTerm(Frozen):
    name: str
    category: str
    aliases: tuple[str, ...] = ()


class Vocabulary(Frozen):
    """What the built-in reader recognises; made from one catalogue, in key order."""

    providers: tuple[Term, ...] = ()
    regions: tuple[RegionTerm, ...] = ()
    gpus: tuple[GpuTerm, ...] = ()
    instances: tuple[InstanceTerm, ...] = ()
    models: tuple[ModelTerm, ...] = ()
    charts: tuple[ChartTerm, ...] = ()
    licenses: tuple[str, ...] = ()
