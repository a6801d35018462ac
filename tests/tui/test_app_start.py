from bench.bench_start import SHOPDB, first_frame


def test_the_first_frame_does_not_wait_for_sqlalchemy() -> None:
    _seconds, imported = first_frame(SHOPDB)
    assert not imported
