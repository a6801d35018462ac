"""Parts of plugins that are faulty once they run: screens, readings, endpoints, revisions, hooks."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.plugins_on_disk import COLLECTING

SCREENS = """
def get_screens(self):
    def opening(name):
        def make(context):
            from . import screens

            return getattr(screens, name)(context)

        return make

    return [ScreenSpec(name.lower(), name, opening(name)) for name in {names!r}]
"""
WIDGETS = """
def get_dashboard_widgets(self):
    from . import readings

    return [Widget(name, kind, getattr(readings, name)) for name, kind in {widgets!r}]
"""
BLUEPRINT = """
def get_blueprint(self):
    from .blueprint import make

    return make()
"""
SCREENS_FILE = """
import asyncio
import time

from textual.screen import Screen
from textual.widgets import Static


class Bench(Screen):
    def __init__(self, context):
        super().__init__()


class Composing(Bench):
    def compose(self):
        raise ValueError("dim")


class Mounting(Bench):
    def on_mount(self):
        self.query_one("#nothing")


class Styled(Bench):
    CSS = "Static { colour: 3 ; }"


class Leaving(Bench):
    def on_mount(self):
        raise SystemExit(5)


class Quitting(Bench):
    def on_mount(self):
        self.app.exit()


class Working(Bench):
    def on_mount(self):
        self.run_worker(self.look, thread=True)

    def look(self):
        raise LookupError("none")


class Drawing(Bench):
    def compose(self):
        yield Drawn()


class Drawn(Static):
    def render(self):
        raise OSError("no ink")


class Sleeping(Bench):
    def on_mount(self):
        time.sleep(600)


class Waiting(Bench):
    async def on_mount(self):
        await asyncio.sleep(600)


def Nothing(context):
    return None
"""
READINGS_FILE = """
import time

from sqlalchemy import text


def asks(session):
    return session.scalar(text("SELECT nothing FROM gauges"))


def words(session):
    return "four"


def numbers(session):
    return [1, 2]


def labels(session):
    return {"a": "b"}


def leaves(session):
    raise SystemExit


def sleeps(session):
    time.sleep(600)
"""


@dataclass(frozen=True)
class Faulty:
    """A plugin as `write_plugin` takes it, and what is told of it: code and pattern of each problem."""

    told: tuple[tuple[str, str], ...]
    hooks: str = ""
    more: str = ""
    columns: str = ""
    files: dict[str, str] = field(default_factory=dict)
    seconds: float = 60.0
    thorough: bool = False

    @property
    def written(self) -> dict[str, Any]:
        """What is written differently."""
        return {
            "hooks": self.hooks,
            "more": self.more,
            "columns": self.columns,
            "files": self.files,
        }


def screens(*names: str) -> str:
    """Return the hook that brings these screens."""
    return SCREENS.format(names=names)


def widgets(**kinds: str) -> str:
    """Return the hook that brings these widgets."""
    return WIDGETS.format(widgets=tuple(kinds.items()))


def blueprint(*lines: str) -> dict[str, str]:
    """Return the file of a blueprint that is made by these lines."""
    made = "".join(f"    {line}\n" for line in lines)
    return {
        "blueprint.py": "import time\nfrom flask import Blueprint\nfrom shopdb.api import read_shop\n\n\n"
        f"def make():\n    blueprint = Blueprint('gauges', __name__)\n{made}    return blueprint\n"
    }


def revision(upgrade: str, downgrade: str = "pass") -> dict[str, str]:
    """Return the file of a second revision."""
    imports = "import os\nimport sqlalchemy as sa\nfrom shopdb.api import line, operations as op\n"
    ids = "revision = '0002_more'\ndown_revision = '0001_gauges'\n"
    steps = f"def upgrade():\n    {upgrade}\n\ndef downgrade():\n    {downgrade}\n"
    return {"migrations/versions/0002_more.py": f'"""More."""\n{imports}\n{ids}\n{steps}'}


def hook(name: str, body: str) -> str:
    """Return a hook of a plugin's life."""
    return f"def {name}(self, session):\n    {body}\n"


EXAMPLES = json.dumps(
    {
        **COLLECTING,
        "examples": [{"serial": 7}, {"serial": "GA-1", "name": ""}, {"serial": "GA-2", "name": "Pin", "partial": True}],
    }
)
MORE = "op.create_table('gauges_more', sa.Column('id', sa.Integer, primary_key=True))"
SHORT = 12.0
