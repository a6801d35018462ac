"""Which terminal driver the program runs on.

Belongs to the terminal. painted.py knows what to send, linux_driver.py puts it in front of Textual's own driver.
"""

import sys

from textual.driver import Driver


def changed_cells_only(stock: type[Driver]) -> type[Driver]:
    """`stock` sending only changed cells where that is possible: Textual's own driver on Linux."""
    if sys.platform == "linux":
        from textual.drivers.linux_driver import LinuxDriver

        from shopdb.tui.linux_driver import ChangedCellsDriver

        if stock is LinuxDriver:
            return ChangedCellsDriver
    return stock
