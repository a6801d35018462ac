"""Taking a list in, in tests."""

from collections.abc import Sequence
from typing import Any

from shopdb.boot import Shop
from shopdb.domain.access import Origin
from shopdb.domain.filters import parse_filter
from shopdb.domain.listing import ListQuery, Record
from shopdb.services import records as use
from shopdb.services.lists.scheme import Scheme, scheme_for
from shopdb.services.lists.sheet import Sheet, read_sheet
from shopdb.services.lists.taking import ListReport, take_in
from shopdb.store import records
from shopdb.store.session import settle

ANA = Origin(actor="ana", door="import", label="import machines.csv")


def listed(shop: Shop, resource: str, filter_text: str = "") -> Sequence[Record]:
    """Return the first records of a list."""
    described = shop.catalog[resource]
    with shop.reading() as session:
        return records.page(session, described, ListQuery(parse_filter(filter_text, described))).rows


def taken(shop: Shop, sheet: Sheet, scheme: Scheme, *, adding: bool = True) -> tuple[ListReport, int | None]:
    """Take the list in and return what became of it, with the batch."""
    return shop.write(ANA, lambda session: (take_in(session, sheet.rows, scheme, adding=adding), settle(session)))


def imported(shop: Shop, resource: str, text: str, *, adding: bool = False, **said: Any) -> ListReport:
    """Take the list in as `shopdb import` does with these words and return what became of it."""
    sheet = read_sheet(text.encode())
    comma = sheet.delimiter == ";"
    return taken(
        shop, sheet, scheme_for(shop.catalog, sheet.headings, resource, decimal_comma=comma, **said), adding=adding
    )[0]


def told(report: ListReport) -> list[str]:
    """Return all that is wrong with rows."""
    return [problem for row in report.refused for problem in row.problems]


def created(shop: Shop, resource: str, **values: Any) -> Record:
    """Make a record."""
    return shop.write(ANA, lambda session: use.create(session, shop.catalog[resource], values))
