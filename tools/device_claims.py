"""GPUs given out by claims (dynamic resource allocation): slices tell what nodes have, claims what is taken."""

from collections import Counter
from collections.abc import Mapping

from kubernetes.utils.quantity import parse_quantity
from pydantic import BaseModel, Field

from tools.kubernetes_api import KubernetesApi

SLICES, CLAIMS = "resourceslices", "resourceclaims"
API = "/apis/resource.k8s.io"
VERSIONS = ("v1", "v1beta2", "v1beta1")
DRIVERS = ("gpu.nvidia.com", "gpu.amd.com", "gpu.intel.com")
PRODUCT, MEMORY, KIND = "productName", "memory", "type"


class Taken(BaseModel):
    """Whole GPUs of a node: how many there are, how many are claimed."""

    devices: int = 0
    taken: int = 0
    driver: str = Field(description="whose class of devices has its name")
    api: str = Field(description="version of the API that told of them")
    product: str | None = None
    memory_gib: float | None = None


class _Value(BaseModel):
    string: str | None = None
    value: str | None = None


class _Basic(BaseModel):
    attributes: dict[str, _Value] = {}
    capacity: dict[str, _Value | str] = {}


class _Device(_Basic):
    name: str = ""
    basic: _Basic | None = None

    @property
    def said(self) -> _Basic:
        return self.basic or self

    @property
    def is_whole(self) -> bool:
        kind = self.said.attributes.get(KIND)
        return kind is None or kind.string in (None, "gpu")


class _Pool(BaseModel):
    name: str = ""


class _SliceSpec(BaseModel):
    driver: str = ""
    node: str | None = Field(default=None, alias="nodeName")
    pool: _Pool = _Pool()
    devices: list[_Device] | None = None


class _Slice(BaseModel):
    spec: _SliceSpec


class _Result(BaseModel):
    driver: str = ""
    pool: str = ""
    device: str = ""


class _Devices(BaseModel):
    results: list[_Result] | None = None


class _Allocation(BaseModel):
    devices: _Devices = _Devices()


class _ClaimStatus(BaseModel):
    allocation: _Allocation | None = None


class _Claim(BaseModel):
    status: _ClaimStatus | None = None


def devices_by_node(api: KubernetesApi) -> Mapping[str, Taken]:
    """Nodes whose GPUs come by claims; none where the cluster has no such API, or claims may not be seen."""
    for version in VERSIONS:
        slices = api.some(f"{API}/{version}/{SLICES}", _Slice)
        if slices is None:
            continue
        claims = api.some(f"{API}/{version}/{CLAIMS}", _Claim)
        return {} if claims is None else _counted(slices, claims, version)
    return {}


def _counted(slices: tuple[_Slice, ...], claims: tuple[_Claim, ...], version: str) -> Mapping[str, Taken]:
    held = Counter(
        (result.driver, result.pool, result.device)
        for claim in claims if claim.status and claim.status.allocation
        for result in claim.status.allocation.devices.results or ()
    )  # fmt: skip
    nodes: dict[str, Taken] = {}
    for one in slices:
        spec = one.spec
        if spec.node is None or spec.driver not in DRIVERS:
            continue
        whole = [device for device in spec.devices or () if device.is_whole]
        before = nodes.get(spec.node, Taken(driver=spec.driver, api=version))
        taken = sum((spec.driver, spec.pool.name, device.name) in held for device in whole)
        first = whole[0].said if whole else _Basic()
        product = first.attributes.get(PRODUCT)
        nodes[spec.node] = Taken(
            devices=before.devices + len(whole), taken=before.taken + taken, driver=before.driver, api=before.api,
            product=before.product or (product and product.string),
            memory_gib=before.memory_gib or _gib(first.capacity.get(MEMORY)),
        )  # fmt: skip
    return {name: taken for name, taken in nodes.items() if taken.devices}


def _gib(amount: _Value | str | None) -> float | None:
    text = amount.value if isinstance(amount, _Value) else amount
    return None if text is None else round(float(parse_quantity(text)) / 2**30, 2)
