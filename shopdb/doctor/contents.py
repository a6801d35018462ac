"""What is in a site: its tables' revisions, plugins, change log, collectors, and the backups of it all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from shopdb.doctor.finding import Finding, ok, together
from shopdb.keeping.record import Noted
from shopdb.lifecycle.states import PluginState
from shopdb.services.upkeep import STALE_AFTER
from shopdb.store import chain, vitals
from shopdb.store.journal import OperationState
from shopdb.store.models import ChainHead

SEALED_WITHIN: Final = timedelta(hours=1)
BACKUP_WITHIN: Final = timedelta(days=2)
DRILL_WITHIN: Final = timedelta(days=100)
MOST_NAMED: Final = 5
HEAD_DIGITS: Final = 40  # of 64: as good as all of them to tell two heads apart, and it fits a line
SWITCH_OFF: Final = "`shopdb token disable NAME`"


def migrations(behind: Mapping[str, tuple[str, str]], at: Iterable[str]) -> Finding:
    """Tell whether every owner's tables are those of this version."""
    if behind:
        told = "; ".join(f"{owner} is at {found or 'nothing'}, wanted {wanted}"
                         for owner, (found, wanted) in behind.items())  # fmt: skip
        return Finding("fault", f"{told}.", "Run `shopdb upgrade` (as the admin of the site).")
    return ok(f"{', '.join(at)}: at this version's revisions.")


def plugins(states: Sequence[PluginState], disabled: Collection[str]) -> Finding:
    """Tell which plugins work, and why others do not; the ``disabled`` are meant not to."""
    enabled = [one.name for one in states if one.state == "enabled"]
    found = [
        Finding("fault", f"{one.name} is left out: {'; '.join(one.reasons) or 'its files are gone'}.", _remedy(one))
        for one in states
        if one.state == "left out" and one.name not in disabled
    ]
    for one in states:
        if one.state == "enabled" and one.faults:
            newest = one.faults[0]
            told = f"{one.name} failed in the {newest.program} of {newest.host}: {newest.problem}"
            found.append(Finding("warning", told, f"See `shopdb plugin list`; then upgrade or disable {one.name}."))
    return together(f"{', '.join(enabled) or 'None'}: loaded whole.", found)


def plugin_files(states: Sequence[PluginState]) -> Finding:
    """Tell whose files are not those that were installed."""
    found = [Finding("warning", f"{one.name}: {_few(one.changed)} changed since it was installed.", _mending(one))
             for one in states if one.changed]  # fmt: skip
    return together("The files of every plugin are those that were installed.", found)


def plugin_operations(unfinished: OperationState | None) -> Finding:
    """Tell what was begun with a plugin and not brought to its end."""
    if unfinished is None:
        return ok("Nothing that was begun with a plugin is unfinished.")
    one = unfinished
    return Finding(
        "fault",
        f"The {one.verb} of {one.plugin}, begun {one.started_at:%Y-%m-%d %H:%M} UTC on {one.host}, stopped in the "
        f"middle (after {one.step or 'nothing'}).",
        "Run `shopdb plugin recover`, which finishes it or takes it back.",
    )


def change_log(engine: Engine, now: datetime) -> Finding:
    """Tell whether the log is as it was sealed, and the head that shows it when it is kept elsewhere."""
    with Session(engine) as session:
        broken = chain.broken_at(session)
        head = session.connection().execute(select(ChainHead.seal, ChainHead.chain_hash)).one()
        waiting = vitals.unsealed_since(session.connection())
    if broken is not None:
        return Finding(
            "fault",
            f"Batch {broken} of the chain is not what was sealed: somebody changed the log past the program.",
            "Find out who could write to the database; bring back a backup from before, or begin to trust anew.",
        )
    mark = f"; the head is {head.chain_hash.hex()[:HEAD_DIGITS]}" if head.seal else ""
    told = f"{head.seal:,} batches are sealed and whole{mark}."
    if waiting is not None and now - waiting > SEALED_WITHIN:
        since = f"What was changed since {waiting:%Y-%m-%d %H:%M} UTC is not sealed yet."
        return Finding("hint", f"{told} {since}", "A running server seals: `shopdb serve`.")
    return ok(told)


