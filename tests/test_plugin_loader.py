"""Loading plugins: what works, what every sort of broken plugin is refused for, and what is left of it."""

import json
import os
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from sqlalchemy import select

from shopdb.domain.access import Origin
from shopdb.domain.collector import CollectorSchema
from shopdb.exceptions import (
    NoShopHereError,
    PluginContractError,
    PluginDependencyError,
    PluginError,
    PluginNotFoundError,
    PluginVersionError,
    ServiceNotFoundError,
    SettingKeyError,
)
from shopdb.plugins.access import ShopAccess, granted, read_shop, service, write_shop
from shopdb.plugins.importing import PACKAGE
from shopdb.plugins.loader import SAFE_MODE, discover, load
from shopdb.plugins.registry import Registry
from shopdb.plugins.rules import RULES
from shopdb.store.models import Setting
from tests.plugins_on_disk import write_plugin

COLLECTING = {
    "identityfield": "serial",
    "resource": "gauges",
    "fields": {"name": "name"},
    "evidence": {"serial": "serial"},
    "properties": {"serial": {"type": "string"}, "name": {"type": "string"}},
}
NO_MODELS = """
from shopdb.api import BasePlugin, PluginMeta

class Plain(BasePlugin):
    meta = PluginMeta.beside(__file__)

    def get_blueprint(self):
        return None

    def get_models(self):
        return ()
"""


def schema(**members: Any) -> dict[str, str]:
    """Return the file of a collector schema with some members changed."""
    return {"collector.schema.json": json.dumps({**COLLECTING, **members})}


