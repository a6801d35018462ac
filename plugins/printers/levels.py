"""What the numbers of supplies and trays mean, as printers report them.

Below zero, a level or a capacity is a word and no amount (RFC 3805: prtMarkerSuppliesLevel,
prtMarkerSuppliesMaxCapacity, prtInputCurrentLevel, prtInputMaxCapacity). The numbers are kept as read; here they
become what a person reads.
"""

WORDS = ((-1, "no limit"), (-2, "unknown"), (-3, "some left"))


def shown(level: int | None, capacity: int | None, unit: str | None = None) -> str:
    """Return the level in words: "42 %" where both numbers are amounts, otherwise what can be said honestly."""
    if level is None:
        return "not reported"
    if level < 0:
        return dict(WORDS).get(level, f"unknown ({level})")
    if level == 0:
        return "empty"
    if capacity is None or capacity <= 0:
        return f"{level} {unit or 'left'}"
    if level * 100 < capacity:
        return "under 1 %"
    return f"{level * 100 // capacity} %"
