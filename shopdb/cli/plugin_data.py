"""`shopdb plugin data`: what a plugin keeps, also one that is off, removed or broken: its code is not needed."""

from __future__ import annotations

import click

from shopdb.cli.plugin import site


@click.command()
@click.argument("name")
@click.argument("table", default="")
@click.argument("filter", default="")
@click.option("--json", "form", flag_value="json", help="A list of objects.")
@click.option("--csv", "form", flag_value="csv", help="Comma-separated values.")
def data(name: str, table: str, filter: str, form: str | None) -> None:
    """Count the rows of each table of the plugin NAME, or list those of TABLE that FILTER lets through.

    Nothing of the plugin is run, so this works for plugins that are off, removed or broken.
    """
    from shopdb.cli import output
    from shopdb.cli.query import show_records
    from shopdb.domain.filters import parse_filter
    from shopdb.domain.listing import ListQuery
    from shopdb.lifecycle import removing

    with site() as shop:
        if not table:
            rows = removing.what_would_go(shop, name)
            if form == "json":
                output.show_json({"table": one, "rows": count} for one, count in rows.items())
            else:
                output.show_table(("table", "rows"), ([one, str(count)] for one, count in rows.items()))
            return
        opened = shop.with_data_of(name)
        described = opened.catalog[table]
        asked = ListQuery(parse_filter(filter, described))
        show_records(opened, described, asked, fields=described.fields, limit=None, form=form)
