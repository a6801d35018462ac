"""Where facts come from: files and programs of this machine, read within bounds.

What the bytes mean is for shopdb.collect.parsers; nothing here knows a format.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from typing import IO

from shopdb.exceptions import ProbeFailedError

MOST_OUTPUT = 64 * 1024 * 1024  # bytes; package lists of well-filled machines stay under 10 MB
LONGEST_RUN = 60.0  # seconds
MOST_FILE = 16 * 1024 * 1024  # bytes

if sys.platform == "win32":
    NO_WINDOW, OWN_GROUP = subprocess.CREATE_NO_WINDOW, None  # nothing flashes up on a technician's screen
else:
    NO_WINDOW, OWN_GROUP = 0, 0  # a process group of its own: children of the program end with it


def output(*argv: str, seconds: float = LONGEST_RUN, most: int = MOST_OUTPUT) -> str:
    """What the program printed, decoded as UTF-8 with stand-ins for bytes that are none.

    It runs in the C locale and without shopdb's settings in its environment: it never sees the token.
    Raises ProbeFailedError when it is missing, fails, takes longer or prints more than allowed (in bytes).
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=_environment(),
                creationflags=NO_WINDOW,
                process_group=OWN_GROUP,
            )
        except OSError as failure:
            raise ProbeFailedError(argv[0], failure.strerror or str(failure)) from failure
        said, late = _listen(process, seconds, most)
        if len(said) > most:
            raise ProbeFailedError(argv[0], f"it printed more than {most} bytes")
        if late:
            raise ProbeFailedError(argv[0], f"it took longer than {seconds:g} seconds")
        if process.returncode != 0:
            raise ProbeFailedError(argv[0], _complaint(complaints, process.returncode))
    return said.decode("utf-8", "replace")


def content(path: Path) -> bytes:
    """The file's bytes, at most 16 MB of them; raises OSError as opening it would."""
    with path.open("rb") as file:
        return file.read(MOST_FILE)


def text(path: Path) -> str:
    """The file's text, decoded as UTF-8 with stand-ins; empty when there is no such file."""
    try:
        return content(path).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def line(path: Path) -> str:
    """The file's text without the white space around it, as sysfs means it; empty when it is missing.

    A driver that cannot answer just now fails the read with an error of its own: that is no answer either.
    """
    try:
        return text(path).strip("\0 \t\r\n")
    except PermissionError:
        raise
    except OSError:
        return ""


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("SHOPDB_")}
    return inherited | {"LC_ALL": "C", "LANGUAGE": "C"}


def _listen(process: subprocess.Popen[bytes], seconds: float, most: int) -> tuple[bytes, bool]:
    """At most one byte more than `most`, and whether time ran out; the process has ended either way."""
    late = Event()

    def overdue() -> None:
        late.set()
        _kill(process)

    limit = Timer(seconds, overdue)
    limit.start()
    try:
        said = process.stdout.read(most + 1) if process.stdout else b""
        if len(said) <= most:
            process.wait()
    finally:
        limit.cancel()
        if process.poll() is None:
            _kill(process)
        with process:
            pass
    return said, late.is_set()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _complaint(complaints: IO[bytes], code: int) -> str:
    """How it ended, and the last line that it wrote to its error output."""
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 2000))
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines() or [""]
    return f"it ended with {code}" + (f" ({lines[-1].strip()})" if lines[-1] else "")
