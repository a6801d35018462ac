"""What the source of a plugin says that it can do beside the contract."""

import pytest

from shopdb.plugins.manifest import PluginMeta
from shopdb.plugins.survey import survey
from shopdb.plugins.survey_powers import POWERS

META = PluginMeta(name="gauges", version="1.0", description="Hand tools.")


@pytest.mark.parametrize(
    ("source", "power", "line"),
    [
        ("from threading import Thread", "starts threads", 1),
        ("import concurrent.futures as cf\ncf.ThreadPoolExecutor()", "starts threads", 2),
        ("import subprocess", "starts processes", 1),
        ("import os\n\nos.system('ls')", "starts processes", 3),
        ("from os import execv as run", "starts processes", 1),
        ("import urllib.request", "uses the network", 1),
        ("import socket as s", "uses the network", 1),
        ("def look():\n    import ctypes", "calls native code", 2),
        ("exec('x')", "runs code that is made while it runs", 1),
        ("import importlib\nimportlib.import_module('x')", "runs code that is made while it runs", 1),
        ("from pickle import loads", "runs code that is made while it runs", 1),
        ("open('x', 'w')", "writes or removes files", 1),
        ("open('x', mode=how)", "writes or removes files", 1),
        ("from pathlib import Path\nPath('x').open('ab')", "writes or removes files", 2),
        ("here.parent.write_text('x')", "writes or removes files", 1),
        ("import os\nprint(os.environ['HOME'])", "reads the environment or the keyring", 2),
        ("import sys\nsys.modules.clear()", "acts on the program itself", 2),
        ("import signal", "acts on the program itself", 1),
    ],
)
def test_what_code_can_do_beside_the_contract_is_told_with_its_place(source: str, power: str, line: int) -> None:
    assert power in POWERS
    assert f"parts.py line {line}" in survey({"parts.py": source.encode()}, META).powers[power]


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "open('x', 'rb')",
        "code = 1\ncode.real",
        "import os\nos.path.join('a')",
        "session.execute(1)",
        "re.compile",
    ],
)
def test_what_any_code_does_is_no_power(source: str) -> None:
    assert survey({"parts.py": source.encode()}, META).powers == {}
