"""How people meet USB devices. Check-outs are made at the desk or by their endpoints, never by a plain form."""

from shopdb.api import ASSETS, Field, describe

from .models import UsbCheckout, UsbDevice

USB_DEVICES = describe(
    UsbDevice,
    extends=ASSETS,
    title="USB devices",
    fields=(
        Field("name", "Name", listed=True),
        Field("asset_number", "Number", listed=True),
        Field("serial_number", "Serial number", listed=True),
        Field("holder", "Checked out to", path="checkout.holder", listed=True, searched=True),
        Field("checked_out_at", "Since", path="checkout.checked_out_at"),
        Field("due_on", "Due on", path="checkout.due_on", listed=True),
        Field("seen_on", "Seen on", listed=True, searched=True, observed="collector", help="the PC that last saw it"),
        Field("last_seen", "Last seen", listed=True),
        Field("vendor_id", "Vendor id", observed="collector", help="four hexadecimal digits, such as 0781"),
        Field("product_id", "Product id", observed="collector", help="four hexadecimal digits, such as 5581"),
        Field("manufacturer", "Reported maker", observed="collector", help="what the device calls its maker"),
        Field("usb_class", "Class", observed="collector", help="such as mass storage"),
    ),
)

USB_CHECKOUTS = describe(
    UsbCheckout,
    title="USB check-outs",
    fields=(
        Field("asset", "Device", listed=True),
        Field("holder", "Who", listed=True, searched=True),
        Field("person", "Person"),
        Field("checked_out_at", "Out", listed=True),
        Field("due_on", "Due on", listed=True),
        Field("returned_at", "Back", listed=True),
        Field("note", "Note"),
    ),
    parent="asset",
    default_sort="-checked_out_at",
    writable=False,
)
