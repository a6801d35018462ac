"""How a plugin stands, in the words of the plugins screen: a line of its list, and all that is known.

Belongs to the terminal; nothing here reads anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from shopdb.lifecycle.inspection import Offer
from shopdb.lifecycle.states import PluginState
from shopdb.store.journal import OperationState
from shopdb.tui.plugin_work import Standing
from shopdb.tui.rows import Column
from shopdb.tui.widgets.sheet import Item, Section

COLUMNS: Final = (
    Column("name", "Plugin", 14),
    Column("version", "Version", 9),
    Column("state", "State", 13),
    Column("signer", "Signed by", 12),
    Column("notes", "Notes"),
)
OPERATION: Final = "operation:"
TRUST: Final = {
    "bundled": "shopdb",
    "signed": "",
    "unknown key": "unknown key",
    "unsigned": "nobody",
    "": "",
}
MOST_NAMED: Final = 20  # files that somebody changed
SAFE_MODE: Final = "--safe: no plugin is loaded here. What is switched, upgraded or removed counts for everybody else."


def cells(state: PluginState, standing: Standing) -> tuple[str, ...]:
    """Return a plugin's line."""
    return (state.name, state.version, state.state, _signer(state), "; ".join(_notes(state, standing)))


def tone(state: PluginState, standing: Standing) -> str:
    """Return the tone of a plugin's line."""
    if state.faulty or _is_stopped(state, standing):
        return "error"
    if state.state != "enabled":
        return "muted"
    return "warning" if state.faults or state.changed else ""


def offer_cells(offer: Offer) -> tuple[str, ...]:
    """Return the line of an archive whose plugin is not here at all."""
    return (offer.name, offer.version, "offered", "", f"enter looks into {offer.path.name}")


def heading(standing: Standing, *, safe: bool) -> list[str]:
    """Return what stands above the list, a line each."""
    offered = {one.name for one in standing.offers} | {one.name for one in standing.states if one.update is not None}
    counts = [f"Plugins  {len(standing.states)}"]
    counts += [f"{len(offered)} new in the folder of archives"] if offered else []
    lines = [" · ".join(counts)]
    if safe:
        lines.append(SAFE_MODE)
    stopped, running = standing.stopped, standing.running
    if stopped is not None:
        lines.append(f"{stopped_in_words(stopped)} F finishes it, T takes it back.")
    elif running is not None:
        lines.append(f"{running.actor} on {running.host}: the {running.verb} of {running.plugin} is under way.")
    return lines


def troubles(standing: Standing) -> list[str]:
    """Return what somebody has to see to, a sentence each."""
    told = []
    if standing.stopped is not None:
        told.append(f"{stopped_in_words(standing.stopped)} On the plugins screen F finishes it and T takes it back.")
    for state in standing.states:
        if state.state == "left out" and state.faulty:
            told.append(f"{state.name} is left out: {'; '.join(state.reasons)}.")
        if state.changed:
            told.append(f"{state.name} was changed on disk since it was installed; the plugins screen says where.")
    return told


def sections(
    state: PluginState, standing: Standing, history: Sequence[OperationState], zone: tzinfo
) -> Iterator[Section]:
    """Yield all that is known of a plugin."""
    yield Section("", tuple(_now(state, standing)))
    if state.faults:
        yield Section("Faults", tuple(_faults(state, zone)))
    yield Section("About it", tuple(_about(state)))
    if history:
        yield Section("What was done to it (enter shows the log)", tuple(_operations(history, zone)))


def offer_sections(offer: Offer) -> Iterator[Section]:
    """Yield what is known of an archive by its manifest alone."""
    items = (
        Item("plugin", f"{offer.name} {offer.version}"),
        Item("what", offer.description),
        Item("archive", str(offer.path)),
        Item("now", "not here yet: i looks into the archive before anything of it runs"),
    )
    yield Section("", items)


def stopped_in_words(stopped: OperationState) -> str:
    """Return where something stopped that was neither finished nor taken back."""
    where = f"after the step {stopped.step!r}" if stopped.step else "before its first step"
    return f"The {stopped.verb} of {stopped.plugin} on {stopped.host} stopped {where}."


