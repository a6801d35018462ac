"""Writing a list into a file of comma-separated values, whatever its length.

Belongs to the terminal; it runs in a job thread.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy.orm import Session

from shopdb.domain.cells import to_cell
from shopdb.domain.listing import LARGEST_PAGE, ListQuery, Page
from shopdb.domain.resource import Resource
from shopdb.store import records

Read = Callable[[Callable[[Session], Any]], Any]


def write_csv(read: Read, resource: Resource, query: ListQuery, path: Path) -> int:
    """Write the records that a query lets through, every field of them, into a new file; return how many.

    Raises FileExistsError for a file that is there, and any other OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="") as file:
        try:
            return _write(file, read, resource, replace(query, limit=LARGEST_PAGE, after=None))
        except BaseException:
            path.unlink()  # half a list looks like a whole one
            raise


def _write(file: TextIO, read: Read, resource: Resource, query: ListQuery) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["id", *(field.name for field in resource.fields)])
    names = [field.name for field in resource.fields]
    written = 0
    while True:
        page: Page = read(partial(records.page, resource=resource, query=query, also=names))
        for one in page.rows:
            writer.writerow([str(one.id), *(to_cell(one.values[field.name], field) for field in resource.fields)])
        written += len(page.rows)
        if page.after is None:
            return written
        query = replace(query, after=page.after)
