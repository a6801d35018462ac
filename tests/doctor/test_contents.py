import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from shopdb.boot import Shop
from shopdb.config import Settings
from shopdb.doctor import contents
from shopdb.doctor.finding import Finding
from shopdb.domain.access import SYSTEM
from shopdb.keeping import passphrases, record
from shopdb.lifecycle.states import plugin_states
from shopdb.services import accounts
from shopdb.store import chain, journal
from shopdb.store.base import utc_now
from shopdb.store.models import ApiToken, InstalledPlugin, Observation
from shopdb.store.schema import table_of
from tests.cli.conftest import called
from tests.doctor.conftest import Doctor
from tests.plugins_on_disk import write_plugin
from tests.server.callers import make_token
from tests.services.pushes import Pusher

PC = {"hostname": "WS-1", "serial_number": "5CG8841K"}
DAY = timedelta(days=1)


def run(shop: Shop, statement: str) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text(statement))


# --- migrations and plugins -----------------------------------------------------------------------------


def test_an_owner_whose_tables_are_of_another_version_is_named(doctor: Doctor, shop: Shop) -> None:
    run(shop, "UPDATE alembic_version_usb SET version_num = 'older'")
    report = doctor()
    assert report.state("migrations") == "fault"
    assert report.told("migrations").startswith("usb is at older, wanted ")
    assert report.state("database") == "ok"
    assert report.state("change_log") == "ok"


def test_a_plugin_that_is_left_out_is_a_fault_with_its_reason(doctor: Doctor, shop: Shop, tmp_path: Path) -> None:
    folder = write_plugin(tmp_path / "more", "gauges")
    (folder / "plugin.py").write_text("raise RuntimeError('no luck')\n")
    row = {"name": "gauges", "plugin_version": "1.0.0", "enabled": True, "installed_at": utc_now()}
    with shop.engine.begin() as connection:
        connection.execute(table_of(InstalledPlugin).insert().values(row))
    report = doctor(SHOPDB_PLUGIN_DIRS=str(tmp_path / "more"), SHOPDB_DISABLE_PLUGINS="usb")
    assert report.state("plugins") == "fault"
    assert report.told("plugins").startswith("gauges is left out: P030")
    assert "usb" not in report.found["plugins"]["fix"]


def test_a_plugin_that_failed_in_another_program_is_a_warning(doctor: Doctor, shop: Shop) -> None:
    journal.note_fault(shop.engine, plugin="usb", content_digest=None, program="server", problem="no", stopped=True)
    report = doctor()
    assert report.state("plugins") == "warning"
    assert report.told("plugins").startswith(f"usb failed in the server of {journal.this_host()}: no")


def test_files_that_were_not_installed_are_a_warning(doctor: Doctor, shop: Shop) -> None:
    assert doctor().state("plugin_files") == "ok"
    plugins = table_of(InstalledPlugin)
    with shop.engine.begin() as connection:
        connection.execute(update(plugins).where(plugins.c.name == "usb").values(content_digest=bytes(32)))
    report = doctor()
    assert report.state("plugin_files") == "warning"
    assert report.told("plugin_files") == "usb: its files changed since it was installed."


def test_the_files_of_a_plugin_of_the_site_are_named_and_can_be_brought_back(shop: Shop) -> None:
    (usb,) = (one for one in plugin_states(shop) if one.name == "usb")
    changed = replace(usb, bundled=False, changed=tuple(f"file{number}.py" for number in range(7)))
    found = contents.plugin_files([changed])
    assert found.told == (
        "usb: file0.py, file1.py, file2.py, file3.py, file4.py and 2 more changed since it was installed."
    )
    assert "`shopdb plugin repair usb`" in found.fix


def test_what_stopped_in_the_middle_is_a_fault(doctor: Doctor, shop: Shop) -> None:
    journal.begin_operation(shop.engine, verb="upgrade", plugin="usb", actor="ada", facts={})
    report = doctor()
    assert report.state("plugin_operations") == "fault"
    assert report.told("plugin_operations").startswith("The upgrade of usb, begun ")
    assert "`shopdb plugin recover`" in report.found["plugin_operations"]["fix"]


# --- the change log -------------------------------------------------------------------------------------


def test_a_log_that_was_changed_past_the_program_is_a_fault(doctor: Doctor, shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "viewer", "correct horse battery"))
    shop.write(SYSTEM, chain.seal)
    whole = doctor()
    assert whole.state("change_log") == "ok"
    with shop.engine.connect() as connection:
        seal, head = connection.execute(text("SELECT seal, chain_hash FROM chain_heads")).one()
    assert whole.told("change_log") == f"{seal} batches are sealed and whole; the head is {head.hex()[:40]}."
    run(shop, "UPDATE changes SET action = 'nothing' WHERE id = (SELECT MAX(id) FROM (SELECT id FROM changes) ids)")
    broken = doctor()
    assert broken.state("change_log") == "fault"
    assert broken.told("change_log").startswith(f"Batch {seal} of the chain is not what was sealed")
    assert broken.answer.exit_code == 1


