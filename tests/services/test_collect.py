"""Merging what collectors say with what is there: lists, typed values, late and repeated pushes."""

import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.domain.access import SYSTEM
from shopdb.exceptions import PushRepeatedError
from shopdb.services import records as record_service
from shopdb.services.undo import undo
from shopdb.store.models import Batch, HeldItem, Model, Push, Vendor
from tests.services.pushes import SEEN, Pusher, addresses, contents, count, moment, record

PC: dict[str, Any] = {
    "hostname": "WS-1",
    "serial_number": "5CG8841K",
    "manufacturer": "Northfield",
    "model": "Tower 400",
    "os_name": "Debian GNU/Linux",
    "macs": ["3c:52:82:10:20:30"],
    "ips": [{"ip": "10.20.1.15", "mac": "3c:52:82:10:20:30", "interface": "eth0"}],
    "disks": [{"name": "sda", "mount_point": "/", "size_mb": 1000, "free_mb": 500}],
    "software": [{"name": "bash", "version": "5.2"}, {"name": "vim", "version": "9.1", "publisher": "Vim project"}],
    "source": "test 1.0",
}


@pytest.fixture
def push(shop: Shop) -> Pusher:
    return Pusher(shop)


def software(shop: Shop, *, installed: bool = True) -> set[str]:
    tables = shop.schema.tables
    one, version, application = (tables[n] for n in ("installed_software", "application_versions", "applications"))
    joined = one.join(version, version.c.id == one.c.application_version_id)
    joined = joined.join(application, application.c.id == version.c.application_id)
    gone = one.c.removed_at.is_(None) if installed else one.c.removed_at.is_not(None)
    with shop.engine.connect() as connection:
        rows = connection.execute(select(application.c.name, version.c.number).select_from(joined).where(gone))
        return {f"{row.name} {row.number}" for row in rows}


# --- the same again -------------------------------------------------------------------------------------


def test_the_same_push_again_changes_nothing_but_when_it_was_seen(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    before = contents(shop, SEEN | {"observed_at"})
    again = push(PC)
    assert (again.outcome, again.id) == ("unchanged", first.id)
    assert contents(shop, SEEN | {"observed_at"}) == before


def test_the_same_facts_at_another_moment_change_nothing_but_when_they_were_seen(shop: Shop, push: Pusher) -> None:
    first = push(PC, observed_at=moment(6))
    moving = SEEN | {"observed_at", "body_digest"}
    before = contents(shop, moving)
    assert push(PC, observed_at=moment(7)).outcome == "unchanged"
    assert contents(shop, moving) == before
    assert str(record(shop, "computers", first.id)["last_seen"]) == "2026-01-31 07:00:00+00:00"


def test_the_order_within_lists_says_nothing(shop: Shop, push: Pusher) -> None:
    push(PC)
    before = contents(shop, SEEN | {"observed_at", "body_digest"})
    assert push(PC, software=PC["software"][::-1]).outcome == "unchanged"
    assert contents(shop, SEEN | {"observed_at", "body_digest"}) == before


def test_a_push_with_the_key_of_another_is_given_up(shop: Shop, push: Pusher) -> None:
    push(PC, key="k1")
    before = contents(shop)
    with pytest.raises(PushRepeatedError):
        push(PC, key="k1", os_name="Windows")
    assert contents(shop) == before


# --- late, partial, empty -------------------------------------------------------------------------------


def test_a_late_push_changes_nothing_at_all(shop: Shop, push: Pusher) -> None:
    push(PC, observed_at=moment(7), os_name="Windows 11")
    before = contents(shop)
    late = push(PC, observed_at=moment(6), os_name="Windows 10", software=[])
    assert late.outcome == "unchanged"
    assert late.reasons == ("older than what was observed at 2026-01-31 07:00:00 UTC",)
    after = contents(shop)
    assert {name for name in before if before[name] != after[name]} <= {"pushes"}


def test_a_late_push_of_another_program_says_only_what_nobody_said_later(shop: Shop, push: Pusher) -> None:
    first = push(PC, observed_at=moment(7))
    late = {"hostname": "WS-1", "serial_number": "5CG8841K", "cpu": "Sixcore", "os_name": "Windows", "software": []}
    assert push(late, observed_at=moment(6), source="other").outcome == "updated"
    values = record(shop, "computers", first.id)
    assert (values["cpu"], values["os_name"]) == ("Sixcore", "Debian GNU/Linux")
    assert software(shop) == {"bash 5.2", "vim 9.1"}


@pytest.mark.parametrize("told", ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "yesterday", "", None])
def test_a_moment_that_cannot_be_is_taken_as_now(shop: Shop, push: Pusher, told: str | None) -> None:
    first = push(PC, observed_at=told)
    assert first.outcome == "created"
    assert push(PC, os_name="Windows").outcome == "updated"


