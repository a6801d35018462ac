"""The spool: every push lies on the disk before it leaves, and until the server has answered for it.

A folder of one file a push. The first line of a file is its label, all that follows is the body as it will be
sent, byte for byte, so that a push whose answer was lost can be sent again under the same key.
Whoever uses a spool holds its lock; how a push travels is the courier's business.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import orjson

from shopdb.collect import durable
from shopdb.exceptions import SpoolError

MOST_PUSHES = 1_000
MOST_BYTES = 256 * 1024 * 1024
MOST_SET_ASIDE = 100  # refused and unreadable pushes that are kept, each; the oldest go first

FORMAT = 1
NAME = re.compile(r"(\d{12})-[0-9a-f-]{36}\.push")
PLUGIN = re.compile(r"[a-z][a-z0-9_]*")
LABEL_LIMIT = 4096  # bytes of the first line


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a push: where it goes, under which key, about whom, and what its body must be.

    `subject` names who is described; `full` says that the body describes them whole.
    """

    format: int
    key: str
    plugin: str
    subject: str
    full: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class SpooledPush:
    """A push that waits, with its body."""

    path: Path
    label: Label
    body: bytes


class Spool:
    """The pushes that wait in one folder, oldest first; a disk that fails raises OSError everywhere."""

    def __init__(self, folder: Path, *, most_pushes: int = MOST_PUSHES, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_pushes = most_pushes
        self._most_bytes = most_bytes
        durable.folder(folder)

    def lock(self) -> AbstractContextManager[None]:
        """This process alone at the spool; raises CollectorBusyError when another one is."""
        return durable.alone(self.folder / "lock")

    def add(self, body: bytes, *, plugin: str, subject: str, full: bool) -> SpooledPush:
        """The push, on the disk under a key of its own; raises SpoolError when too many wait.

        A full push takes the place of older ones about the same subject: what they say is out of date.
        """
        outdated = self._outdated(plugin, subject) if full else []
        self._check_room(len(body), outdated)
        label = Label(FORMAT, str(uuid4()), plugin, subject, full, hashlib.sha256(body).hexdigest())
        path = self.folder / f"{self._next_number():012d}-{label.key}.push"
        durable.write(path, orjson.dumps(asdict(label)) + b"\n" + body)
        for older in outdated:
            self._remove(older)
        return SpooledPush(path, label, body)

    def waiting(self) -> Iterator[SpooledPush]:
        """The pushes, oldest first, read one at a time; those that cannot be read are left to `mend`."""
        for path in self._paths():
            try:
                yield _read(path)
            except (OSError, ValueError, TypeError):
                continue

    def done(self, push: SpooledPush) -> None:
        """The push is gone from the disk: the server has answered for it."""
        self._remove(push.path)

    def refuse(self, push: SpooledPush, reasons: tuple[str, ...]) -> Path:
        """Where the push lies now, with the reasons in a file beside it."""
        return self._set_aside(push.path, "refused", "\n".join(reasons))

    def mend(self) -> tuple[str, ...]:
        """What was wrong in the folder, one line each: unreadable pushes are moved aside, drafts go."""
        for draft in self.folder.glob(f".*{durable.DRAFT}"):
            draft.unlink(missing_ok=True)
        told = []
        for path in self._paths():
            try:
                _read(path)
            except (OSError, ValueError, TypeError) as failure:
                reason = str(failure) or type(failure).__name__
                aside = self._set_aside(path, "unreadable", reason)
                told.append(f"a push in the spool could not be read ({reason}); it lies in {aside} now")
        return tuple(told)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def _outdated(self, plugin: str, subject: str) -> list[Path]:
        return [
            push.path
            for push in self.waiting()
            if push.label.full and (push.label.plugin, push.label.subject) == (plugin, subject)
        ]

    def _check_room(self, size: int, outdated: list[Path]) -> None:
        """What waits is never dropped to make room: it may be the only news of its subject."""
        others = [path for path in self._paths() if path not in outdated]
        if len(others) >= self._most_pushes:
            raise SpoolError(self.folder, f"{len(others)} pushes wait there already")
        taken = sum(path.stat().st_size for path in others)
        if taken + size > self._most_bytes:
            raise SpoolError(self.folder, f"{taken} bytes wait there already")

    def _next_number(self) -> int:
        """One more than any before it: a clock that is set back does not change the order."""
        names = (path.name for path in self.folder.glob("**/*.push"))
        return 1 + max((int(found[1]) for name in names if (found := NAME.fullmatch(name))), default=0)

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        durable.sync(self.folder)

    def _set_aside(self, path: Path, kind: str, reason: str) -> Path:
        """The reason is written first: a push without one would be a riddle, a reason without one is not."""
        aside = durable.folder(self.folder / kind)
        durable.write(aside / f"{path.stem}.reason.txt", reason.encode("utf-8", "replace") + b"\n")
        durable.move(path, aside / path.name)
        for old in sorted(aside.glob("*.push"))[:-MOST_SET_ASIDE]:
            old.unlink(missing_ok=True)
            old.with_name(f"{old.stem}.reason.txt").unlink(missing_ok=True)
        return aside / path.name


def _read(path: Path) -> SpooledPush:
    with path.open("rb") as file:
        label = Label(**orjson.loads(file.readline(LABEL_LIMIT)))
        body = file.read()
    if label.format != FORMAT:
        raise ValueError(f"it has the format {label.format}, known is {FORMAT}")
    if not path.name.endswith(f"-{label.key}.push") or not PLUGIN.fullmatch(f"{label.plugin}"):
        raise ValueError("its label is not its own")
    if hashlib.sha256(body).hexdigest() != label.sha256:
        raise ValueError("its content is not what was written")
    return SpooledPush(path, label, body)
