"""How people meet PCs.

What only the machine itself knows for sure (its system, its hardware) is the collector's to say; names, kinds and
numbers that a person typed stay.
"""

from shopdb.api import ASSETS, Field, describe

from .models import KINDS, Computer, ComputerDisk, ComputerMonitor

COMPUTERS = describe(
    Computer,
    extends=ASSETS,
    title="Computers",
    fields=(
        Field("name", "Name", listed=True),
        Field("asset_number", "Number"),
        Field("serial_number", "Serial number", listed=True),
        Field("kind", "PC kind", listed=True, choices=KINDS),
        Field("drives", "Drives", relation="drives", listed=True, help="the machines that stop without this PC"),
        Field("os_name", "System", listed=True, searched=True, observed="collector"),
        Field("os_version", "System version", observed="collector"),
        Field("os_architecture", "Architecture", observed="collector"),
        Field("status", "Status", listed=True),
        Field("location", "Location", listed=True),
        Field("cpu", "Processor", observed="collector"),
        Field("memory_mb", "Memory (MiB)", observed="collector"),
        Field("chassis_type", "Chassis", observed="collector"),
        Field("domain", "Domain", observed="collector"),
        Field("asset_tag", "Asset tag", searched=True, help="what the firmware holds"),
        Field("uuid", "UUID", searched=True, observed="collector", help="what the firmware holds"),
        Field("agent_id", "Agent", observed="collector", help="the id that its collector gave itself"),
        Field("last_user", "Last user", editable=False, observed="collector"),
        Field("last_boot", "Last boot", editable=False, observed="collector"),
        Field("last_seen", "Last seen", listed=True),
    ),
)

DISKS = describe(
    ComputerDisk,
    title="Disks",
    fields=(
        Field("asset", "Computer"),
        Field("name", "Name", listed=True),
        Field("mount_point", "Mounted at", listed=True),
        Field("size_mb", "Size (MiB)", listed=True),
        Field("free_mb", "Free (MiB)", listed=True),
        Field("filesystem", "File system", listed=True),
        Field("model", "Model", listed=True),
        Field("serial_number", "Serial number", listed=True),
    ),
    parent="asset",
)

MONITORS = describe(
    ComputerMonitor,
    title="Monitors",
    fields=(
        Field("asset", "Computer"),
        Field("manufacturer", "Maker", listed=True),
        Field("model", "Model", listed=True),
        Field("serial_number", "Serial number", listed=True),
    ),
    parent="asset",
)
