"""How people meet printers."""

from shopdb.api import ASSETS, Field, describe

from .levels import WORDS
from .models import Printer, PrinterSupply, PrinterTray

PRINTERS = describe(
    Printer,
    extends=ASSETS,
    title="Printers",
    fields=(
        Field("name", "Name", listed=True),
        Field("asset_number", "Number"),
        Field("serial_number", "Serial number", listed=True),
        Field("model", "Model", listed=True),
        Field("printer_status", "State", listed=True, editable=False, observed="collector"),
        Field("status", "Status", listed=True),
        Field("location", "Location", listed=True),
        Field("host_name", "Host name", searched=True),
        Field("firmware", "Firmware", observed="collector"),
        Field("errors", "Errors", editable=False, observed="collector"),
        Field("pages", "Page counts", editable=False, observed="collector"),
        Field("last_seen", "Last seen", listed=True),
    ),
)

SUPPLIES = describe(
    PrinterSupply,
    title="Supplies",
    singular="Supply",
    fields=(
        Field("asset", "Printer"),
        Field("name", "Supply", listed=True, searched=True),
        Field("kind", "Kind", listed=True),
        Field("color", "Colour", listed=True),
        Field("level", "Level", listed=True, editable=False, words=WORDS),
        Field("capacity", "Capacity", listed=True, editable=False, words=WORDS),
        Field("unit", "Unit", listed=True),
    ),
    parent="asset",
)

TRAYS = describe(
    PrinterTray,
    title="Trays",
    fields=(
        Field("asset", "Printer"),
        Field("name", "Tray", listed=True),
        Field("media", "Paper", listed=True),
        Field("level", "Level (sheets)", listed=True, editable=False, words=WORDS),
        Field("capacity", "Capacity (sheets)", listed=True, editable=False, words=WORDS),
    ),
    parent="asset",
)
