"""From the rows of a cloud to its machines: accelerators found, hosts priced together with what is attached to them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from catalog.importers.accelerators import Accelerators, GpuNote, Machine, gpu_note
from catalog.importers.unsaid import unsaid
from catalog.importers.vm_rows import VmRow, conflicting
from catalog.quarantine import Doubt, Quarantined
from domain.offers import Gpu

TPU = "tpu-"
Place = tuple[str, str]
"""Region and zone."""


class PricedMachine(NamedTuple):
    """A machine in a zone, as one row of the file sells it or two together do. Prices are USD an hour."""

    row: VmRow
    instance_type: str
    gpu: Gpu | None
    gpu_count: int
    vcpu: float | None
    ram_gib: float | None
    price: float | None
    spot: float | None


class Machines:
    """The machines in a provider's rows; `quarantined` collects the rows that were not believed."""

    def __init__(self, provider: str, file: str, accelerators: Accelerators) -> None:
        self.quarantined: list[Quarantined] = []
        self._provider = provider
        self._file = file
        self._accelerators = accelerators

    def of(self, rows: Sequence[VmRow]) -> list[PricedMachine]:
        """Every machine that can be believed so far; their prices are still to be compared with others."""
        conflicts = conflicting(rows)
        believed = [row for row in rows if self._plausible(row, row.line in conflicts)]
        hosts = {(row.instance_type, (row.region, row.zone)): row for row in believed if row.instance_type}
        parts = [row for row in believed if not row.instance_type]
        slices = [row for row in parts if row.accelerator.startswith(TPU)]
        attachable = {
            (row.accelerator, row.accelerators, (row.region, row.zone)): row
            for row in parts
            if not row.accelerator.startswith(TPU)
        }
        found = [*self._hosts(hosts, attachable), *self._attached(hosts, attachable), *self._slices(slices)]
        if attachable:
            self._refuse_homeless(found, attachable)
        return found

    def refuse(self, row: VmRow, doubt: Doubt) -> None:
        """Puts the row on the list."""
        self.quarantined.append(doubt.about(self._file, row.line, row.item))

    def _plausible(self, row: VmRow, conflicts: bool) -> bool:
        try:
            if conflicts:
                raise Doubt("conflicting-rows", "another row says otherwise of the same machine in the same zone")
            if currency := unsaid().currency(self._provider, row.region):
                raise Doubt("foreign-currency", f"prices in {row.region or self._provider} are in {currency}")
            if row.price is None and row.spot is None:
                raise Doubt("no-price", "the price is 0 or empty, which means unknown")
            if row.price is not None and row.spot is not None and row.spot > row.price:
                dear = f"spot at ${row.spot:g} is dearer than on-demand at ${row.price:g}"
                raise Doubt("spot-above-on-demand", f"{dear}: one of the two is wrong")
        except Doubt as doubt:
            self.refuse(row, doubt)
            return False
        return True

    def _hosts(
        self, hosts: dict[tuple[str, Place], VmRow], attachable: dict[tuple[str, float, Place], VmRow]
    ) -> Iterator[PricedMachine]:
        built_in = {
            instance_type: (name, count)
            for name, machines in unsaid().hosts.get(self._provider, {}).items()
            for instance_type, count in machines.items()
        }
        for (instance_type, place), row in hosts.items():
            try:
                if attachable and not row.accelerator and instance_type in built_in:
                    name, count = built_in[instance_type]
                    if (name, float(count), place) not in attachable:
                        raise Doubt("no-accelerator-price", f"its {count} {name} have no price in that zone")
                    yield self._joined(row, attachable[name, float(count), place], instance_type)
                else:
                    yield self._alone(row)
            except Doubt as doubt:
                self.refuse(row, doubt)

    def _attached(
        self, hosts: dict[tuple[str, Place], VmRow], attachable: dict[tuple[str, float, Place], VmRow]
    ) -> Iterator[PricedMachine]:
        sizes = unsaid().attached.get(self._provider, {})
        for (name, count, place), part in attachable.items():
            for size in sizes.get(name, {}).get(int(count), ()):
                if host := hosts.get((size, place)):
                    try:
                        yield self._joined(host, part, f"{size}+{count:g}x{name}")
                    except Doubt as doubt:
                        self.refuse(part, doubt)

    def _slices(self, rows: Sequence[VmRow]) -> Iterator[PricedMachine]:
        for row in {(row.accelerator, row.region, row.zone): row for row in rows}.values():
            try:
                yield self._slice(row)
            except Doubt as doubt:
                self.refuse(row, doubt)

    def _slice(self, row: VmRow) -> PricedMachine:
        version, _, size = row.accelerator.removeprefix(TPU).rpartition("-")
        kind = unsaid().tpus.get(version)
        gpu = self._accelerators.gpus.get(kind.gpu) if kind else None
        if kind is None or gpu is None or not size.isdigit():
            raise Doubt("no-such-accelerator", f"no accelerator of the catalogue is called {row.accelerator}")
        chips = max(1, int(size) // kind.per_chip)
        if chips > kind.chips_of_a_host:
            raise Doubt("slice-over-several-hosts", f"{chips} chips are a cluster, one host has {kind.chips_of_a_host}")
        return PricedMachine(row, row.accelerator, gpu, chips, row.vcpu, row.ram_gib, row.price, row.spot)

    def _alone(self, row: VmRow) -> PricedMachine:
        gpu, count = None, 0
        if row.accelerator:
            gpu, count = self._gpu(row, row.instance_type), int(row.accelerators)
        elif row.accelerators or unsaid().always_accelerated(self._provider, row.instance_type):
            known = self._accelerators.shape(self._provider, row.instance_type)
            if known is None:
                raise Doubt("accelerator-not-named", "machines of this family have one, and the row names none")
            gpu, count = self._accelerators.gpus[known[0]], known[1]
        return PricedMachine(row, row.instance_type, gpu, count, row.vcpu, row.ram_gib, row.price, row.spot)

    def _joined(self, host: VmRow, part: VmRow, instance_type: str) -> PricedMachine:
        """The host's price and the accelerators'; unknown where one of them is."""
        gpu = self._gpu(part, instance_type)
        price = host.price + part.price if host.price and part.price else None
        spot = host.spot + part.spot if host.spot and part.spot else None
        if price is None and spot is None:
            raise Doubt("no-price", "the host or its accelerator has a price of 0, which means unknown")
        return PricedMachine(host, instance_type, gpu, int(part.accelerators), host.vcpu, host.ram_gib, price, spot)

    def _gpu(self, row: VmRow, instance_type: str) -> Gpu:
        if row.accelerators <= 0:
            raise Doubt("accelerator-not-counted", f"gives no number of {row.accelerator}")
        if row.accelerators != int(row.accelerators):
            raise Doubt(
                "fraction-of-a-gpu", f"sells {row.accelerators:g} of a {row.accelerator}; plans are made of whole GPUs"
            )
        note = gpu_note(row.info) if row.info else GpuNote()
        found = self._accelerators.found(
            Machine(self._provider, instance_type, row.accelerator, int(row.accelerators), note)
        )
        if isinstance(found, str):
            raise Doubt("no-such-accelerator", found)
        return found

    def _refuse_homeless(
        self, found: Sequence[PricedMachine], attachable: dict[tuple[str, float, Place], VmRow]
    ) -> None:
        """Accelerators that no believed machine of their zone carries are on the list too."""
        told = unsaid()
        hosts = {(machine.instance_type, (machine.row.region, machine.row.zone)) for machine in found}
        for (name, count, place), part in attachable.items():
            built_in = (host for host, n in told.hosts.get(self._provider, {}).get(name, {}).items() if n == count)
            sizes = told.attached.get(self._provider, {}).get(name, {}).get(int(count), ())
            carriers = (*built_in, *(f"{size}+{count:g}x{name}" for size in sizes))
            if not any((carrier, place) in hosts for carrier in carriers):
                self.refuse(part, Doubt("no-host", "no machine with a price carries it in that zone"))