# One plugin for every rule: what is written differently from a plugin that works.
BROKEN: dict[str, list[dict[str, Any]]] = {
    "P001": [
        {"files": {"manifest.json": None}},
        {"files": {"manifest.json": "{"}},
        {"files": {"manifest.json": b'{"name": "\xff"}'}},
        {"files": {"manifest.json": "[]"}},
        {"files": {"manifest.json": "[" * 30_000}},
        {"files": {"manifest.json": json.dumps({"name": "x" * 70_000})}},
    ],
    "P002": [
        {"manifest": {"version": 1}},
        {"manifest": {"description": ""}},
        {"manifest": {"dependencies": "network"}},
        {"manifest": {"permissions": ["gauges"]}},
        {"files": {"manifest.json": '{"name": "gauges"}'}},
    ],
    "P003": [{"manifest": {"name": "tools"}}],
    "P004": [{"manifest": {"version": "one"}}],
    "P005": [{"manifest": {"core_version": "0.3"}}],
    "P006": [{"manifest": {"dependencies": ["not a name"]}}, {"manifest": {"dependencies": ["usb[x]"]}}],
    "P007": [{"files": {"plugin.py": None}}],
    "P008": [{"name": "health"}, {"name": "undo"}, {"name": "vendors"}],
    "P010": [{"fields": 'Field("colour", "Colour")'}],
    "P011": [{"more": "Gauge.__table__.info['label'] = 'nickname'"}],
    "P012": [{"words": 'default_sort="colour"'}],
    "P020": [{"manifest": {"core_version": ">=0.4"}}, {"manifest": {"core_version": "<0.3"}}],
    "P021": [{"manifest": {"dependencies": ["lathes"]}}],
    "P022": [{"manifest": {"dependencies": ["others>=2"]}}],
    "P023": [{"manifest": {"dependencies": ["gauges"]}}],
    "P030": [
        {"files": {"plugin.py": "import nothing_of_this_name"}},
        {"files": {"plugin.py": "def broken(:"}},
        {"files": {"plugin.py": "raise SystemExit(3)"}},
        {"files": {"plugin.py": "class Odd(BaseException): pass\nraise Odd"}},
        {"files": {"models.py": "from plugins.printers.models import Printer"}},
        {"more": "class Stray(Numbered, Base):\n    __tablename__ = 'assets'"},
    ],
    "P031": [
        {"files": {"plugin.py": "from shopdb.api import BasePlugin"}},
        {"files": {"plugin.py": NO_MODELS + "\nclass Second(Plain):\n    pass"}},
    ],
    "P032": [{"files": {"plugin.py": "from shopdb.api import BasePlugin\nclass Bare(BasePlugin):\n    pass"}}],
    "P033": [
        {"hooks": "def __init__(self, app):\n    pass"},
        {"hooks": "def __init__(self):\n    raise SystemExit"},
    ],
    "P034": [
        {"hooks": "meta = PluginMeta(name='gauges', version='2.0', description='Hand tools.')"},
        {"hooks": "meta = 'gauges'"},
        {"hooks": "@property\ndef meta(self):\n    raise OSError('gone')"},
    ],
    "P035": [{"hooks": "def get_resource(self):\n    return ()"}, {"hooks": "def on_enabled(self, s):\n    pass"}],
    "P036": [
        {"hooks": "def get_services(self):\n    raise KeyError('x')"},
        {"hooks": "def get_navigation_items(self):\n    raise SystemExit"},
        {"hooks": "def get_dashboard_widgets(self, shop):\n    return ()"},
        {"files": {"collector.schema.json": "{"}},
    ],
    "P037": [
        {"hooks": "def get_navigation_items(self):\n    return 'gauges'"},
        {"hooks": "def get_navigation_items(self):\n    return [Widget('x', 'number', len)]"},
        {"hooks": "def get_resources(self):\n    return None"},
        {"hooks": "def get_resources(self):\n    return (one for one in [GAUGES])"},
        {"hooks": "def get_services(self):\n    return {1: len}"},
        {"hooks": "def get_searchable_fields(self):\n    return {'gauges': ['name']}"},
        {"hooks": "def get_collector_schema(self):\n    return []"},
        {"hooks": "def get_navigation_items(self):\n    return [NavItem(label=None, opens=['gauges'])]"},
    ],
    "P040": [
        {"hooks": "def get_models(self):\n    from shopdb.api import Asset\n    return (Gauge, Asset)"},
        {"hooks": "def get_models(self):\n    return (Gauge, str)"},
        {
            "more": "Second = plugin_base('gauges')\n\nclass Reading(Numbered, Second):\n    __tablename__ = 'gauge_r'",
            "hooks": "def get_models(self):\n    from .models import Reading\n    return (Gauge, Reading)",
        },
    ],
    "P041": [
        {
            "name": "network",
            "more": "class Address(Numbered, Base):\n    __tablename__ = 'network_addresses'",
        }
    ],
    "P042": [
        {
            "more": "class Bare(Base):\n    __tablename__ = 'gauge_bare'\n"
            "    id: Mapped[int] = mapped_column(primary_key=True)"
        }
    ],
    "P043": [
        {"columns": "owner_id: Mapped[int] = mapped_column(linked_to(Asset.__table__.c.id))"},
        {"columns": "owner_id: Mapped[int] = mapped_column(owned_by('assets.id'))"},
    ],
    "P044": [{"columns": "asset = relationship(Asset)"}],
    "P045": [{"columns": "readings = relationship('GaugeReading')"}],
    "P046": [
        {"files": {"migrations/versions/0001_gauges.py": None}},
        {"files": {"migrations/versions/0002.py": "revision = '0002'\ndown_revision = None"}},
    ],
    "P050": [{"more": "Gauge.__table__.name = 'vendors'"}, {"more": "Gauge.__table__.name = 'search'"}],
    "P051": [{"hooks": "def get_models(self):\n    return ()"}],
    "P052": [
        {"fields": 'Field("parts", "Parts", relation="drives", target="lathes")'},
        {"words": 'parent="name"'},
        {"words": 'parent="nobody"'},
    ],
    "P053": [
        {"hooks": "def get_searchable_fields(self):\n    return {'vendors': {'name': 2}}"},
        {"hooks": "def get_searchable_fields(self):\n    return {'gauges': {'colour': 2}}"},
        {"hooks": "def get_searchable_fields(self):\n    return {'gauges': {'name': 11}}"},
    ],
    "P060": [
        {"hooks": "def get_navigation_items(self):\n    return [NavItem('x', 'lathes')]"},
        {"hooks": "def get_navigation_items(self):\n    return [NavItem('x', 'screen:bench')]"},
    ],
    "P061": [
        {"hooks": "def get_dashboard_widgets(self):\n    return [Widget('x', 'pie', len)]"},
        {"hooks": "def get_dashboard_widgets(self):\n    return [Widget('x', 'bar', 3)]"},
        {"hooks": "def get_dashboard_widgets(self):\n    return [Widget('', 'bar', len)]"},
    ],
    "P062": [
        {"hooks": "def get_dashboard_widgets(self):\n    return [Widget('x', 'bar', len, opens='lathes')]"},
        {"hooks": "def get_dashboard_widgets(self):\n    return [Widget('x', 'bar', len, opens='gauges a:b')]"},
    ],
    "P063": [
        {"hooks": "def get_screens(self):\n    return [ScreenSpec('Bad Id', 'x', len)]"},
        {"hooks": "def get_screens(self):\n    return [ScreenSpec('bench', 'x', None)]"},
        {"hooks": "def get_screens(self):\n    return [ScreenSpec('bench', 'x', len)] * 2"},
    ],
    "P064": [{"hooks": "def get_navigation_items(self):\n    return [NavItem('x', 'gauges', 1, 'gauges.fly')]"}],
    "P070": [
        {"files": schema(identityfield=None)},
        {"files": schema(evidence=[])},
        {"files": schema(evidence={"nose": "serial"})},
        {"files": schema(fields={"colour": "name"})},
        {"files": schema(sections=[])},
        {"files": schema(sections={"name": 3})},
    ],
    "P071": [{"files": schema(properties={"serial": {"type": "sring"}, "name": {}})}],
    "P072": [
        {"files": schema(resource="vendors")},
        {"files": schema(fields={"name": "colour"})},
        {"files": schema(sections={"name": {"resource": "lathes", "key": ["name"]}})},
        {"files": schema(sections={"name": {"resource": "gauges", "key": ["colour"]}})},
    ],
    "P073": [{"name": "zeta", "files": schema(accepts="light", resource="zeta")}],
    "P080": [
        {"hooks": "def get_services(self):\n    return {'Reset It': len}"},
        {"hooks": "def get_services(self):\n    return {'reset': 3}"},
    ],
    "P081": [
        {"hooks": "def get_cli_commands(self):\n    return [len]"},
        {"hooks": "def get_cli_commands(self):\n    return None"},
        {"hooks": "def get_cli_commands(self):\n    import click\n    return [click.Command('a'), click.Group('a')]"},
    ],
    "P082": [
        {"hooks": "def get_blueprint(self):\n    return object()"},
        {"hooks": "def get_blueprint(self):\n    import flask\n    return flask.Blueprint('other', 'x')"},
    ],
}
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
    place = tmp_path / "plugins"
    light = {**COLLECTING, "accepts": "light", "resource": "others"}
    write_plugin(place, "others", files={"collector.schema.json": json.dumps(light)})
    return place


