import sys
import time
from pathlib import Path

import pytest

from shopdb.collect.reading import content, line, output, text
from shopdb.exceptions import ProbeFailedError

PYTHON = sys.executable


def test_output_is_decoded_with_stand_ins() -> None:
    said = output(PYTHON, "-c", r"import sys; sys.stdout.buffer.write(b'M\xc3\xbcller \xff\n')")

    assert said == "Müller \ufffd\n"


def test_a_program_runs_in_the_c_locale_and_never_sees_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPDB_COLLECTOR_TOKEN", "hunter2")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    said = output(PYTHON, "-c", "import os; print(dict(os.environ))")

    assert "hunter2" not in said
    assert "'LC_ALL': 'C'" in said


def test_a_missing_program_fails_the_probe() -> None:
    with pytest.raises(ProbeFailedError, match="no-such-program"):
        output("no-such-program")


def test_a_failing_program_is_quoted_with_its_last_word() -> None:
    script = "import sys; print('half'); sys.stderr.write('first\\nlast words\\n'); sys.exit(7)"

    with pytest.raises(ProbeFailedError, match=r"ended with 7 \(last words\)"):
        output(PYTHON, "-c", script)


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    started = time.monotonic()

    with pytest.raises(ProbeFailedError, match=r"longer than 0\.5 seconds"):
        output(PYTHON, "-c", script, seconds=0.5)
    assert time.monotonic() - started < 30


def test_a_program_that_closes_its_output_and_stays_is_ended_too() -> None:
    with pytest.raises(ProbeFailedError, match="longer than"):
        output(PYTHON, "-c", "import os, time; os.close(1); time.sleep(600)", seconds=1)


def test_a_program_that_prints_without_end_is_ended() -> None:
    with pytest.raises(ProbeFailedError, match="more than 1000 bytes"):
        output(PYTHON, "-c", "while True: print('x' * 100)", most=1000)


def test_a_missing_file_is_empty_text_and_no_bytes(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "file"

    assert text(missing) == line(missing) == ""
    with pytest.raises(FileNotFoundError):
        content(missing)


def test_a_line_comes_without_what_firmware_pads_it_with(tmp_path: Path) -> None:
    attribute = tmp_path / "model"
    attribute.write_bytes(b" Raspberry Pi 4 Model B\0\n")

    assert line(attribute) == "Raspberry Pi 4 Model B"


def test_an_attribute_that_cannot_be_read_now_is_empty(tmp_path: Path) -> None:
    assert line(tmp_path) == ""  # a folder fails the read as a sleeping device does
