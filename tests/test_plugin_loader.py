"""Loading plugins: what works, what every sort of broken plugin is refused for, and what is left of it."""

import os
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopdb.exceptions import PluginContractError, PluginDependencyError, PluginError, PluginVersionError
from shopdb.plugins.importing import PACKAGE
from shopdb.plugins.loader import SAFE_MODE, discover, load
from shopdb.plugins.registry import Registry
from shopdb.plugins.rules import RULES
from tests.broken_plugins import BROKEN, NO_MODELS, schema
from tests.plugins_life.faulty import SURVEYED, TRIED
from tests.plugins_on_disk import write_others, write_plugin

CASES = [pytest.param(code, broken, id=f"{code}-{n}") for code, many in BROKEN.items() for n, broken in enumerate(many)]
KINDS: dict[str, type[PluginError]] = {
    "P020": PluginVersionError,
    "P021": PluginDependencyError,
    "P022": PluginDependencyError,
    "P023": PluginDependencyError,
}


@pytest.fixture(autouse=True)
def _nothing_stays_imported() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of plugins with one in it that works, and collects."""
    return write_others(tmp_path)


def load_all(folder: Path, *, strict: bool) -> Registry:
    """Load a folder as a server does, with the hooks that it asks late."""
    registry = load([folder], strict=strict)
    registry, _ = registry.ask("get_blueprint")
    registry, _ = registry.ask("get_cli_commands")
    return registry


def test_every_rule_has_a_plugin_that_breaks_it() -> None:
    assert set(BROKEN) | TRIED | set(SURVEYED) == set(RULES)


@pytest.mark.parametrize(("code", "broken"), CASES)
def test_a_broken_plugin_raises_in_development(folder: Path, code: str, broken: dict[str, Any]) -> None:
    name = write_plugin(folder, **broken).name
    with pytest.raises(KINDS.get(code, PluginContractError)) as refused:
        load_all(folder, strict=True)
    assert refused.value.plugin == name
    assert code in {problem.split()[0] for problem in refused.value.problems}


@pytest.mark.parametrize(("code", "broken"), CASES)
def test_a_broken_plugin_is_left_out_whole_in_production(
    folder: Path, code: str, broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    name = write_plugin(folder, **broken).name
    registry = load_all(folder, strict=False)
    assert list(registry.plugins) == ["others"]
    assert [resource.name for resource in registry.resources] == ["others"]
    assert registry.left_out[name].faulty
    assert code in {reason.split()[0] for reason in registry.left_out[name].reasons}
    assert any(name in record.getMessage() and record.exc_info for record in caplog.records)
    assert not [module for module in sys.modules if module.startswith(f"{PACKAGE}.{name}_") and code == "P030"]


def test_all_problems_of_a_plugin_are_told_at_once(folder: Path) -> None:
    write_plugin(
        folder,
        columns="owner_id: Mapped[int] = mapped_column(linked_to(Asset.__table__.c.id))",
        hooks="""
        def get_navigation_items(self):
            return [NavItem("Lathes", "lathes"), NavItem("Mills", "mills")]

        def get_dashboard_widgets(self):
            return [Widget("Pie", "pie", len)]
        """,
        files=schema(resource="lathes"),
    )
    with pytest.raises(PluginContractError) as refused:
        load([folder], strict=True)
    assert [problem[:4] for problem in refused.value.problems] == ["P043", "P060", "P060", "P061", "P072"]


def test_a_person_at_the_keyboard_can_stop_a_plugin(folder: Path) -> None:
    write_plugin(folder, files={"plugin.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        load([folder], strict=False)


def test_plugins_come_in_the_order_in_which_they_need_one_another(folder: Path) -> None:
    write_plugin(folder, "alpha", manifest={"dependencies": ["zeta>=1", "others"]})
    write_plugin(folder, "zeta", manifest={"dependencies": ["others"]})
    assert list(load([folder], strict=True).plugins) == ["others", "zeta", "alpha"]


def test_what_depends_on_a_faulty_plugin_is_left_out_too(folder: Path) -> None:
    write_plugin(folder, "alpha", manifest={"dependencies": ["zeta"]})
    write_plugin(folder, "beta", manifest={"dependencies": ["alpha"]})
    write_plugin(folder, "zeta", hooks="def get_services(self):\n    return None")
    registry = load([folder], strict=False)
    assert list(registry.plugins) == ["others"]
    assert registry.left_out["beta"].reasons == ("needs alpha, which is left out",)
    assert registry.left_out["alpha"].reasons == ("needs zeta, which is left out",)
    assert [name for name, one in registry.left_out.items() if one.faulty] == ["zeta"]


def test_plugins_that_need_one_another_are_all_refused(folder: Path) -> None:
    write_plugin(folder, "alpha", manifest={"dependencies": ["beta"]})
    write_plugin(folder, "beta", manifest={"dependencies": ["alpha"]})
    registry = load([folder], strict=False)
    assert list(registry.plugins) == ["others"]
    assert {name for name, one in registry.left_out.items() if one.faulty} == {"alpha", "beta"}
    for one in registry.left_out.values():
        assert "alpha needs beta" in one.reasons[0]
        assert "beta needs alpha" in one.reasons[0]


def test_a_disabled_plugin_is_left_out_with_its_reason_and_raises_nowhere(folder: Path) -> None:
    write_plugin(folder, manifest={"dependencies": ["others"]})
    registry = load([folder], strict=True, disabled={"others": "an admin switched it off"})
    assert registry.plugins == {}
    assert registry.left_out["others"].reasons == ("an admin switched it off",)
    assert registry.left_out["gauges"].reasons == ("needs others, which is left out",)
    assert not any(one.faulty for one in registry.left_out.values())


def test_a_disabled_plugin_may_be_broken(folder: Path) -> None:
    write_plugin(folder, files={"manifest.json": "{"})
    assert list(load([folder], strict=True, disabled={"gauges": "off"}).plugins) == ["others"]


def test_safe_mode_loads_nothing_and_imports_nothing(folder: Path) -> None:
    write_plugin(folder, files={"plugin.py": "raise KeyboardInterrupt"})
    registry = load([folder], strict=True, safe=True)
    assert registry.plugins == {}
    assert {one.reasons for one in registry.left_out.values()} == {(SAFE_MODE,)}


def test_manifests_are_read_before_anything_is_imported(folder: Path) -> None:
    write_plugin(folder, "alpha", files={"plugin.py": "raise KeyboardInterrupt"})
    write_plugin(folder, "zeta", manifest={"version": "one"})
    with pytest.raises(PluginContractError, match="P004"):
        load([folder], strict=True)
    assert [found.name for found in discover([folder])] == ["alpha", "others", "zeta"]


def test_a_member_of_the_manifest_that_nobody_knows_is_a_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_plugin(folder, manifest={"licence": "MIT"})
    assert "gauges" in load([folder], strict=True).plugins
    assert "'licence'" in caplog.text


def test_of_two_plugins_with_one_name_the_higher_version_counts(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_plugin(folder, manifest={"version": "1.9"})
    write_plugin(site, manifest={"version": "1.10"})
    assert load([folder, site], strict=True).plugin("gauges").meta.version == "1.10"
    assert load([site, folder], strict=True).plugin("gauges").meta.version == "1.10"


def test_of_two_equal_versions_the_one_in_the_later_folder_counts(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_plugin(folder)
    write_plugin(site)
    assert load([folder, site], strict=True).plugin("gauges").meta.folder == site / "gauges"


def test_folders_that_are_no_plugins_are_passed_by(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / ".staging").mkdir()
    (folder / "notes").mkdir()
    (folder / "README.txt").write_text("plugins live here")
    (folder / "_draft").mkdir()
    (folder / "_draft" / "manifest.json").write_text("{")
    assert [found.name for found in discover([folder, folder / "missing"])] == ["others"]


def test_loading_puts_nothing_on_the_path_of_python(folder: Path) -> None:
    before = list(sys.path)
    load([folder], strict=True)
    assert sys.path == before
    assert "others" not in sys.modules


def test_a_plugin_that_has_not_changed_is_not_imported_again(folder: Path) -> None:
    first, again = (load([folder], strict=True).plugin("others") for _ in range(2))
    assert type(first) is type(again)


def test_a_changed_plugin_is_new_code_beside_the_old_even_within_the_same_second(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    files = {"marker.py": "MARK = 'old'"}
    hooks = "def get_services(self):\n    from .marker import MARK\n    return {'mark': lambda: MARK}"
    root = write_plugin(folder, hooks=hooks, files=files)
    old = load([folder], strict=True)
    assert list(root.glob("__pycache__/plugin.*.pyc"))
    kept = (root / "marker.py").stat()
    (root / "marker.py").write_text("MARK = 'new'")
    os.utime(root / "marker.py", ns=(kept.st_atime_ns, kept.st_mtime_ns))
    new = load([folder], strict=True)
    assert (old.services["gauges.mark"](), new.services["gauges.mark"]()) == ("old", "new")
    assert type(old.plugin("gauges")) is not type(new.plugin("gauges"))
    assert type(old.plugin("others")) is type(new.plugin("others"))


def test_changing_a_plugin_imports_its_dependents_anew(folder: Path) -> None:
    write_plugin(folder, manifest={"dependencies": ["others"]})
    old = load([folder], strict=True).plugin("gauges")
    (folder / "others" / "README.md").write_text("changed")
    assert type(load([folder], strict=True).plugin("gauges")) is not type(old)


def test_only_source_is_imported(folder: Path) -> None:
    root = write_plugin(folder, files={"secret.py": "", "plugin.py": "from . import secret\n" + NO_MODELS})
    assert "gauges" in load([folder], strict=True).plugins
    py_compile.compile(str(root / "secret.py"), str(root / "secret.pyc"))
    (root / "secret.py").unlink()
    with pytest.raises(PluginContractError, match=r"P030 .*cannot import name 'secret'"):
        load([folder], strict=True)