def load_all(folder: Path, *, strict: bool) -> Registry:
    """Load a folder as a server does, with the hooks that it asks late."""
    registry = load([folder], strict=strict)
    registry, _ = registry.ask("get_blueprint")
    registry, _ = registry.ask("get_cli_commands")
    return registry


def test_every_rule_has_a_plugin_that_breaks_it() -> None:
    assert set(BROKEN) == set(RULES)


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


def test_a_registry_gathers_what_the_plugins_bring(folder: Path) -> None:
    write_plugin(
        folder,
        manifest={"permissions": ["gauges.calibrate"]},
        hooks="""
        def get_navigation_items(self):
            return [NavItem("Gauges", "gauges", 50), NavItem("Bench", "screen:bench", 10, "gauges.calibrate")]

        def get_screens(self):
            return [ScreenSpec("bench", "Bench", len)]

        def get_dashboard_widgets(self):
            return [Widget("Due", "number", len, opens="gauges name:a")]

        def get_searchable_fields(self):
            return {"gauges": {"name": 7}}

        def get_services(self):
            return {"count": len}
        """,
    )
    registry = load([folder], strict=True)
    assert [item.label for item in registry.navigation] == ["Bench", "Gauges"]
    assert [widget.title for widget in registry.widgets] == ["Due"]
    assert list(registry.screens) == ["bench"]
    assert [resource.name for resource in registry.resources] == ["gauges", "others"]
    assert [resource.plugin for resource in registry.resources] == ["gauges", "others"]
    assert [model.__tablename__ for model in registry.models] == ["gauges", "others"]
    assert registry.searchable == {"gauges": {"name": 7}, "others": {"name": 1}}
    assert isinstance(registry.collector_schemas["others"], CollectorSchema)
    assert registry.services["gauges.count"]("abc") == 3
    assert [(owner.name, owner.script_location) for owner in registry.owners] == [
        (name, folder / name / "migrations") for name in ("gauges", "others")
    ]
    with pytest.raises(PluginNotFoundError, match="there are gauges, others"):
        registry.plugin("lathes")


