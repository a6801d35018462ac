"""The doctor's report on the test's own site."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from click.testing import Result

from shopdb.config import Settings
from tests.cli.conftest import called
from tests.sites import environment


@dataclass(frozen=True)
class Report:
    """What ``shopdb doctor --json`` said, by id."""

    found: dict[str, dict[str, str]]
    answer: Result

    def state(self, name: str) -> str:
        return self.found[name]["state"]

    def told(self, name: str) -> str:
        return self.found[name]["told"]

    def bad(self) -> set[str]:
        """Return what is neither ok nor a hint."""
        return {name for name, one in self.found.items() if one["state"] in ("warning", "fault")}


Doctor = Callable[..., Report]


@pytest.fixture
def doctor(site: Settings, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Ask for a report; arguments replace variables of the environment. No secret may ever be in it."""

    def asked(**changes: str) -> Report:
        for name, value in {**environment(site), **changes}.items():
            monkeypatch.setenv(name, value)
        answer = called("doctor", "--json")
        assert site.secret_key.reveal() not in answer.output
        password = site.database_url.partition("://")[2].partition("@")[0].partition(":")[2]
        assert not password or password not in answer.output
        found = {one["id"]: one for one in json.loads(answer.stdout)}
        assert all(one["fix"] or one["state"] == "ok" or "Not examined" in one["told"] for one in found.values())
        return Report(found, answer)

    return asked
