import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from shopdb.collect.spool import MOST_SET_ASIDE, Spool, SpooledPush
from shopdb.exceptions import CollectorBusyError, SpoolError


def put(spool: Spool, body: bytes, *, subject: str = "agent-1", full: bool = False) -> SpooledPush:
    return spool.add(body, plugin="computers", subject=subject, full=full)


def bodies(spool: Spool) -> list[bytes]:
    return [push.body for push in spool.waiting()]


def test_pushes_wait_oldest_first_and_survive_the_process(spool: Spool) -> None:
    first, second = put(spool, b"1"), put(spool, b"2")

    reopened = list(Spool(spool.folder).waiting())

    assert reopened == [first, second]
    assert first.label.key != second.label.key


def test_the_order_holds_beyond_nine_and_after_the_oldest_is_done(spool: Spool) -> None:
    pushes = [put(spool, b"%d" % number) for number in range(11)]
    spool.done(pushes[0])
    put(spool, b"last")

    assert bodies(spool) == [*(b"%d" % number for number in range(1, 11)), b"last"]


def test_a_body_of_any_bytes_comes_back_as_it_was(spool: Spool) -> None:
    body = b'\n{"a": 1}\r\n\x00\xff\n'
    put(spool, body)

    assert bodies(spool) == [body]


def test_a_newer_full_push_takes_the_place_of_an_older_one_about_the_same_subject(spool: Spool) -> None:
    put(spool, b"old", full=True)
    put(spool, b"partial")
    put(spool, b"another's", subject="agent-2", full=True)
    spool.add(b"printer", plugin="printers", subject="agent-1", full=True)

    put(spool, b"new", full=True)

    assert bodies(spool) == [b"partial", b"another's", b"printer", b"new"]


def test_a_partial_push_takes_no_place(spool: Spool) -> None:
    put(spool, b"whole", full=True)
    put(spool, b"partial")

    assert bodies(spool) == [b"whole", b"partial"]


def test_only_the_owner_can_read(spool: Spool) -> None:
    push = put(spool, b"x")

    assert stat.S_IMODE(push.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_a_refused_push_lies_aside_with_its_reasons(spool: Spool) -> None:
    push = put(spool, b"bad")

    aside = spool.refuse(push, ("hostname: is empty", "macs: are odd"))

    assert bodies(spool) == []
    assert aside.parent == spool.folder / "refused"
    assert aside.read_bytes().endswith(b"\nbad")
    assert aside.with_name(f"{aside.stem}.reason.txt").read_text() == "hostname: is empty\nmacs: are odd\n"


def test_refused_pushes_do_not_pile_up_for_ever(spool: Spool) -> None:
    asides = [spool.refuse(put(spool, b"bad"), ("no",)) for _ in range(MOST_SET_ASIDE + 2)]

    assert [path.exists() for path in asides] == [False, False, *[True] * MOST_SET_ASIDE]
    assert len(list(asides[0].parent.iterdir())) == 2 * MOST_SET_ASIDE


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda whole: b"\x00" * len(whole),
        lambda whole: whole[:-1],
        lambda whole: whole.replace(b"body", b"b0dy"),
        lambda whole: whole.replace(b'"format":1', b'"format":2'),
        lambda whole: whole.replace(b'"plugin":"computers"', b'"plugin":"../auth"'),
        lambda whole: orjson.dumps(orjson.loads(whole.split(b"\n")[0]) | {"key": "other"}) + b"\nbody",
        lambda _: b"[]\nbody",
        lambda _: b"5\nbody",
        lambda _: b"{}\nbody",
        lambda _: b"x" * 10_000,
    ],
)
def test_a_damaged_push_is_moved_aside_and_the_others_go_on(damage: Callable[[bytes], bytes], spool: Spool) -> None:
    damaged, sound = put(spool, b"body"), put(spool, b"sound")
    damaged.path.write_bytes(damage(damaged.path.read_bytes()))

    assert bodies(spool) == [b"sound"]
    (told,) = spool.mend()

    assert str(spool.folder / "unreadable") in told
    assert (spool.folder / "unreadable" / damaged.path.name).exists()
    assert (spool.folder / "unreadable" / f"{damaged.path.stem}.reason.txt").read_text().strip()
    assert list(spool.waiting()) == [sound]
    assert spool.mend() == ()


def test_what_a_killed_process_left_unfinished_is_cleared_away(spool: Spool) -> None:
    draft = spool.folder / ".5d1c.draft"
    draft.write_bytes(b'{"format"')

    assert spool.mend() == ()
    assert not draft.exists()


def test_files_of_others_are_left_alone(spool: Spool) -> None:
    note = spool.folder / "README.push"
    note.write_text("hands off")

    assert spool.mend() == ()
    assert bodies(spool) == []
    assert note.exists()


def test_too_many_pushes_are_refused_rather_than_old_ones_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_pushes=2)
    put(spool, b"1")
    put(spool, b"2", full=True)

    with pytest.raises(SpoolError, match="2 pushes wait"):
        put(spool, b"3")
    assert bodies(spool) == [b"1", b"2"]

    put(spool, b"in the place of 2", full=True)
    assert bodies(spool) == [b"1", b"in the place of 2"]


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=2000)
    put(spool, b"x" * 1500)

    with pytest.raises(SpoolError, match="bytes wait"):
        put(spool, b"x" * 1500)


def test_one_process_at_a_time(spool: Spool) -> None:
    with spool.lock():
        with pytest.raises(CollectorBusyError), Spool(spool.folder).lock():
            pytest.fail("two hold the lock")
        blocked = subprocess.run([sys.executable, "-c", LOCKER, str(spool.folder)], timeout=60, check=False)
        assert blocked.returncode == 3
    free = subprocess.run([sys.executable, "-c", LOCKER, str(spool.folder)], timeout=60, check=False)
    assert free.returncode == 0


LOCKER = """
import sys
from pathlib import Path
from shopdb.collect.spool import Spool
from shopdb.exceptions import CollectorBusyError
try:
    with Spool(Path(sys.argv[1])).lock():
        sys.exit(0)
except CollectorBusyError:
    sys.exit(3)
"""


def test_the_lock_of_a_killed_process_holds_nobody_up(spool: Spool) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(spool.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CollectorBusyError), spool.lock():
            pytest.fail("two hold the lock")
    finally:
        holder.kill()
        holder.communicate()
    with spool.lock():
        assert spool.mend() == ()


HOLDER = """
import sys
from pathlib import Path
from shopdb.collect.spool import Spool
with Spool(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_killed_at_any_moment_the_spool_holds_whole_pushes_only(spool: Spool) -> None:
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(spool.folder)], stdout=subprocess.PIPE)
        assert writer.stdout
        first = writer.stdout.readline()
        writer.kill()
        spooled = (first + writer.communicate()[0]).decode().splitlines()

        kept = {push.label.key for push in spool.waiting()}

        assert kept.issuperset(spooled[:-1])  # the last line may have been cut
        assert spool.mend() == ()
        assert kept == {push.label.key for push in spool.waiting()}


WRITER = """
import os, sys
from pathlib import Path
from shopdb.collect.spool import Spool
spool = Spool(Path(sys.argv[1]), most_pushes=100_000)
while True:
    push = spool.add(os.urandom(20_000), plugin="computers", subject="a", full=False)
    print(push.label.key, flush=True)
"""