def log_of(operation: OperationState, zone: tzinfo) -> str:
    """Return all that the journal says of one thing that was done."""
    ended = _moment(operation.ended_at, zone) if operation.ended_at is not None else "not yet"
    lines = [
        f"{operation.verb} of {operation.plugin} by {operation.actor} on {operation.host}",
        f"begun {_moment(operation.started_at, zone)}, ended {ended}: {operation.state}",
        *([operation.told] if operation.told else []),
        "",
        operation.log or "Nothing was logged.",
    ]
    return "\n".join(lines)


def _signed(state: PluginState) -> str:
    """Return who stands for a plugin, in a sentence."""
    words = {
        "bundled": "it comes with shopdb",
        "signed": f"by {state.signer}",
        "unknown key": f"with a key that was not trusted when it was installed ({state.signer})",
        "unsigned": "by nobody; somebody confirmed it by its name",
    }
    return words.get(state.trust, "-")


def _signer(state: PluginState) -> str:
    return state.signer if state.trust == "signed" else TRUST.get(state.trust, state.trust)


def _is_stopped(state: PluginState, standing: Standing) -> bool:
    return standing.stopped is not None and standing.stopped.plugin == state.name


def _offer(state: PluginState, standing: Standing) -> Offer | None:
    return next((one for one in standing.offers if one.name == state.name), None)


def _notes(state: PluginState, standing: Standing) -> Iterator[str]:
    if _is_stopped(state, standing) and standing.stopped is not None:
        yield f"its {standing.stopped.verb} stopped in the middle"
    if state.state == "left out":
        yield from state.reasons
    offer = state.update or _offer(state, standing)
    if offer is not None:
        yield f"{offer.version} is offered"
    if state.changed:
        yield "changed on disk"
    yield from (f"{fault.program} on {fault.host}: {fault.problem}" for fault in state.faults)
    if state.state == "removed":
        yield "its data is kept"


def _now(state: PluginState, standing: Standing) -> Iterator[Item]:
    yield Item("plugin", f"{state.name} {state.version}".strip())
    yield Item("what", state.description or "-")
    yield Item("state", state.state, tone="error" if state.faulty else "")
    for reason in state.reasons:
        yield Item("why", reason, tone="error" if state.faulty else "muted")
    if _is_stopped(state, standing) and standing.stopped is not None:
        yield Item("stopped", f"its {standing.stopped.verb}: F finishes it, T takes it back", tone="error")
    offer = _offer(state, standing)
    if offer is not None:
        yield Item("offered", f"{offer.version} in {offer.path}: i looks into it")
    elif state.update is not None:
        yield Item("offered", f"{state.update.version} in {state.update.path}: U looks into it and upgrades")
    if state.older:
        yield Item("before", f"{state.older}: R rolls back to it")
    if state.changed:
        named = ", ".join(state.changed[:MOST_NAMED])
        more = f" and {len(state.changed) - MOST_NAMED} more" if len(state.changed) > MOST_NAMED else ""
        yield Item("changed on disk", f"{named}{more}", tone="warning")


def _faults(state: PluginState, zone: tzinfo) -> Iterator[Item]:
    for fault in state.faults:
        told = f"{_moment(fault.happened_at, zone)} on {fault.host}: {fault.problem}"
        yield Item(fault.program, f"{told} (left out there)" if fault.stopped else told, tone="warning")


def _about(state: PluginState) -> Iterator[Item]:
    brought = ", ".join(_counted(count, what) for what, count in state.brings.items())
    needs = ", ".join(f"{name} {span}".strip() for name, span in state.dependencies.items())
    yield Item("brings", brought or ("-" if state.state == "enabled" else "nothing while it is not on"))
    yield Item("signed", _signed(state))
    yield Item("contract", state.contract or "any")
    yield Item("needs", needs or "-")
    yield Item("needed by", ", ".join(state.needed_by) or "-")
    yield Item("author", state.author or "-")
    yield Item("homepage", state.homepage or "-")
    yield Item("tables", ", ".join(state.tables) or "-")
    yield Item("folder", str(state.folder) if state.folder is not None else "-")


def _operations(history: Sequence[OperationState], zone: tzinfo) -> Iterator[Item]:
    for one in history:
        told = f"{one.verb} by {one.actor}: {one.told or one.state}"
        tones = {"done": "", "running": "warning"}
        moment = f"{one.started_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield Item(moment, told, opens=f"{OPERATION}{one.id}", tone=tones.get(one.state, "warning"))


def _counted(count: int, what: str) -> str:
    if count != 1:
        return f"{count} {what}"
    return f"1 {what[:-3]}y" if what.endswith("ies") else f"1 {what.removesuffix('s')}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
