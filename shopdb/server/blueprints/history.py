"""Batches of changes: reading them is a resource like others; taking one back is here."""

from __future__ import annotations

from flask import Blueprint, Response

from shopdb.boot import Shop
from shopdb.server.access import Doorkeeper
from shopdb.server.answers import json_answer
from shopdb.server.reading import only_parameters
from shopdb.server.routes import mounted
from shopdb.services.undo import undo


def make(shop: Shop, doorkeeper: Doorkeeper) -> Blueprint:
    """Return the blueprint."""

    def taken_back(batch_id: int) -> Response:
        """Undo a batch where nobody has touched its records since, and say what was not."""
        origin = doorkeeper.origin()
        origin.require("batches.change")
        only_parameters()
        report = shop.write(origin.doing(f"undo batch {batch_id}"), lambda session: undo(session, batch_id))
        return json_answer(
            {
                "batch_id": report.undo_batch_id,
                "undone": batch_id,
                "undone_by": report.undone_by,
                "restored": report.restored,
                "skipped": report.skipped,
            }
        )

    return mounted("history", (("POST", "/batches/<int:batch_id>/undo", taken_back),))
