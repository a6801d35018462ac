"""What loaded plugins bring together, the hooks that are asked late, and how plugin code reaches the shop."""

from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from sqlalchemy import select

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.collector import CollectorSchema
from shopdb.exceptions import (
    NoShopHereError,
    PluginContractError,
    PluginNotFoundError,
    ServiceNotFoundError,
    SettingKeyError,
)
from shopdb.plugins.access import ShopAccess, granted, read_shop, service, write_shop
from shopdb.plugins.loader import load
from shopdb.store.models import Setting
from tests.broken_plugins import NO_MODELS
from tests.plugins_on_disk import write_others, write_plugin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of plugins with one in it that works, and collects."""
    return write_others(tmp_path)


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


def test_every_plugin_keeps_settings_of_its_own(folder: Path, shop: Shop) -> None:
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


def test_plugin_code_reaches_the_shop_only_where_a_door_grants_it(shop: Shop) -> None:
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


def test_a_service_is_asked_for_by_plugin_and_name(folder: Path, shop: Shop) -> None:
    with shop.reading() as session:
        assert callable(service(session, "usb.check_out"))
        with pytest.raises(ServiceNotFoundError, match=r"usb\.check_out"):
            service(session, "usb.checkout")
