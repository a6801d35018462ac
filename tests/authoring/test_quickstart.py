"""docs/PLUGIN-QUICKSTART.md is followed as a person does it: each file written, each command run, each answer read."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from shopdb.config import load_settings
from shopdb.testing.terminal import Program
from tests.server.processes import free_port

PAGE = (Path(__file__).parents[2] / "docs" / "PLUGIN-QUICKSTART.md").read_text("utf-8")
BLOCK = re.compile(r"(?:^<!-- (?P<label>.+?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (?P<line>.+)\n(?P<answer>(?:(?!\$ ).*\n)*)", re.MULTILINE)
SECOND = "second terminal"
AT_THE_TERMINAL = "Now type `shopdb`."
PORT = "8420"
START_SECONDS = 60.0


@dataclass(frozen=True)
class Block:
    """One block of the page: a file by its path, or commands with what they answer."""

    label: str
    kind: str
    text: str
    begins: int

    @property
    def commands(self) -> list[tuple[str, str]]:
        return [(one["line"], one["answer"]) for one in COMMAND.finditer(self.text)]


BLOCKS = [Block(one["label"] or "", one["kind"], one["text"], one.start()) for one in BLOCK.finditer(PAGE)]


class Shell:
    """A person's first terminal: one shell, in which what is exported stays."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, line: str) -> tuple[int, str]:
        """Return the exit code of a line and all that it said."""
        process, mark = self._process, f"--- {time.monotonic_ns()}"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{{ {line}\n}} </dev/null 2>&1\necho '{mark}' $?\n")
        process.stdin.flush()
        said: list[str] = []
        while not (told := process.stdout.readline()).startswith(mark):
            assert told, f"the shell ended in {line!r}: {''.join(said)}"
            said.append(told)
        return int(told.removeprefix(mark)), "".join(said)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def second_terminal(line: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a line beside the first terminal and wait until its server answers."""
    process = subprocess.Popen(["bash", "-c", f"exec env {line}"], cwd=folder, env=environment)
    try:
        address, give_up = f"http://127.0.0.1:{environment['SHOPDB_PORT']}/api/health", time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and process.poll() is None:
            try:
                urllib3.request("GET", address, retries=False, timeout=5.0)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
            else:
                break
        yield
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def fits(answer: str, shown: str) -> bool:
    """Whether an answer is what the page shows, where `...` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("..."))
    said = "\n".join(line.rstrip() for line in answer.strip().splitlines())
    return re.fullmatch(pattern, said, re.DOTALL) is not None


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has installed shopdb and pytest, and has never used either."""
    ours = ("SHOPDB_", "PYTEST_", "PLUGIN_TEST_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "SHOPDB_PORT": str(free_port()),
    }


def test_all_that_the_page_shows_is_a_file_or_a_command() -> None:
    assert PAGE.count("```") == 2 * len(BLOCKS)
    for block in BLOCKS:
        if block.kind == "console":
            assert block.commands, block.text
            assert block.label in ("", SECOND)
        else:
            assert re.fullmatch(r"[\w./]+\.(?:py|json)", block.label), block.text
    assert AT_THE_TERMINAL in PAGE


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_page_can_be_followed_to_its_end(tmp_path: Path, environment: dict[str, str]) -> None:
    folder, port = tmp_path / "empty", environment["SHOPDB_PORT"]
    folder.mkdir()
    shell = Shell(folder, environment)
    with ExitStack() as stack:
        stack.callback(shell.close)
        has_looked = False
        for block in BLOCKS:
            if not has_looked and block.begins > PAGE.index(AT_THE_TERMINAL):
                look(folder, environment)
                has_looked = True
            text = block.text.replace(f":{PORT}", f":{port}")
            if block.kind != "console":
                assert (folder / block.label).parent.is_dir() or "migrations" in block.label
                (folder / block.label).write_text(text, "utf-8")
            for line, shown in Block(block.label, block.kind, text, 0).commands if block.kind == "console" else ():
                if block.label == SECOND:
                    stack.enter_context(second_terminal(line, folder, environment))
                    continue
                code, said = shell.run(line)
                assert code == 0, f"$ {line}\n{said}"
                assert fits(said, shown), f"$ {line}\n{said}\nis not\n{shown}"
        assert has_looked


def look(folder: Path, environment: dict[str, str]) -> None:
    """Do at the terminal what the page says can be done there."""
    given = {name: value for name, value in environment.items() if name.startswith("SHOPDB_")}
    program = Program(load_settings({**given, "SHOPDB_HOME": str(folder / "site")}))
    try:
        program.wait_until_in()
        program.wait(lambda text: "Lockers unchecked" in text, "the widget is not there")
        program.press("ctrl+p")
        program.press(*"round")
        program.wait(lambda text: "Locker round" in text, "the palette has no such screen")
        program.press("enter")
        program.wait(lambda text: "a locker's number" in text, "the screen does not open")
        program.press(*"A-00001", "enter")
        program.wait(lambda text: "Locker 1: checked." in text, "nothing was checked")
    finally:
        program.end()
