"""The commands, as a person and a timer call them."""

import json
import os
import pty
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from shopdb.config import Settings
from shopdb.exceptions import PassphraseRefusedError
from shopdb.keeping import passphrases, record
from shopdb.keeping.restore import restore
from shopdb.store.dump import verify
from tests.cli.conftest import Command, called
from tests.keeping.conftest import EmptySite
from tests.keeping.test_upgrade import GAUGES, SECOND
from tests.plugins_on_disk import write_plugin
from tests.sites import environment

PASSPHRASE = "correct horse battery staple"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shopdb(site: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command `shopdb` on ``site``."""
    return on(site, monkeypatch)


def on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command `shopdb` on another site."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return called


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with a passphrase."""
    path = tmp_path / "key"
    path.write_text(f"{PASSPHRASE}\nand a note\n")
    return path


def test_a_site_moves_to_another_database_by_three_commands(
    shopdb: Command, target: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "move.zip"
    made = shopdb("backup", "--to", str(path))
    assert (made.exit_code, made.stderr) == (0, "")
    assert made.stdout.startswith(f"{path} is whole: ")
    there = on(target, monkeypatch)
    asked = there("restore", str(path))
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "say --yes" in asked.stderr
    back = there("restore", str(path), "--yes")
    assert (back.exit_code, back.stderr) == (0, "")
    rows = verify(path).rows
    assert f"{rows:,} rows of " in back.stdout
    assert "each was compared" in back.stdout
    assert back.stdout.endswith(f"{target.database_label} is at this version.\n")
    assert there("db", "check").exit_code == 0
    again = there("restore", str(path), "--yes")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "holds the tables" in again.stderr


def test_backup_tells_programs_all_of_it(shopdb: Command, site: Settings) -> None:
    answer = shopdb("backup", "--json")
    told = json.loads(answer.stdout)
    path = Path(told["path"])
    assert path.parent == site.home / "backups"
    assert told["size"] == path.stat().st_size
    assert told["tables"]["name_locks"] == 256
    assert told["rows"] == sum(told["tables"].values())
    assert (told["encrypted"], told["removed"]) == (False, [])
    noted = record.last(site.home, "backup")
    assert noted is not None
    assert noted.sha256 == told["sha256"]


def test_a_drill_shows_counts_and_digests(shopdb: Command, site: Settings) -> None:
    missing = shopdb("restore", "--drill")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "There is no backup of this site" in missing.stderr
    path = json.loads(shopdb("backup", "--json").stdout)["path"]
    shown = shopdb("restore", "--drill")
    assert (shown.exit_code, shown.stderr) == (0, "")
    digest = next(one.sha256 for one in verify(Path(path)).tables if one.shape.name == "name_locks")
    assert ["name_locks", "256", digest[:16]] in [line.split() for line in shown.stdout.splitlines()]
    assert f"{path} can be brought back: it was, into a scratch database" in shown.stdout
    told = json.loads(shopdb("restore", "--drill", path, "--json").stdout)
    assert told["tables"]["name_locks"] == {"rows": 256, "sha256": digest}
    assert told["steps"] == []
    noted = record.last(site.home, "drill")
    assert noted is not None
    assert str(noted.path) == path


def test_restore_wants_a_file(shopdb: Command) -> None:
    answer = shopdb("restore")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "--drill" in answer.stderr


def test_a_backup_in_a_folder_is_encrypted_with_a_key_file_and_comes_back_with_it(
    shopdb: Command, empty_site: EmptySite, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nas").mkdir()
    made = shopdb("backup", "--to", str(tmp_path / "nas"), "--key-file", str(key_file))
    assert (made.exit_code, made.stderr) == (0, "")
    (path,) = (tmp_path / "nas").iterdir()
    assert f"{path} is whole, encrypted: " in made.stdout
    there = on(empty_site("sqlite"), monkeypatch)
    without = there("restore", str(path), "--yes")
    assert (without.exit_code, without.stdout) == (1, "")
    assert "is encrypted, and no passphrase was given" in without.stderr
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase")
    other = there("restore", str(path), "--yes", "--key-file", str(wrong))
    assert (other.exit_code, other.stdout) == (1, "")
    assert "another passphrase than the one given" in other.stderr
    assert "another passphrase\n" not in other.stderr
    back = there("restore", str(path), "--yes", "--json", "--key-file", str(key_file))
    assert back.exit_code == 0
    assert json.loads(back.stdout)["rows"] == verify(path, PASSPHRASE).rows


def test_a_timer_encrypts_with_what_the_home_keeps(shopdb: Command, site: Settings) -> None:
    refused = shopdb("backup", "--encrypt")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--key-file" in refused.stderr
    passphrases.keep(site.home, PASSPHRASE)
    told = json.loads(shopdb("backup", "--encrypt", "--json").stdout)
    assert told["encrypted"] is True
    assert told["path"].endswith(".zip.sealed")
    assert shopdb("restore", "--drill").exit_code == 0


def test_systemd_can_provide_the_passphrase(shopdb: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / passphrases.KEPT_AS).write_text(f"{PASSPHRASE}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = json.loads(shopdb("backup", "--encrypt", "--json").stdout)["path"]
    assert verify(Path(path), PASSPHRASE).rows


@pytest.mark.parametrize("content", [b"short", b"", b"\nsecond line only, and long enough", b"\xff" * 20, b"x" * 5000])
def test_a_key_file_that_holds_no_passphrase_is_refused(
    shopdb: Command, site: Settings, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    answer = shopdb("backup", "--key-file", str(path))
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert f"The passphrase in {path} cannot be used" in answer.stderr
    assert not (site.home / "backups").exists()
    with pytest.raises(PassphraseRefusedError):
        passphrases.from_file(path)


def test_an_old_site_is_tried_and_upgraded(
    settings: Settings, old_backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(settings, old_backup)
    shopdb = on(settings, monkeypatch)
    tried = shopdb("upgrade", "--preflight")
    assert (tried.exit_code, tried.stderr) == (0, "")
    assert "0002_plugin_life" in tried.stdout
    assert "can be upgraded; nothing of it was changed" in tried.stdout
    assert json.loads(shopdb("upgrade", "--preflight", "--json").stdout)["problems"] == []
    done = shopdb("upgrade")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "is whole: " in done.stdout
    assert done.stdout.endswith(f"{settings.database_label} is at this version.\n")
    assert json.loads(shopdb("upgrade", "--json").stdout) == {"backup": None, "preflight": None, "steps": []}
    assert "The site is at this version" in shopdb("upgrade", "--preflight").stdout


def test_an_upgrade_that_would_not_go_well_exits_1_and_says_why(
    site: Settings, shopdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plugin(site.plugin_dirs[0], manifest=GAUGES)
    assert shopdb("init", "--plugins", "gauges").exit_code == 0
    write_plugin(
        site.plugin_dirs[0],
        manifest={**GAUGES, "version": "2.0.0"},
        files={"migrations/versions/0002_gauges.py": dedent(SECOND).format(more='raise ValueError("not today")')},
    )
    for arguments in (("--preflight",), ()):
        answer = shopdb("upgrade", *arguments)
        assert answer.exit_code == 1
        assert "so nothing of the site was changed" in answer.stderr
        assert "the migration of gauges to 0002_gauges fails: not today" in answer.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_a_person_is_asked_for_the_passphrase_once_and_sees_how_far_it_is(site: Settings) -> None:
    asked = {b"Passphrase: ": PASSPHRASE, b"confirmation: ": PASSPHRASE}
    first = at_terminal(site, ["backup", "--encrypt"], asked)
    assert asked == {}
    assert "write it down" in first
    assert PASSPHRASE not in first
    assert "writing rows" in first
    assert "reading them back" in first
    assert "is whole, encrypted" in first
    kept = site.home / "credentials" / passphrases.KEPT_AS
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    second = at_terminal(site, ["backup", "--encrypt"], {})
    assert "assphrase" not in second
    assert "is whole, encrypted" in second


def at_terminal(settings: Settings, arguments: list[str], answers: dict[bytes, str]) -> str:
    """Return what a person sees who runs the command in a terminal and answers its questions, each once."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "shopdb", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment(settings), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # Linux's way of saying that the other end is closed
        while part := os.read(ours, 4096):
            seen += part
            for question in [one for one in answers if seen.endswith(one)]:
                os.write(ours, answers.pop(question).encode() + b"\n")
    os.close(ours)
    assert process.wait(60) == 0, seen
    return seen.decode()
