"""A language model on machines without a GPU: their cores as a device that llama.cpp runs on.

Writing a token reads the weights once, so the machine's share of its host's memory bandwidth decides; reading a prompt
is arithmetic. The roofline of `sizing/throughput.py` holds for both, with `cores` of `speeds.yaml` as the rates.
"""

from dataclasses import dataclass
from functools import lru_cache

from domain.offers import Gpu, Offer
from domain.placement import Served, Throughput
from sizing.candidates import Candidate
from sizing.deployment import Deployment
from sizing.language_serving import LanguageServing
from sizing.memory import GIB
from sizing.precision import GGUF
from sizing.served_models import quantised_checkpoint
from sizing.speeds import speeds

FORMAT = "q4_k_m"
"""What llama.cpp is run in on processors: they are as slow as the weights are large."""
SYSTEM_GIB = 2.0
"""RAM of a machine without a GPU that its system and the node's own pods keep."""
ROOM = 1.2
"""Of the weights: the cache and the buffers beside them."""


@lru_cache(maxsize=1024)
def cores_as_device(vcpu: int, ram_gib: float) -> Gpu:
    """The cores of one machine, as estimates of serving take a device: its RAM, its share of the bandwidth."""
    rates = speeds().cores
    return Gpu(
        name=f"{vcpu} vCPU with {ram_gib:g} GiB",
        family="CPU",
        vendor="cpu",
        memory_gb=ram_gib * GIB / 1e9,
        usable_gib=max(0.0, ram_gib - SYSTEM_GIB),
        memory_bandwidth_gb_s=rates.bandwidth_gb_s * vcpu,
        tflops_fp32=rates.gflops * vcpu / 1e3,
    )


def format_on_cores(candidate: Candidate) -> str | None:
    """Of a language model that llama.cpp has files of; null where something else runs it."""
    if candidate.card is None or not candidate.is_language:
        return None
    asked = candidate.asked_format if candidate.asked_format in GGUF else FORMAT
    return asked if quantised_checkpoint(candidate.card.key, asked) is not None else None


@dataclass(frozen=True, slots=True)
class LanguageOnCores:
    """A decoder in a format of llama.cpp, a copy on each machine."""

    model: LanguageServing
    least_machines: int

    @property
    def ram_gib(self) -> float | None:
        """Of one copy, with what the system keeps."""
        return self.model.host_gib * ROOM + SYSTEM_GIB

    def deployment(self, offer: Offer) -> Deployment | None:
        """Null where one copy does not fit, or is slower than was asked."""
        if not offer.vcpu or not offer.ram_gib:
            return None
        return self.model.deploy(cores_as_device(offer.vcpu, offer.ram_gib), 1, self.least_machines)

    def throughput(self, offer: Offer, deployment: Deployment) -> tuple[Throughput, ...]:
        """Tokens and requests a second of all machines."""
        return self.model.throughput(cores_as_device(offer.vcpu or 0, offer.ram_gib or 0.0), 1, deployment)

    def served(self, deployment: Deployment) -> Served | None:
        """As on GPUs."""
        return self.model.served(deployment)

    @property
    def note(self) -> str | None:
        """Where the rates are from."""
        rates = speeds().cores
        return (
            f"Cores are taken at {rates.bandwidth_gb_s:g} GB/s and {rates.gflops:g} GFLOPS a vCPU; on a full host they "
            f"are slower ({rates.bandwidth_source})."
        )
