from pathlib import Path

import pytest

from shopdb.collect import durable


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    durable.write(tmp_path / "note", b"first")
    durable.write(tmp_path / "note", b"second")

    assert (tmp_path / "note").read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [tmp_path / "note"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    in_the_way = tmp_path / "note"
    (in_the_way / "sub").mkdir(parents=True)

    with pytest.raises(OSError, match="note"):
        durable.write(in_the_way, b"x")
    assert list(tmp_path.iterdir()) == [in_the_way]
