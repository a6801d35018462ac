"""How people meet machines. What a machine says of itself is the collector's; the rest is a person's."""

from shopdb.api import ASSETS, Field, describe

from .models import Equipment

EQUIPMENT = describe(
    Equipment,
    extends=ASSETS,
    title="Equipment",
    singular="Machine",
    fields=(
        Field("asset_number", "Machine number", listed=True),
        Field("name", "Name", listed=True),
        Field("type", "Type", listed=True),
        Field("controller", "Controller", listed=True, searched=True),
        Field("driven_by", "Driven by", relation="~drives", listed=True, help="the PCs without which it stops"),
        Field("status", "Status", listed=True),
        Field("location", "Location", listed=True),
        Field("serial_number", "Serial number"),
        Field("firmware", "Firmware", observed="collector"),
        Field("protocol", "Protocol", help="how programs talk to it, such as MTConnect or OPC UA"),
        Field("endpoint", "Endpoint", searched=True, help="where it answers, such as http://10.0.3.7:5000"),
        Field("availability", "Availability", editable=False, observed="collector"),
        Field("uuid", "UUID", searched=True, observed="collector", help="what its MTConnect agent calls it"),
        Field("last_seen", "Last seen", listed=True),
    ),
)
