"""Every request that the app has a route for, with values in the places of its variables."""

from collections.abc import Iterator

from flask import Flask

VALUES = {
    "name": "computers",
    "plugin": "printers",
    "record_id": "1",
    "batch_id": "1",
    "held_id": "1",
    "checkout_id": "1",
    "filename": "home.css",
}


def every_request(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route; of those for any plugin, the computers' door as well."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = rule.rule
            for converter, name in _variables(path):
                path = path.replace(f"<{converter}{name}>", VALUES[name])
            yield method, path
            if "<plugin>" in rule.rule:
                yield method, rule.rule.replace("<plugin>", "computers")


def _variables(path: str) -> Iterator[tuple[str, str]]:
    for part in path.split("<")[1:]:
        converter, colon, name = part.partition(">")[0].rpartition(":")
        yield f"{converter}{colon}", name