def test_what_nobody_seals_is_a_hint(shop: Shop) -> None:
    shop.write(SYSTEM, lambda session: accounts.add_user(session, "Ada", "viewer", "correct horse battery"))
    assert contents.change_log(shop.engine, utc_now()).state == "ok"
    late = contents.change_log(shop.engine, utc_now() + timedelta(hours=2))
    assert (late.state, "is not sealed yet" in late.told) == ("hint", True)


# --- collectors -----------------------------------------------------------------------------------------


def test_collectors_that_push_are_well_and_those_that_went_silent_a_warning(doctor: Doctor, shop: Shop) -> None:
    assert doctor().told("collectors") == "No collector has a token, and none has pushed."
    Pusher(shop)(PC)
    assert doctor().told("collectors") == "computers: 1 assets, last push just now."
    with shop.engine.begin() as connection:
        connection.execute(update(table_of(Observation)).values(received_at=utc_now() - 8 * DAY))
    report = doctor()
    assert report.state("collectors") == "warning"
    assert report.told("collectors").startswith("Nothing was pushed for computers (1 assets) since ")


def test_tokens_that_push_no_more_are_named(doctor: Doctor, shop: Shop) -> None:
    make_token(shop, "collector:computers")
    make_token(shop, "read")
    assert doctor().state("collectors") == "hint"
    tokens = table_of(ApiToken)
    with shop.engine.begin() as connection:
        connection.execute(update(tokens).values(last_used=utc_now() - 9 * DAY))
        (name,) = [row.name for row in connection.execute(tokens.select()) if row.scopes == ["collector:computers"]]
    report = doctor()
    assert (report.state("collectors"), report.told("collectors")) == (
        "warning",
        f"Tokens that push no more: {name} (9 days ago).",
    )
    with shop.engine.begin() as connection:
        connection.execute(update(tokens).values(enabled=False))
    assert doctor().state("collectors") == "ok"


# --- backups --------------------------------------------------------------------------------------------


def test_a_backup_and_its_drill_are_known(doctor: Doctor) -> None:
    before = doctor()
    assert (before.state("backup"), before.state("restore_drill")) == ("hint", "hint")
    made = json.loads(called("backup", "--json").stdout)
    assert called("restore", "--drill").exit_code == 0
    after = doctor()
    assert (after.state("backup"), after.state("restore_drill")) == ("ok", "ok")
    assert after.told("backup") == f"The last backup was made just now: {made['path']}."
    Path(made["path"]).unlink()
    gone = doctor()
    assert gone.state("backup") == "warning"
    assert "is no longer at" in gone.told("backup")


@pytest.fixture
def noted(tmp_path: Path) -> record.Noted:
    file = tmp_path / "backup.zip"
    file.touch()
    return record.Noted(at=utc_now(), path=file, size=0, sha256="", rows=12, encrypted=False, seconds=1.0)


@pytest.mark.parametrize(
    ("days", "backup", "drill"),
    [(1, "ok", "ok"), (3, "warning", "ok"), (99, "warning", "ok"), (101, "warning", "warning")],
)
def test_an_old_backup_and_an_old_drill_are_warnings(noted: record.Noted, days: int, backup: str, drill: str) -> None:
    now = noted.at + days * DAY
    assert contents.backup(noted, now, relied_on=True).state == backup
    assert contents.restore_drill(noted, now, relied_on=True).state == drill


def test_an_encrypted_backup_that_nobody_here_reads_is_a_hint(doctor: Doctor, site: Settings, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("correct horse battery staple")
    doctor()
    assert called("backup", "--key-file", str(key)).exit_code == 0
    report = doctor()
    assert report.state("backup") == "hint"
    assert report.told("backup").endswith("nobody here has a passphrase for it, and none like it was ever proved.")
    assert called("restore", "--drill", "--key-file", str(key)).exit_code == 0
    assert doctor().state("backup") == "ok"
    (site.home / record.FILE).unlink()
    assert called("backup", "--key-file", str(key)).exit_code == 0
    assert doctor().state("backup") == "hint"
    passphrases.keep(site.home, "correct horse battery staple")
    assert doctor().state("backup") == "ok"


def test_a_production_site_without_a_backup_is_faulty() -> None:
    assert contents.backup(None, utc_now(), relied_on=True).state == "fault"
    assert contents.restore_drill(None, utc_now(), relied_on=True).state == "warning"


def test_a_record_that_nobody_can_read_is_none(site: Settings, doctor: Doctor) -> None:
    site.home.mkdir(exist_ok=True)
    (site.home / record.FILE).write_text("{")
    found: Finding = contents.backup(record.last(site.home, "backup"), utc_now(), relied_on=False)
    assert found.state == doctor().state("backup") == "hint"