def test_a_plugin_may_refer_to_what_it_depends_on_and_to_nothing_else(folder: Path) -> None:
    write_plugin(folder, hooks="def get_navigation_items(self):\n    return [NavItem('Others', 'others')]")
    with pytest.raises(PluginContractError, match="P060"):
        load([folder], strict=True)
    (folder / "gauges" / "manifest.json").write_text(
        '{"name": "gauges", "version": "1", "description": "x", "dependencies": ["others"]}'
    )
    assert len(load([folder], strict=True).navigation) == 1


def test_a_plugin_without_tables_needs_no_migrations(folder: Path) -> None:
    files = {"plugin.py": NO_MODELS, "migrations/versions/0001_plain.py": None}
    write_plugin(folder, "plain", files=files)
    registry = load([folder], strict=True)
    assert "plain" in registry.plugins
    assert [owner.name for owner in registry.owners] == ["others"]


def test_late_hooks_answer_by_plugin(folder: Path) -> None:
    blueprint = "def get_blueprint(self):\n    from flask import Blueprint\n    return Blueprint('gauges', __name__)"
    write_plugin(folder, hooks=blueprint)
    registry = load([folder], strict=True)
    same, answers = registry.ask("get_blueprint")
    assert same is registry
    assert isinstance(answers["gauges"], Blueprint)
    assert answers["others"] is None


def test_a_plugin_whose_last_word_fails_leaves_with_its_dependents(folder: Path) -> None:
    write_plugin(folder, hooks="def init_app(self, app):\n    app['seen'] = True\n    raise SystemExit")
    write_plugin(folder, "zeta", manifest={"dependencies": ["gauges"]})
    app: dict[str, bool] = {}
    narrowed, answers = load([folder], strict=False).ask("init_app", app)
    assert app == {"seen": True}
    assert list(narrowed.plugins) == ["others"]
    assert list(answers) == ["others"]
    assert [resource.name for resource in narrowed.resources] == ["others"]
    assert narrowed.left_out["gauges"].faulty
    assert not narrowed.left_out["zeta"].faulty
    with pytest.raises(PluginContractError, match="P036"):
        load([folder], strict=True).ask("init_app", app)


def test_every_plugin_keeps_settings_of_its_own(folder: Path, shop: Any) -> None:
    write_plugin(folder)
    registry = load([folder], strict=True)
    gauges, others = registry.plugin("gauges"), registry.plugin("others")
    with shop.writing(Origin("tests", "system")) as session:
        gauges.set_setting(session, "interval_days", 90)
        others.set_setting(session, "interval_days", None)
    with shop.writing(Origin("tests", "system")) as session:
        gauges.set_setting(session, "interval_days", {"days": 30})
    with shop.reading() as session:
        assert gauges.get_setting(session, "interval_days") == {"days": 30}
        assert others.get_setting(session, "interval_days", 7) is None
        assert others.get_setting(session, "unit", "mm") == "mm"
        with pytest.raises(SettingKeyError, match="cannot be a setting of gauges"):
            gauges.get_setting(session, "Interval Days")


def test_plugin_code_reaches_the_shop_only_where_a_door_grants_it(shop: Any) -> None:
    with pytest.raises(NoShopHereError):
        read_shop(lambda session: session)
    origin = Origin("tests", "rest")

    def write(label: str, work: Any) -> Any:
        return shop.write(origin.doing(label), work)

    def read(work: Any) -> Any:
        with shop.reading(origin) as session:
            return work(session)

    with granted(ShopAccess(read, write)):
        write_shop("note", lambda session: session.add(Setting(key="gauges.note", value="hello")))
        found = read_shop(lambda session: session.scalar(select(Setting.value).where(Setting.key == "gauges.note")))
    assert found == "hello"


def test_a_service_is_asked_for_by_plugin_and_name(folder: Path, shop: Any) -> None:
    with shop.reading() as session:
        assert callable(service(session, "usb.check_out"))
        with pytest.raises(ServiceNotFoundError, match=r"usb\.check_out"):
            service(session, "usb.checkout")
