"""How people meet network devices."""

from shopdb.api import ASSETS, Field, Kind, describe

from .models import KINDS, NetworkDevice, NetworkPort, NetworkVlan

NETWORK_DEVICES = describe(
    NetworkDevice,
    extends=ASSETS,
    title="Network devices",
    fields=(
        Field("name", "Name", listed=True),
        Field("asset_number", "Number"),
        Field("serial_number", "Serial number", listed=True),
        Field("kind", "Device kind", listed=True, choices=KINDS),
        Field("model", "Model", listed=True),
        Field("firmware", "Firmware", listed=True, observed="collector"),
        Field("status", "Status", listed=True),
        Field("location", "Location", listed=True),
        Field("description", "Description", searched=True, observed="collector"),
        Field("sys_object_id", "Object id", observed="collector", help="SNMP sysObjectID"),
        Field("uptime", "Uptime (s)", editable=False, observed="collector"),
        Field("last_seen", "Last seen", listed=True),
    ),
)

PORTS = describe(
    NetworkPort,
    title="Ports",
    fields=(
        Field("asset", "Device"),
        Field("number", "Number", listed=True),
        Field("name", "Name", listed=True, searched=True),
        Field("description", "Description", listed=True, searched=True),
        Field("status", "Link", listed=True),
        Field("speed", "Speed (bit/s)", listed=True),
        Field("vlan", "VLAN", listed=True),
        Field("mac", "MAC address", kind=Kind.MAC, listed=True, searched=True),
    ),
    parent="asset",
    default_sort="number",
)

VLANS = describe(
    NetworkVlan,
    title="VLANs",
    fields=(
        Field("asset", "Device"),
        Field("number", "Number", listed=True),
        Field("name", "Name", listed=True, searched=True),
    ),
    parent="asset",
    default_sort="number",
)
