"""What firmware says of the machine it sits in (SMBIOS 3.7), on every platform."""

from __future__ import annotations

# SMBIOS 7.4.1; "Other" and "Unknown" say nothing and are left out.
CHASSIS_TYPES = {
    3: "Desktop",
    4: "Low Profile Desktop",
    5: "Pizza Box",
    6: "Mini Tower",
    7: "Tower",
    8: "Portable",
    9: "Laptop",
    10: "Notebook",
    11: "Hand Held",
    12: "Docking Station",
    13: "All in One",
    14: "Sub Notebook",
    15: "Space-saving",
    16: "Lunch Box",
    17: "Main Server Chassis",
    18: "Expansion Chassis",
    19: "SubChassis",
    20: "Bus Expansion Chassis",
    21: "Peripheral Chassis",
    22: "RAID Chassis",
    23: "Rack Mount Chassis",
    24: "Sealed-case PC",
    25: "Multi-system chassis",
    26: "Compact PCI",
    27: "Advanced TCA",
    28: "Blade",
    29: "Blade Enclosure",
    30: "Tablet",
    31: "Convertible",
    32: "Detachable",
    33: "IoT Gateway",
    34: "Embedded PC",
    35: "Mini PC",
    36: "Stick PC",
}

# What makers leave in the firmware instead of a value; compared without case, whole.
PLACEHOLDERS = frozenset(
    {
        "",
        "(null string)",
        "asset tag",
        "asset-1234567890",
        "chassis asset tag",
        "default string",
        "empty",
        "invalid",
        "n/a",
        "no asset information",
        "no asset tag",
        "none",
        "not applicable",
        "not available",
        "not present",
        "not specified",
        "o.e.m.",
        "oem",
        "system manufacturer",
        "system model",
        "system product name",
        "system serial number",
        "to be filled by o.e.m.",
        "unknown",
    }
)


def stated(value: str) -> str:
    """The value as the maker stated it, or nothing where they left a placeholder."""
    plain = value.strip()
    return "" if plain.casefold() in PLACEHOLDERS else plain


def chassis_type(number: str | int) -> str:
    """The chassis by its SMBIOS number; empty for one that says nothing."""
    try:
        return CHASSIS_TYPES.get(int(number) & 0x7F, "")  # the high bit says that the case has a lock
    except ValueError:
        return ""
