import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.computers.models import ComputerDisk
from shopdb.api import Asset, NetworkAddress, Ref
from shopdb.boot import Shop
from shopdb.services import collect, records
from shopdb.services.collect import Answer, Intake, Sent
from shopdb.store import records as stored

Run = Callable[[Callable[[Session], Any]], Any]
PC = {"hostname": "WS-CELL4", "serial_number": "5CG1234X"}


@pytest.fixture
def push(shop: Shop, write: Run) -> Callable[..., Answer]:
    """Return what pushes the members given, with the PC's name and serial number, and returns the answer."""
    intake = Intake(shop.plugins.collector_schemas["computers"])

    def run(**members: Any) -> Answer:
        payload = {**PC, **members}
        sent = Sent(hashlib.sha256(orjson.dumps(payload)).digest())
        answer: Answer = write(lambda session: collect.receive(session, intake, payload, sent))
        return answer

    return run


def test_what_a_person_said_of_an_address_stays_when_a_push_says_nothing_of_it(
    shop: Shop, push: Callable[..., Answer], write: Run, read: Run
) -> None:
    addresses = shop.catalog["network_addresses"]
    push(ips=[{"ip": "192.168.50.2", "interface": "eth1"}])
    address_id = read(lambda session: session.scalars(select(NetworkAddress.id)).one())
    write(lambda session: records.change(session, addresses, address_id, {"is_machine_network": True}))
    push(ips=[{"ip": "192.168.50.2", "interface": "enp3s0"}])
    found = read(lambda session: session.scalars(select(NetworkAddress)).one())
    assert (found.id, found.interface, found.is_machine_network) == (address_id, "enp3s0", True)


def test_a_disk_that_is_no_longer_listed_goes_and_free_space_is_not_history(
    push: Callable[..., Answer], read: Run
) -> None:
    volumes = [{"name": "C:", "size_mb": 1000, "free_mb": 500}, {"name": "D:", "size_mb": 2000}]
    first = push(disks=volumes)
    fuller = push(disks=[{**volumes[0], "free_mb": 400}, volumes[1]])
    assert (fuller.outcome, fuller.id) == ("unchanged", first.id)
    assert push(disks=volumes[:1]).outcome == "updated"
    (disk,) = read(lambda session: session.scalars(select(ComputerDisk)).all())
    assert (disk.name, disk.size_mb, disk.free_mb) == ("C:", 1000, 500)


def test_the_machines_that_a_pc_says_it_drives_are_related_beside_those_a_person_named(
    shop: Shop, push: Callable[..., Answer], write: Run, read: Run
) -> None:
    computers = shop.catalog["computers"]
    machines = write(
        lambda session: [
            records.create(session, shop.catalog["equipment"], {"asset_number": number, "name": number}).id
            for number in ("M-104", "M-105")
        ]
    )
    computer_id = push().id
    assert computer_id is not None
    write(lambda session: records.change(session, computers, computer_id, {"drives": (Ref(machines[0]),)}))
    answer = push(machine_numbers=["m-105", "M-999"])
    assert [reason for reason in answer.reasons if "M-999" in reason]
    driven = read(lambda session: stored.get(session, computers, computer_id).values["drives"])
    assert [ref.label for ref in driven] == ["M-104", "M-105"]
    by = read(lambda session: stored.get(session, shop.catalog["equipment"], machines[1]).values["driven_by"])
    assert [ref.label for ref in by] == ["WS-CELL4"]


def test_what_only_the_machine_knows_is_the_collectors_and_names_are_a_persons(
    shop: Shop, push: Callable[..., Answer], write: Run, read: Run
) -> None:
    computers = shop.catalog["computers"]
    computer_id = push(os_name="Windows 10", last_user="ana").id
    assert computer_id is not None
    typed = {"name": "Cell 4", "os_name": "Windows 11"}
    write(lambda session: records.change(session, computers, computer_id, typed))
    push(os_name="Windows 10", last_user="bob")
    asset = read(lambda session: session.get(Asset, computer_id))
    values = read(lambda session: stored.get(session, computers, computer_id).values)
    assert asset.name == "Cell 4"
    assert (values["os_name"], values["last_user"]) == ("Windows 10", "bob")
