"""The rules that every plugin is held to; a code never changes its meaning and is never used again."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    # the folder and its manifest, read before anything is imported
    "P001": "manifest.json is there and is one JSON object of at most 64 kB",
    "P002": "each member of the manifest fits manifest.schema.json",
    "P003": "the manifest's name is the folder's",
    "P004": "version is a version as PEP 440 writes it",
    "P005": "core_version is a range of versions",
    "P006": "each dependency is the name of a plugin, with an optional range",
    "P007": "plugin.py is there",
    "P008": "the name is not one that core uses",
    "P009": "each of its Python files can be read",
    # the descriptions of records, found by `describe`
    "P010": "each described field is a column of its table, or a path of foreign keys to one",
    "P011": "the field that people know a record by is described",
    "P012": "a list is sorted by a described field that has an order",
    # what the plugin was written for, and beside what
    "P020": "core_version includes the contract's version",
    "P021": "each dependency is loaded",
    "P022": "each dependency has a version within the range",
    "P023": "no plugin needs itself, on whatever way",
    # the code
    "P030": "plugin.py can be imported",
    "P031": "plugin.py defines exactly one subclass of BasePlugin",
    "P032": "meta, get_blueprint and get_models are defined",
    "P033": "the class can be made without arguments",
    "P034": "meta says what the manifest says",
    "P035": "a method that looks like a hook is one",
    "P036": "no hook raises",
    "P037": "each hook returns what the contract says",
    "P038": "the code imports the standard library, what comes with shopdb, and of shopdb its API alone",
    "P039": "loading the plugin loads neither Flask nor Textual",
    # tables
    "P040": "each model comes from the plugin's own plugin_base",
    "P041": "no table is named like another owner's",
    "P042": "each table has the version column of Versioned",
    "P043": "a foreign key to another owner's table says ON DELETE CASCADE or SET NULL",
    "P044": "a relationship to another owner's model is view-only and has no way back",
    "P045": "the models can be mapped",
    "P046": "tables come with a straight history of migrations",
    "P047": "the migrations run",
    "P048": "after the migrations the tables are what the models say",
    "P049": "going back takes away all that the migrations made",
    # what people meet
    "P050": "no resource is named like another, or like a path of core's",
    "P051": "a resource describes one of the plugin's models",
    "P052": "what a resource extends, links to and belongs to is in the shop",
    "P053": "searchable fields are fields of the plugin's resources, with weights from 1 to 10",
    "P060": "a navigation entry opens a resource or a screen that exists",
    "P061": "a widget has a title, a known kind and a reading that can be called",
    "P062": "a widget opens a resource that exists, with a filter that can be read",
    "P063": "a screen has a title, a factory that can be called, and an id that nobody else has",
    "P064": "a permission that is asked for exists",
    "P065": "each screen opens",
    "P066": "each widget can be read",
    # what programs meet
    "P070": "the collector schema says what shopdb needs",
    "P071": "the collector schema is a valid JSON Schema",
    "P072": "the collector schema names resources and fields that exist",
    "P073": "no two plugins accept the same kind of sighting",
    "P074": "each example of the collector schema is taken in",
    "P080": "a service has a plain name and can be called",
    "P081": "a command is a click command, and no two have one name",
    "P082": "a blueprint is a Flask blueprint named as its plugin",
    "P083": "the endpoints can be mounted and take no path that core or another plugin answers",
    "P084": "each endpoint that needs no parameters answers",
    # while it runs, found by trying it
    "P090": "nothing takes longer than its time",
    "P091": "no thread outlives what started it",
    "P092": "no process outlives what started it",
    "P093": "nothing ends the program",
}


def fault(code: str, told: str) -> str:
    """Return one problem as everybody sees it: the code of the rule, then what breaks it."""
    assert code in RULES, code
    return f"{code} {told}"
