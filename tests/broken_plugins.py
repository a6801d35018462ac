"""A broken plugin for every rule of the contract: what is written differently from one that works."""

import json
from typing import Any

from tests.plugins_on_disk import COLLECTING

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
