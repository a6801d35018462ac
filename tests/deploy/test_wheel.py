"""The wheel of `make wheel`, installed where there is no checkout."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from shopdb import __version__
from tests.deploy.elsewhere import Elsewhere, free_port

ROOT = Path(__file__).parents[2]
BUNDLED = ("migrations", "plugins")
PARTS = ("shopdb", *BUNDLED, "pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE")
PASSED_BY = shutil.ignore_patterns("__pycache__")
QUIET = ("--quiet", "--disable-pip-version-check", "--no-deps")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made of; building in the checkout would leave its traces there."""
    copy = tmp_path_factory.mktemp("source")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=PASSED_BY)
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel."""
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(source / "dist"), str(source))
    (made,) = (source / "dist").glob("*.whl")
    return made


def pip(command: str, *arguments: str, python: Path | str = sys.executable) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--python", python, command, *QUIET, *arguments], check=True)


def test_everything_that_shopdb_reads_is_inside_and_no_tests_are(source: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = set()
    for path in (path for part in PARTS for path in (source / part).rglob("*") if path.is_file()):
        parts = path.relative_to(source).parts
        if parts[0] == "shopdb" or "tests" not in parts:
            expected.add("/".join(("shopdb", "bundled", *parts) if parts[0] in BUNDLED else parts))
    assert inside == expected
    assert {name for name in inside if "/tests/" in name and not name.endswith(".tmpl")} == set()


def test_in_an_empty_environment_it_makes_and_serves_a_site(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    venv.create(place)
    pip("install", str(wheel), python=place / "bin" / "python")
    # Its own shopdb, and the libraries of the environment that runs the tests: fetching them again proves nothing.
    own = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    own.joinpath("libraries.pth").write_text(sysconfig.get_path("purelib"))
    shopdb = Elsewhere(place / "bin" / "shopdb", tmp_path / "home", {"SHOPDB_PORT": free_port()})
    asked = [str(place / "bin" / "python"), "-I", "-c", "import shopdb; print(shopdb.__file__)"]
    assert Path(subprocess.check_output(asked, text=True)).is_relative_to(own)
    assert shopdb("--version") == f"shopdb {__version__}\n"
    shopdb("init", "--demo", "20")
    assert {one["state"] for one in json.loads(shopdb("plugin", "list", "--json"))} == {"enabled"}
    with shopdb.serving():
        states = {one["id"]: one["state"] for one in json.loads(shopdb("doctor", "--json"))}
    assert set(states.values()) <= {"ok", "hint"}
    assert states["port"] == states["migrations"] == states["plugin_files"] == "ok"