def test_a_partial_push_never_creates(shop: Shop, push: Pusher) -> None:
    answer = push(PC, partial=True)
    assert (answer.outcome, answer.reasons) == ("held", ("a partial push never creates; send a full one first",))
    assert count(shop, "computers") == 0
    assert push(PC).outcome == "created"


def test_what_is_absent_is_untouched_and_what_is_empty_is_removed(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    small = {"hostname": "WS-1", "serial_number": "5CG8841K", "source": "test 1.0"}
    assert push(small, os_name="Debian GNU/Linux 13").id == first.id
    assert (software(shop), addresses(shop, first.id)) == (
        {"bash 5.2", "vim 9.1"},
        [("10.20.1.15", "3c:52:82:10:20:30")],
    )
    assert push(small, software=[], ips=[]).outcome == "updated"
    assert (software(shop), addresses(shop, first.id)) == (set(), [])
    assert software(shop, installed=False) == {"bash 5.2", "vim 9.1"}, "removed, not forgotten"
    assert record(shop, "computers", first.id)["os_name"] == "Debian GNU/Linux 13"


def test_software_that_comes_back_is_the_same_row_again(shop: Shop, push: Pusher) -> None:
    push(PC)
    push(PC, software=PC["software"][:1])
    assert software(shop, installed=False) == {"vim 9.1"}
    assert push(PC).outcome == "updated"
    assert software(shop) == {"bash 5.2", "vim 9.1"}
    assert count(shop, "installed_software") == 2


def test_a_blank_value_clears_nothing(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    push(PC, os_name="", model=None, cpu="Sixcore")
    values = record(shop, "computers", first.id)
    assert (values["os_name"], values["model"].label) == ("Debian GNU/Linux", "Tower 400")


def test_two_like_monitors_without_a_serial_number_are_two(shop: Shop, push: Pusher) -> None:
    push(PC, monitors=[{"model": "P2419H"}, {"model": "P2419H"}])
    assert count(shop, "computer_monitors") == 2
    assert push(PC, monitors=[{"model": "P2419H"}, {"model": "P2419H"}], cpu="x").outcome == "updated"
    assert count(shop, "computer_monitors") == 2
    push(PC, monitors=[{"model": "P2419H"}])
    assert count(shop, "computer_monitors") == 1


# --- what people typed ----------------------------------------------------------------------------------


def test_what_a_person_typed_stays_and_what_was_seen_is_kept_beside_it(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    assert first.id is not None
    typed = {"name": "Cell 4", "serial_number": "TYPED-1"}
    computers = shop.catalog["computers"]
    shop.write(SYSTEM, lambda session: record_service.change(session, computers, first.id or 0, typed))
    push(PC, os_name="Windows 11")
    values = record(shop, "computers", first.id)
    assert (values["name"], values["serial_number"], values["os_name"]) == ("Cell 4", "TYPED-1", "Windows 11")
    with shop.engine.connect() as connection:
        said = connection.scalars(select(shop.schema.tables["observations"].c.observed_values)).one()
    assert (said["name"], said["serial_number"]) == ("WS-1", "5CG8841K")


def test_two_programs_that_see_it_differently_do_not_take_turns(shop: Shop, push: Pusher) -> None:
    first = push(PC, source="one", chassis_type="Desktop")
    push(PC, source="two", chassis_type="Tower")
    assert record(shop, "computers", first.id)["chassis_type"] == "Tower"
    push(PC, source="one", chassis_type="Desktop", cpu="Sixcore")
    assert record(shop, "computers", first.id)["chassis_type"] == "Tower"
    push(PC, source="one", chassis_type="Laptop", cpu="Sixcore")
    assert record(shop, "computers", first.id)["chassis_type"] == "Laptop", "this is news"


def test_a_maker_and_a_model_are_added_once(shop: Shop, push: Pusher) -> None:
    push(PC)
    push({"hostname": "WS-2", "serial_number": "5CG0000L", "manufacturer": "NORTHFIELD", "model": "tower 400"})
    with shop.reading() as session:
        assert session.scalars(select(Vendor.name)).all() == ["Northfield"]
        assert session.scalars(select(Model.name)).all() == ["Tower 400"]


def test_a_link_to_what_nobody_typed_is_told_and_left_out(shop: Shop) -> None:
    answer = Pusher(shop, "printers")({"name": "PRN-1", "serial_number": "PHX0192TG", "location": "Bay 99"})
    assert answer.outcome == "created"
    assert "location 'Bay 99' is not known; add it under locations first" in answer.reasons


# --- what is kept of it ---------------------------------------------------------------------------------


def test_a_push_that_does_not_fit_is_kept_whole_with_each_reason(shop: Shop, push: Pusher) -> None:
    answer = push({"hostname": 5, "memory_mb": "much", "colour": "red"})
    assert answer.outcome == "refused"
    assert any(reason.startswith("hostname: ") for reason in answer.reasons)
    assert any(reason.startswith("memory_mb: ") for reason in answer.reasons)
    with shop.reading() as session:
        item = session.scalars(select(HeldItem)).one()
    assert (item.id, item.reason, item.resolution) == (answer.held_id, "it does not fit the schema", None)
    assert push({"hostname": 5, "memory_mb": "much", "colour": "red"}).held_id == answer.held_id, "asked once"
    assert count(shop, "held_items") == 1


@pytest.mark.parametrize("payload", [None, 5, "text", [], {}, {"hostname": ""}, {"hostname": None}])
def test_what_is_no_payload_at_all_is_refused(push: Pusher, payload: Any) -> None:
    assert push(payload).outcome == "refused"


def test_the_history_and_the_push_point_at_one_another(shop: Shop, push: Pusher) -> None:
    first = push(PC)
    with shop.reading() as session:
        kept = session.scalars(select(Push)).one()
        batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
    assert batch is not None
    assert (kept.batch_id, kept.record_id, kept.outcome, kept.token_id) == (batch.id, first.id, "created", 7)
    assert (batch.door, batch.actor) == ("collector", "pcs")


def test_a_push_that_was_undone_leaves_nothing_and_can_come_again(shop: Shop, push: Pusher) -> None:
    kept = {"batches", "changes", "pushes", "applications", "application_versions", "search_entries", "name_locks"}
    before = contents(shop)
    push(PC)
    with shop.reading() as session:
        batch_id = session.scalars(select(Batch.id).order_by(Batch.id.desc())).first()
    assert batch_id is not None
    report = shop.write(SYSTEM, lambda session: undo(session, batch_id))
    assert report.skipped == []
    after = contents(shop)
    assert {name for name in before if after[name] != before[name]} <= kept
    assert push(PC).outcome == "created"


# --- hostile --------------------------------------------------------------------------------------------

HOSTILE = (
    "[/foo]",
    "[@click=app.quit]x",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eevil\u2066",
    "\U0001f600" * 40,
    "x" * 10_000,
    "a\u0301" * 30,
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE assets; --",
    "${jndi:ldap://x}",
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_name_goes_in_as_text_and_comes_out_as_the_same_text(shop: Shop, push: Pusher, text: str) -> None:
    answer = push({"hostname": text, "serial_number": "5CG8841K", "model": text, "manufacturer": text,
                   "software": [{"name": text, "version": text}], "disks": [{"name": text}], "source": text,
                   "ips": [{"ip": text}], "uuid": text, "macs": [text], "machine_numbers": [text]})  # fmt: skip
    assert answer.outcome == "created", answer
    values = record(shop, "computers", answer.id)
    kept = unicodedata.normalize("NFC", text[:160])
    assert (values["name"], values["model"].label) == (kept, kept)
    assert len(software(shop)) == 1
    assert push({"hostname": text, "serial_number": "5CG8841K"}, cpu="x").id == answer.id


@pytest.mark.parametrize("text", ["a\0b", "a" + "\u0301" * 100], ids=ascii)
def test_what_no_text_may_hold_is_left_out_and_told(shop: Shop, push: Pusher, text: str) -> None:
    answer = push(PC, model=text, cpu=text, software=[{"name": text}, {"name": "bash"}], disks=[{"name": text}])
    assert answer.outcome == "created"
    told = " ".join(answer.reasons)
    assert all(member in told for member in ("model", "cpu", "software", "disks"))
    assert software(shop) == {"bash None"}
