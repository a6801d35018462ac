"""What an archive is refused for."""

from pathlib import Path

import pytest

from shopdb.exceptions import ArchiveRefusedError
from shopdb.plugins.archive import archive_of, read_archive


def problems(raw: bytes | Path) -> tuple[str, ...]:
    """Return every problem of an archive in memory, or of a file or a folder."""
    with pytest.raises(ArchiveRefusedError) as refused:
        read_archive(raw) if isinstance(raw, Path) else archive_of(raw)
    assert all(problem in str(refused.value) for problem in refused.value.problems)
    return refused.value.problems


def codes(raw: bytes | Path) -> list[str]:
    """Return the codes of the rules that are broken, each once."""
    return sorted({problem.partition(" ")[0] for problem in problems(raw)})