def collectors(engine: Engine, now: datetime) -> Finding:
    """Tell which collectors went silent."""
    with engine.connect() as connection:
        intakes = vitals.intakes(connection)
        tokens = vitals.collector_tokens(connection, now)
    if not intakes and not tokens:
        return ok("No collector has a token, and none has pushed.")
    told = "; ".join(f"{one.plugin}: {one.assets:,} assets, last push {_ago(now - one.last)}" for one in intakes)
    return together(f"{told or 'Nothing was pushed yet'}.", _silent(intakes, tokens, now))


def backup(noted: Noted | None, now: datetime, *, relied_on: bool, readable: bool = True) -> Finding:
    """Tell how old the last backup is, as this home knows; ``relied_on`` is a site of which others live.

    ``readable`` is one that is not encrypted, or whose passphrase somebody here has.
    """
    fix = "Run `shopdb backup` now and by a timer, and keep copies on another machine."
    if noted is None:
        return Finding("fault" if relied_on else "hint", "This home knows of no backup.", fix)
    if not noted.path.exists():
        return Finding("warning", f"The last backup ({_ago(now - noted.at)}) is no longer at {noted.path}.", fix)
    told = f"The last backup was made {_ago(now - noted.at)}: {noted.path}."
    if now - noted.at > BACKUP_WITHIN:
        return Finding("warning", told, fix)
    if not readable:
        told += " It is encrypted, nobody here has a passphrase for it, and none like it was ever proved."
        return Finding("hint", told, "Prove that you have it: `shopdb restore --drill --key-file FILE`.")
    return ok(told)


def restore_drill(noted: Noted | None, now: datetime, *, relied_on: bool) -> Finding:
    """Tell when a backup was last proved to be one."""
    fix = "Run `shopdb restore --drill`; it touches nothing of the site."
    if noted is None:
        return Finding(
            "warning" if relied_on else "hint", "No backup was ever proved to be one that can be brought back.", fix
        )
    told = f"A backup was brought back on trial {_ago(now - noted.at)} ({noted.rows:,} rows)."
    return Finding("warning", told, fix) if now - noted.at > DRILL_WITHIN else ok(told)


def _silent(
    intakes: Sequence[vitals.Intake], tokens: Mapping[str, datetime | None], now: datetime
) -> Iterator[Finding]:
    for one in intakes:
        if now - one.last > STALE_AFTER:
            told = f"Nothing was pushed for {one.plugin} ({one.assets:,} assets) since {one.last:%Y-%m-%d %H:%M} UTC."
            yield Finding("warning", told, "See what became of its collector: its log, its schedule, its token.")
    silent = [f"{name} ({_ago(now - used)})" for name, used in tokens.items() if used and now - used > STALE_AFTER]
    if silent:
        told = f"Tokens that push no more: {_few(silent)}."
        yield Finding(
            "warning", told, "See to those collectors, or switch the tokens off: `shopdb token disable NAME`."
        )
    if unused := [name for name, used in tokens.items() if used is None]:
        yield Finding(
            "hint", f"Tokens never used: {_few(unused)}.", "Switch off what nobody needs: `shopdb token disable NAME`."
        )


def _remedy(one: PluginState) -> str:
    if one.faulty or not one.reasons:
        return f"Upgrade or repair {one.name}, or disable it: `shopdb plugin upgrade`, `repair`, `disable`."
    return f"`shopdb plugin list` says what {one.name} waits for."


def _mending(one: PluginState) -> str:
    if one.bundled:
        return "It came with shopdb: run `shopdb upgrade` after an update; otherwise install shopdb anew."
    return f"If nobody meant to: `shopdb plugin repair {one.name}` brings back what was installed."


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _ago(span: timedelta) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count:,} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
