"""Machines that are joined with k3s: reached from outside, and with room for the volumes that lie on their disks."""

import pytest

from artifacts.k3s import join_machines, rent_machines, with_disk_told
from domain.plan import Step
from tests.artifacts.sample_plan import offer, option

CLAIM = """kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  storageClassName: local-path
  resources:
    requests:
      storage: {size}
EOF"""


def test_the_api_s_certificate_is_for_the_address_that_it_is_reached_under() -> None:
    rented = join_machines(option(offer=offer("hyperstack")), None).commands[0]
    assert '--tls-san "${PUBLIC_ADDRESS:?' in rented
    assert '--node-external-ip "${PUBLIC_ADDRESS:?' in rented


@pytest.mark.parametrize(("size", "told"), [("100Gi", "108 GB together"), ("2204G", "2,204 GB together")])
def test_who_rents_machines_is_told_what_their_disks_have_to_hold(size: str, told: str) -> None:
    joined = join_machines(option(offer=offer("hyperstack")), None)
    found = with_disk_told((joined, Step(order=2, title="Room", detail="", commands=(CLAIM.format(size=size),))))
    assert told in found[0].detail
    assert with_disk_told((joined,)) == (joined,)
    rented = rent_machines(option(offer=offer("hyperstack")), None)
    [larger] = with_disk_told((rented, joined, found[1]))[0].commands
    assert larger.startswith('disk="${DATA_DISK:-}"; [ -z "$disk" ] ||')
    assert 'mount "$disk" /var/lib/rancher' in larger
