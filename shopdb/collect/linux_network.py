"""Which of Linux's network interfaces are hardware, and which lead out through it, by /sys/class/net."""

from __future__ import annotations

from pathlib import Path

from shopdb.collect.reading import line

ETHERNET = "1"  # ARPHRD_ETHER: cards for cable and for radio alike
RANDOM = "1"  # NET_ADDR_RANDOM: the kernel made the address up, and will again at the next start


class Interfaces:
    """The interfaces below one /sys/class/net."""

    def __init__(self, sys_class_net: Path) -> None:
        self._folder = sys_class_net

    def names(self) -> list[str]:
        """All interfaces, sorted; raises OSError when the folder cannot be read."""
        return sorted(entry.name for entry in self._folder.iterdir() if (entry / "type").exists())

    def is_physical(self, name: str) -> bool:
        """Whether a card stands behind it: no loopback, bridge, bond, tunnel or container's end."""
        interface = self._folder / name
        return (
            (interface / "device").exists()
            and not (interface / "device" / "physfn").exists()
            and line(interface / "type") == ETHERNET
            and line(interface / "addr_assign_type") != RANDOM
        )

    def leads_out(self, name: str) -> bool:
        """Whether it is a card, or a bridge, bond or VLAN on one: these hold the machine's addresses."""
        if self.is_physical(name):
            return True
        below = (entry.name.removeprefix("lower_") for entry in (self._folder / name).glob("lower_*"))
        return any(self.leads_out(other) for other in below)

    def macs(self) -> list[str]:
        """Addresses of the cards inside the machine; of all cards where none is inside.

        Docks and USB adapters carry theirs along to the next PC.
        """
        cards = [name for name in self.names() if self.is_physical(name)]
        inside = [name for name in cards if not self._is_plugged_in(name)]
        return [self.mac(name) for name in inside or cards]

    def mac(self, name: str) -> str:
        """The card's own address: within a bond all cards answer to the first one's."""
        interface = self._folder / name
        return line(interface / "bonding_slave" / "perm_hwaddr") or line(interface / "address")

    def _is_plugged_in(self, name: str) -> bool:
        return (self._folder / name / "device" / "subsystem").resolve().name == "usb"
