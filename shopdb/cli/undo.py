"""`shopdb undo`: what one action changed, taken back."""

import click


@click.command()
@click.argument("batch_id", metavar="BATCH_ID", type=click.IntRange(1, 2**63 - 1))
def undo(batch_id: int) -> None:
    """Take the changes of a batch back.

    What somebody has touched since is left as it is, and listed. `shopdb history` tells the batches of a record,
    `shopdb q batches` all of them.
    """
    from shopdb.cli.output import show_line
    from shopdb.cli.site import acting, opened_shop
    from shopdb.services.undo import undo as take_back

    with opened_shop() as shop:
        report = shop.write(acting(f"undo batch {batch_id}"), lambda session: take_back(session, batch_id))
    if report.undo_batch_id is None and report.undone_by is not None:
        back = f"`shopdb undo {report.undone_by}` brings its changes back"
        show_line(f"Batch {batch_id} was undone already, by batch {report.undone_by}; {back}.")
    else:
        rows = "1 row was" if report.restored == 1 else f"{report.restored} rows were"
        by = f" by batch {report.undo_batch_id}" if report.undo_batch_id else ""
        show_line(f"{rows} restored{by}.")
    for reason in report.skipped:
        show_line(f"left as it is: {reason}")
