"""The real histories: core's and the bundled plugins', on both engines."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from shopdb.plugins.loader import bundled_folder, load
from shopdb.store.drift import check
from shopdb.store.migrate import Step, downgrade, upgrade
from shopdb.store.revisions import Owner, behind, core_owner, current, history, wanted

PLUGINS = sorted(path.parents[2].name for path in bundled_folder().glob("*/migrations/versions/0001*.py"))
SEARCH_TABLES = {f"search_fts{part}" for part in ("", "_data", "_idx", "_docsize", "_config")}
RACE = """
import sys
from shopdb.store.engine import open_engine
from shopdb.store.migrate import upgrade
from shopdb.store.revisions import core_owner
engine = open_engine(sys.argv[1], patient=True)
print("ready", flush=True)
while sys.stdin.readline():
    print(len(upgrade(engine, [core_owner()])), flush=True)
"""


@pytest.fixture(scope="session")
def owners() -> dict[str, Owner]:
    registry = load([bundled_folder()], strict=True)
    return {owner.name: owner for owner in (core_owner(), *registry.owners)}


@pytest.mark.parametrize("name", ["core", *PLUGINS])
def test_models_and_migrations_agree(name: str, owners: dict[str, Owner], empty_engine: Engine) -> None:
    those = [owners["core"]] if name == "core" else [owners["core"], owners[name]]
    upgrade(empty_engine, those)
    assert check(empty_engine, those) == {}
    made = set(inspect(empty_engine).get_table_names()) - SEARCH_TABLES
    mapped = {table for owner in those for table in owner.metadata.tables}
    assert made == mapped | {owner.version_table for owner in those}


def test_every_owner_can_be_taken_back_and_brought_again(owners: dict[str, Owner], empty_engine: Engine) -> None:
    everybody = list(owners.values())
    upgrade(empty_engine, everybody)
    before = set(inspect(empty_engine).get_table_names())
    for owner in reversed(everybody):
        downgrade(empty_engine, owner)
    left = {owner.version_table for owner in everybody}
    assert set(inspect(empty_engine).get_table_names()) == left
    assert current(empty_engine, everybody) == dict.fromkeys(owners, "")
    upgrade(empty_engine, everybody)
    assert set(inspect(empty_engine).get_table_names()) == before
    assert check(empty_engine, everybody) == {}


def test_an_upgrade_says_each_step_and_a_second_one_finds_nothing_to_do(
    owners: dict[str, Owner], empty_engine: Engine
) -> None:
    told: list[Step] = []
    steps = upgrade(empty_engine, list(owners.values()), told.append)
    assert told == list(steps)
    assert steps[0].owner == "core"
    assert [(step.done, step.total) for step in steps] == [(n + 1, len(steps)) for n in range(len(steps))]
    assert behind(empty_engine, list(owners.values())) == {}
    assert upgrade(empty_engine, list(owners.values())) == ()


def test_drift_is_told_in_words(owners: dict[str, Owner], empty_engine: Engine) -> None:
    core = owners["core"]
    upgrade(empty_engine, [core])
    with empty_engine.begin() as connection:
        connection.execute(text("ALTER TABLE vendors ADD COLUMN colour VARCHAR(10)"))
        connection.execute(text("ALTER TABLE vendors DROP COLUMN website"))
        connection.execute(text("DROP TABLE saved_views"))
    told = "\n".join(check(empty_engine, [core])["core"])
    assert "column vendors.colour is in the database and not in the models" in told
    assert "column vendors.website is in the models and not in the database" in told
    assert "table saved_views is in the models and not in the database" in told


def test_a_database_without_tables_is_behind(owners: dict[str, Owner], empty_engine: Engine) -> None:
    assert behind(empty_engine, [owners["core"]]) == {"core": ("", wanted(owners["core"]))}


def test_search_entries_are_found_by_three_letters_even_those_that_other_searches_skip(
    owners: dict[str, Owner], empty_engine: Engine
) -> None:
    upgrade(empty_engine, [owners["core"]])
    entry = {"root": "assets", "resource": "assets", "title": "t", "detail": "", "title_key": "t"}
    columns = "root, resource, record_id, title, detail, title_key, exact_keys, search_text, trigrams"
    values = ":root, :resource, :record_id, :title, :detail, :title_key, '', :search_text, :trigrams"
    add = text(f"INSERT INTO search_entries ({columns}) VALUES ({values})")  # noqa: S608 constants of this test
    with empty_engine.begin() as connection:
        for number, word in enumerate(["theforge", "lathe"], start=1):
            grams = " ".join(word[at : at + 3] for at in range(len(word) - 2))
            connection.execute(add, {**entry, "record_id": number, "search_text": word, "trigrams": grams})
        connection.execute(text("UPDATE search_entries SET search_text = 'x', trigrams = 'x' WHERE record_id = 3"))
    assert _found(empty_engine, "the") == {1, 2}
    assert _found(empty_engine, "for") == {1}
    with empty_engine.begin() as connection:
        connection.execute(
            text("UPDATE search_entries SET search_text = 'drill', trigrams = 'dri ril ill' WHERE record_id = 1")
        )
        connection.execute(text("DELETE FROM search_entries WHERE record_id = 2"))
    assert _found(empty_engine, "the") == set()
    assert _found(empty_engine, "ril") == {1}


def _found(engine: Engine, gram: str) -> set[int]:
    if engine.dialect.name == "sqlite":
        found = "id IN (SELECT rowid FROM search_fts WHERE search_fts MATCH :gram)"
    else:
        found = "MATCH (trigrams) AGAINST (:gram IN BOOLEAN MODE)"
    with engine.connect() as connection:
        query = text(f"SELECT record_id FROM search_entries WHERE {found}")  # noqa: S608 constants of this test
        return set(connection.scalars(query, {"gram": gram}))


def test_of_four_processes_that_race_to_migrate_one_does_it_and_nobody_fails(
    database_url: str, owners: dict[str, Owner], empty_engine: Engine
) -> None:
    steps = history("core", owners["core"].script_location)
    with racers(database_url, 4) as processes:
        for _round in range(20):
            for process in processes:
                say(process, "go")
            assert sorted(answer(process) for process in processes) == ["0", "0", "0", str(len(steps))]
            downgrade(empty_engine, owners["core"])


@contextmanager
def racers(url: str, number: int) -> Iterator[list[subprocess.Popen[str]]]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONPATH": "."},
        )
        for _ in range(number)
    ]
    try:
        assert {answer(process) for process in processes} == {"ready"}
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
