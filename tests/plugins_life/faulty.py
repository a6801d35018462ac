"""Plugins that only reading or trying them shows to be faulty: what is written differently, and what is told."""

from tests.plugins_life.faulty_parts import (
    BLUEPRINT,
    EXAMPLES,
    MORE,
    READINGS_FILE,
    SCREENS_FILE,
    SHORT,
    Faulty,
    blueprint,
    hook,
    revision,
    screens,
    widgets,
)

FAULTY: dict[str, Faulty] = {
    # while it is loaded
    "a file that is no Python": Faulty((("P030", "SyntaxError: .*models.py"),), files={"models.py": "def broken(:"}),
    "an import that is not there": Faulty(
        (("P030", r"ModuleNotFoundError.*\(models.py line \d+\)"),), more="import nothing_of_this_name"
    ),
    "an exit at import": Faulty((("P030", r"SystemExit: 3 \(models.py line \d+\)"),), more="raise SystemExit(3)"),
    "a hook of the wrong type": Faulty(
        (("P037", r"get_services\(\) must return a mapping"),),
        hooks="def get_services(self):\n    return ['reset']",
    ),
    "front ends at import": Faulty(
        (("P039", "loads flask"), ("P039", "loads textual")), more="import flask\nfrom textual.screen import Screen"
    ),
    # nearly everything, in one go: a fault hides no other
    "faults all over": Faulty(
        (
            ("P048", "table gauges_more is in the database and not in the models"),
            ("P036", r"on_install\(\) raised KeyError: 'colour' \(plugin.py line \d+\)"),
            ("P036", r"on_enable\(\) raised SystemExit \(plugin.py line"),
            ("P036", r"on_disable\(\) raised NoResultFound"),
            ("P036", r"on_uninstall\(\) raised OSError: gone"),
            ("P081", "not a click command"),
            ("P084", r"GET /api/gauges/due answers 500: it raised KeyError: 'x' \(blueprint.py line 14\)"),
            ("P084", r"GET /api/gauges/odd answers 500: it raised TypeError: "),
            ("P065", r"'Composing' failed: ValueError: dim \(screens.py line 16\)"),
            ("P065", r"'Mounting' failed: NoMatches.*\(screens.py line 21\)"),
            ("P065", r"'Styled' failed: StylesheetParseError: Error at screens.py in Styled.CSS.*'colour'"),
            ("P065", r"'Leaving' .*SystemExit.* 5.*\(screens.py line 30\)"),
            ("P065", r"'Quitting' ends the program"),
            ("P065", r"'Working' failed: LookupError: none \(screens.py line 43\)"),
            ("P065", r"'Drawing' failed: OSError: no ink \(screens.py line"),
            ("P065", "'Nothing' failed: TypeError: its factory returned NoneType, not a textual.screen.Screen"),
            ("P066", r"reading the widget 'asks' raised OperationalError: .* \(readings.py line 8\)"),
            ("P066", r"'words' must read a number, not 'four'"),
            ("P066", r"'numbers' must read a sequence of texts, not \[1, 2\]"),
            ("P066", r"'labels' must read a mapping of label to number, not {'a': 'b'}"),
            ("P066", r"reading the widget 'leaves' raised SystemExit \(readings.py line 24\)"),
            ("P049", "table gauges_more is new"),
        ),
        hooks="".join(
            (
                hook("on_install", "raise KeyError('colour')"),
                hook("on_enable", "raise SystemExit"),
                hook("on_disable", "session.get_one(Gauge, 9)"),
                hook("on_uninstall", "raise OSError('gone')"),
                "def get_cli_commands(self):\n    return [len]\n",
                BLUEPRINT,
                screens("Composing", "Mounting", "Styled", "Leaving", "Quitting", "Working", "Drawing", "Nothing"),
                widgets(asks="number", words="number", numbers="list", labels="bar", leaves="number"),
            )
        ),
        files={
            **blueprint(
                "blueprint.get('/due')(due)",
                "blueprint.add_url_rule('/odd', 'odd', lambda: due)",
                "return blueprint\n\n\ndef due():\n    return {}['x']",
            ),
            **revision(MORE),
            "screens.py": SCREENS_FILE,
            "readings.py": READINGS_FILE,
        },
    ),
    # its tables
    "bad SQL": Faulty(
        (("P047", "stopped at 0002_more: .*syntax"),), files=revision("op.execute('ALTER TABEL gauges ADD x')")
    ),
    "an exit while it migrates": Faulty((("P047", "stopped at 0002_more: 4"),), files=revision("raise SystemExit(4)")),
    "no way back": Faulty(
        (("P049", "going back: it stopped at 0002_more: never"),),
        files=revision("op.execute('SELECT 1')", "raise NotImplementedError('never')"),
    ),
    "a table that nobody made": Faulty(
        (("P048", "column gauges.colour is in the models and not in the database"),),
        columns="colour: Mapped[str | None]",
    ),
    # its endpoints
    "paths of core": Faulty(
        (
            ("P083", "GET /api/gauges/1 is answered by plugin_gauges.due, not by records.shown"),
            ("P083", "GET /api/gauges is answered by a way to .*/api/gauges/, not by records.listed"),
            ("P083", "GET /api/gauges/due is answered by plugin_gauges.first, never by plugin_gauges.second"),
        ),
        hooks=BLUEPRINT,
        files=blueprint(
            "blueprint.add_url_rule('/due', 'first', lambda: {})",
            "blueprint.add_url_rule('/due', 'second', lambda: {})",
            "blueprint.add_url_rule('/<int:record_id>', 'due', lambda record_id: {})",
            "blueprint.add_url_rule('/', 'all', lambda: {})",
        ),
    ),
    "a path of the server": Faulty(
        (("P083", "it replaces the path /api/health"),),
        hooks="def init_app(self, app):\n    app.add_url_rule('/api/health', 'mine', lambda: 'well')",
    ),
    "two endpoints of one name": Faulty(
        (("P083", "mounting its endpoints raised AssertionError: .*plugin_gauges.due"),),
        hooks=BLUEPRINT,
        files=blueprint(
            "blueprint.add_url_rule('/due', 'due', lambda: {})", "blueprint.add_url_rule('/more', 'due', lambda: [])"
        ),
    ),
    "what fails for every request": Faulty(
        (("P084", r"GET /api/openapi.json answers 200: it raised OSError: full \(plugin.py line"),),
        hooks="def init_app(self, app):\n    @app.before_request\n    def stop():\n        raise OSError('full')",
    ),
    # what collectors push
    "examples": Faulty(
        (
            ("P074", "example 1 does not fit the schema: serial: 7 is not"),
            ("P074", "example 2 raised IntegrityError: "),
            ("P074", "example 3 is held: "),
        ),
        files={"collector.schema.json": EXAMPLES},
        thorough=True,
    ),
    # time
    "a hang at import": Faulty(
        (("P090", r"loading it takes longer than \d+ s \(models.py line"),), more="while True: pass", seconds=SHORT
    ),
    # It lets no other thread of the process run.
    "a hang of the whole process": Faulty(
        (("P090", "it was ended after 12 s: It loads"),),
        more="import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
        seconds=SHORT,
    ),
    "endless words": Faulty(
        (("P090", r"loading it takes longer than \d+ s \(models.py line"),),
        more="while True:\n    print('gauge ' * 1000)",
        seconds=SHORT,
    ),
    "a hanging reading": Faulty(
        (("P090", r"reading the widget 'sleeps' takes longer than \d+ s \(readings.py line 28\)"),),
        hooks=widgets(sleeps="number"),
        files={"readings.py": READINGS_FILE},
        seconds=SHORT,
    ),
    "a screen that sleeps": Faulty(
        (("P090", r"the screen 'Sleeping' takes longer than \d+ s \(screens.py line 58\)"),),
        hooks=screens("Sleeping"),
        files={"screens.py": SCREENS_FILE},
        seconds=SHORT,
    ),
    "a screen that waits": Faulty(
        (("P090", r"the screen 'Waiting' takes longer than \d+ s"),),
        hooks=screens("Waiting"),
        files={"screens.py": SCREENS_FILE},
        seconds=SHORT,
    ),
    "a hanging endpoint": Faulty(
        (("P090", r"GET /api/gauges/due takes longer than \d+ s \(blueprint.py line 8\)"),),
        hooks=BLUEPRINT,
        files=blueprint("blueprint.add_url_rule('/due', 'due', lambda: time.sleep(600))"),
        seconds=SHORT,
    ),
    "a hanging hook": Faulty(
        (("P090", r"on_enable\(\) takes longer than \d+ s \(plugin.py line"),),
        hooks=hook("on_enable", "import time; time.sleep(600)"),
        seconds=SHORT,
    ),
    # what goes on
    "threads and processes": Faulty(
        (
            ("P091", r"the thread 'poller' goes on; it was started by the plugin \(models.py line \d+\)"),
            ("P091", r"the thread 'Thread-.*' goes on; it was started by the plugin \(plugin.py line \d+\)"),
            ("P091", r"a thread without a name goes on \(models.py line \d+\)"),
            ("P092", "sleep 6001 goes on"),
            ("P092", "sleep 6002 goes on"),
        ),
        hooks=hook("on_enable", "import threading; threading.Timer(600, print).start()"),
        more="""
        import _thread, subprocess, threading, time

        def look():
            time.sleep(600)

        threading.Thread(target=time.sleep, args=(600,), name="poller").start()
        _thread.start_new_thread(look, ())
        subprocess.Popen(["sleep", "6001"])
        subprocess.Popen(["sleep", "6002"], start_new_session=True)
        """,
    ),
    # its end
    "an exit of the process": Faulty((("P093", "it ended with exit code 7: It loads"),), more="import os\nos._exit(7)"),
    "a crash": Faulty(
        (("P093", "it ended with the signal SIGSEGV: It loads"),), more="import ctypes\nctypes.string_at(0)"
    ),
    "a hidden end": Faulty(
        (("P093", r"it ended with exit code 0: on_install\(\) runs"), ("P092", "sleep 6003 went on")),
        hooks=hook("on_install", "import os, subprocess; subprocess.Popen(['sleep', '6003']); os._exit(0)"),
    ),
    "an abort while it migrates": Faulty(
        (("P093", "it ended with the signal SIGABRT: Its migrations run"),), files=revision("os.abort()")
    ),
}
TRIED = frozenset(code for one in FAULTY.values() for code, _ in one.told)
"""The rules that these plugins break."""
SURVEYED: dict[str, list[tuple[dict[str, str], str]]] = {
    "P009": [
        ({"models.py": "def broken(:"}, "models.py cannot be read (line 1: invalid syntax)"),
        ({"more/odd.py": "# coding: odd"}, "more/odd.py cannot be read (unknown encoding: odd)"),
    ],
    "P038": [
        ({"models.py": "import numpy"}, "models.py line 1 imports numpy, which neither Python nor shopdb brings"),
        ({"models.py": "from shopdb.store import records"}, "imports shopdb.store.records, and not shopdb.api"),
        ({"models.py": "import shopdb"}, "imports shopdb, and not shopdb.api"),
        ({"models.py": "from gauges.resources import GAUGES"}, "what is the plugin's own is imported relatively"),
        ({"models.py": "from ..usb import models"}, "imports ..usb.models, which is outside of the plugin"),
        ({"models.py": "from .tests.parts import x"}, "imports .tests.parts.x, which is a test"),
        ({"migrations/versions/0001.py": "def upgrade():\n    import pandas as pd"}, "0001.py line 2 imports pandas"),
    ],
}
"""What only reading the source shows: files, and what is told of them."""
