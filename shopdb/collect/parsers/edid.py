"""EDID, the block of bytes by which a screen describes itself (VESA E-EDID A.2)."""

from __future__ import annotations

from shopdb.collect.inventory import Monitor

HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"
BASE_BLOCK = 128  # bytes
DESCRIPTORS = (54, 72, 90, 108)  # offsets of the four blocks of 18 bytes
SERIAL_TEXT = 0xFF
MODEL_TEXT = 0xFC
NO_SERIAL_NUMBERS = frozenset({0, 1, 0x01010101, 0xFFFFFFFF})

# The three letters that UEFI's PNP registry gave to makers whose screens stand on desks and machines.
MAKERS = {
    "AAC": "AcerView",
    "ACI": "ASUS",
    "ACR": "Acer",
    "ADV": "Advantech",
    "AOC": "AOC",
    "APP": "Apple",
    "AUO": "AU Optronics",
    "AUS": "ASUS",
    "BNQ": "BenQ",
    "BOE": "BOE",
    "CMN": "Chimei Innolux",
    "CPQ": "Compaq",
    "CTX": "CTX",
    "DEL": "Dell",
    "EIZ": "EIZO",
    "ELO": "Elo TouchSystems",
    "ENC": "EIZO",
    "FUS": "Fujitsu Siemens",
    "GSM": "LG",
    "HEI": "Hyundai",
    "HPN": "HP",
    "HSD": "HannStar",
    "HWP": "HP",
    "IFS": "InFocus",
    "IVM": "iiyama",
    "LEN": "Lenovo",
    "LGD": "LG Display",
    "LPL": "LG Philips",
    "MEI": "Panasonic",
    "MEL": "Mitsubishi",
    "MSI": "MSI",
    "NEC": "NEC",
    "PHL": "Philips",
    "SAM": "Samsung",
    "SDC": "Samsung Display",
    "SEC": "Seiko Epson",
    "SHP": "Sharp",
    "SNY": "Sony",
    "TOS": "Toshiba",
    "VSC": "ViewSonic",
    "WAC": "Wacom",
}


def monitor(block: bytes) -> Monitor:
    """The screen that an EDID block describes; raises ValueError when the bytes are no EDID."""
    if len(block) < BASE_BLOCK or not block.startswith(HEADER):
        raise ValueError(f"{len(block)} bytes are no EDID")
    code = maker_code(int.from_bytes(block[8:10], "big"))
    product = int.from_bytes(block[10:12], "little")
    number = int.from_bytes(block[12:16], "little")
    serial = _descriptor(block, SERIAL_TEXT) or ("" if number in NO_SERIAL_NUMBERS else str(number))
    return Monitor(
        manufacturer=maker(code),
        model=_descriptor(block, MODEL_TEXT) or f"{code}{product:04X}",
        serial_number=serial,
    )


def maker_code(packed: int) -> str:
    """Three letters from five bits each, 1 for A."""
    return "".join(chr(ord("@") + (packed >> shift & 0x1F)) for shift in (10, 5, 0))


def maker(code: str) -> str:
    """The maker's name, or its three letters when nobody here knows them."""
    return MAKERS.get(code, code)


def _descriptor(block: bytes, kind: int) -> str:
    """Up to 13 characters, ended by a line feed and padded with spaces (E-EDID 3.10.3)."""
    for start in DESCRIPTORS:
        descriptor = block[start : start + 18]
        if descriptor[:3] == b"\0\0\0" and descriptor[3] == kind:
            return descriptor[5:].split(b"\n")[0].decode("cp437").strip("\0 ")
    return ""
