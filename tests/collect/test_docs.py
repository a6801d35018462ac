import json
import re
from pathlib import Path

from shopdb.collect import spool
from shopdb.collect.answers import BUSY, MENDABLE
from shopdb.collect.courier import Patience
from shopdb.collect.inventory import Address, Disk, Inventory, Monitor, Software

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "COLLECTORS.md").read_text()
SCHEMA = json.loads((ROOT / "plugins" / "computers" / "collector.schema.json").read_text())
LISTS = {"ips": Address, "disks": Disk, "monitors": Monitor, "software": Software}
TYPED_BY_PEOPLE = {"machine_numbers", "is_machine_network"}  # no program can find them out


def documented() -> dict[str, str]:
    """Each field of the page's table with its text; several may share a line."""
    _, _, table = PAGE.partition("| field | what it is |")
    rows = re.findall(r"^\| (`[^|]*) \| (.+) \|$", table.partition("\n\n")[0], re.MULTILINE)
    return {name: told for names, told in rows for name in re.findall(r"`(\w+)`", names)}


def test_the_fields_are_those_that_the_server_takes_and_this_host_sends() -> None:
    assert documented().keys() == SCHEMA["properties"].keys()
    assert documented().keys() - TYPED_BY_PEOPLE == Inventory.__annotations__.keys()


def test_the_members_of_lists_are_those_that_the_server_takes_and_this_host_sends() -> None:
    for name, entry in LISTS.items():
        shown = re.search(r"`\{(.+?)\}`", documented()[name])
        assert shown
        members = set(re.findall(r"\w+", shown[1]))
        assert members == SCHEMA["properties"][name]["items"]["properties"].keys()
        assert members - TYPED_BY_PEOPLE == entry.__annotations__.keys()


def test_each_answer_has_its_line() -> None:
    by_fate = {line.split("|")[2].strip(): line for line in PAGE.splitlines() if line.startswith("| ")}
    kept = next(line for fate, line in by_fate.items() if fate.startswith("kept, not tried"))
    retried = next(line for fate, line in by_fate.items() if fate.startswith("kept; tried"))

    assert {int(status) for status in re.findall(r"\b4\d\d\b", kept)} == set(MENDABLE)
    assert {int(status) for status in re.findall(r"\b4\d\d\b", retried)} == set(BUSY)


def test_the_limits_are_those_of_the_program() -> None:
    assert f"At most {spool.MOST_PUSHES:,} pushes and {spool.MOST_BYTES // 2**20} MiB" in PAGE
    assert f"newest {spool.MOST_SET_ASIDE} stay" in PAGE
    assert f"up to {Patience().total:.0f} seconds" in PAGE
