"""Agents' XML as a tree of just what is read from it.

Agents send every environment variable, process line and local user, and Windows inventories carry product
keys. So the tree is built from a list of what is read, not of what is left out: nothing else exists here, and
so nothing else can be kept. Values are text as the agent wrote it; `texts` makes them fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from shopdb.exceptions import AgentMessageTooLargeError, AgentMessageUnreadableError

MOST_ELEMENTS = 1_000_000  # a switch of 20 MB has some 600,000
MOST_QUOTES = 2_000_000  # two stand around each attribute, of which agents use none; texts have some
LONGEST_RUN = 2**20  # characters without `<`: the parser reads an unfinished tag again with every megabyte
LONGEST_PROBLEM = 120  # characters of what the parser says, which can repeat an entity's name
DEEPEST = 32  # a VLAN's number of a port is the deepest known element, at 8

# What is read, by its level below REQUEST: the parts of a message, the sections of its content, their fields.
PARTS = frozenset({"CONTENT", "DEVICEID", "QUERY"})
WHOLE = frozenset[str]()  # a section that has no fields of its own, or whose tree is read at every level
SECTIONS = {
    "ACCESSLOG": frozenset({"LOGDATE"}),
    "BIOS": frozenset(
        {"ASSETTAG", "MMANUFACTURER", "MMODEL", "SMANUFACTURER", "SMODEL", "SSN", "TYPE"},
    ),
    "CPUS": frozenset({"NAME", "TYPE"}),
    "DEVICE": WHOLE,
    "DRIVES": frozenset({"FILESYSTEM", "FREE", "LETTER", "TOTAL", "TYPE", "VOLUMN"}),
    "HARDWARE": frozenset(
        {
            "ARCH",
            "CHASSIS_TYPE",
            "DESCRIPTION",
            "LASTLOGGEDUSER",
            "MEMORY",
            "NAME",
            "OSCOMMENTS",
            "OSNAME",
            "OSVERSION",
            "PROCESSORT",
            "UUID",
            "WORKGROUP",
        },
    ),
    "MONITORS": frozenset({"ALTSERIAL", "CAPTION", "MANUFACTURER", "NAME", "SERIAL"}),
    "NETWORKS": frozenset(
        {
            "DESCRIPTION",
            "DRIVER",
            "IPADDRESS",
            "IPADDRESS6",
            "MACADDR",
            "PNPDEVICEID",
            "TYPE",
            "VIRTUALDEV",
        },
    ),
    "OPERATINGSYSTEM": frozenset(
        {
            "ARCH",
            "BOOT_TIME",
            "DNS_DOMAIN",
            "FQDN",
            "FULL_NAME",
            "KERNEL_VERSION",
            "NAME",
            "OFFSET",
            "TIMEZONE",
            "VERSION",
        },
    ),
    "PRINTERS": frozenset({"NAME", "SERIAL"}),
    "SOFTWARES": frozenset({"FROM", "NAME", "PUBLISHER", "VERSION"}),
    "STORAGES": frozenset(
        {"DESCRIPTION", "DISKSIZE", "INTERFACE", "MODEL", "NAME", "SERIAL", "SERIALNUMBER", "TYPE"},
    ),
    "USBDEVICES": frozenset(
        {"CAPTION", "CLASS", "MANUFACTURER", "NAME", "PRODUCTID", "SERIAL", "VENDORID"},
    ),
    "VERSIONCLIENT": WHOLE,
}
# What a switch sees behind its ports: most of its message, and other people's devices.
UNREAD = frozenset({"CONNECTIONS"})

DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Windows programs declare ISO 8859-1 and mean its superset, as browsers found (WHATWG Encoding §4.2).
ENCODINGS = {
    b"us-ascii": "utf-8",
    b"utf-8": "utf-8",
    b"utf8": "utf-8",
    b"iso-8859-1": "cp1252",
    b"latin1": "cp1252",
    b"windows-1252": "cp1252",
    b"cp1252": "cp1252",
    b"iso-8859-15": "iso-8859-15",
}
# XML 1.0 §2.2 has no such characters, written plainly or as references; names read from hardware have.
ILLEGAL_BYTES = bytes(code for code in range(0x20) if code not in b"\t\n\r")
ILLEGAL_REFERENCE = re.compile("&#(?:0{0,9}(?:[0-8]|1[12]|1[4-9]|2[0-9]|3[01])|x0{0,9}(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")


def parse(data: bytes) -> Element:
    """Return the message's root, REQUEST, holding what SECTIONS names and no attributes.

    Raises AgentMessageUnreadableError or AgentMessageTooLargeError.
    """
    text = _text(data)
    _check_shape(text)
    parser = DefusedXMLParser(target=_Pruner(), forbid_dtd=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException) as refused:
        raise AgentMessageUnreadableError(str(refused)[:LONGEST_PROBLEM]) from refused
    if root.tag != "REQUEST":
        raise AgentMessageUnreadableError("its root is not REQUEST")
    return root


def sections(content: Element, name: str) -> Iterator[Element]:
    """Yield the content's sections of this name; an empty one stands for "none" and is left out."""
    return (section for section in content.iterfind(name) if len(section))


def section(content: Element, name: str) -> Element:
    """Return the content's first section of this name that says something, or an empty one."""
    return next(sections(content, name), Element(name))


class _Pruner:
    """Builds the tree of what is read, and stops where elements are nested like in no inventory."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._path: list[str] = []
        self._unread_from = 0  # the level at which an unread element began, or 0

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            raise AgentMessageTooLargeError("levels of elements", DEEPEST)
        if self._unread_from:
            return
        if not _is_read(self._path):
            self._unread_from = len(self._path)
        else:
            self._builder.start(tag, {})

    def data(self, text: str) -> None:
        if not self._unread_from:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        if not self._unread_from:
            self._builder.end(tag)
        elif self._unread_from == len(self._path):
            self._unread_from = 0
        self._path.pop()

    def close(self) -> Element:
        return self._builder.close()


def _is_read(path: list[str]) -> bool:
    """Whether the element at the end of `path` is read, given that the one around it is."""
    level = len(path) - 1
    if level == 0:
        return True
    if level == 1:
        return path[1] in PARTS
    if path[1] != "CONTENT":
        return False
    if level == 2:
        return path[2] in SECTIONS
    fields = SECTIONS[path[2]]
    return path[-1] in fields if fields else path[-1] not in UNREAD


def _check_shape(text: str) -> None:
    """Refuse, before any parsing, what would keep the parser busy for longer than an inventory does."""
    if not text.lstrip().startswith("<"):
        raise AgentMessageUnreadableError("it does not begin with <")
    if "<!" in text or text.count("<?") > 1:
        raise AgentMessageUnreadableError("it has comments, CDATA or a document type, which agents do not send")
    if text.count("<") > 2 * MOST_ELEMENTS:
        raise AgentMessageTooLargeError("elements", MOST_ELEMENTS)
    if text.count('"') + text.count("'") > MOST_QUOTES:
        raise AgentMessageTooLargeError("quotation marks", MOST_QUOTES)
    runs = range(0, len(text) - LONGEST_RUN, LONGEST_RUN)
    if any(text.find("<", start, start + LONGEST_RUN) < 0 for start in runs):
        raise AgentMessageTooLargeError("characters in one text or tag", LONGEST_RUN)


def _text(data: bytes) -> str:
    text = _decoded(data.translate(None, ILLEGAL_BYTES).removeprefix(b"\xef\xbb\xbf"))
    if "\ufffe" in text or "\uffff" in text:
        text = text.replace("\ufffe", "").replace("\uffff", "")
    return ILLEGAL_REFERENCE.sub("", text) if "&#" in text else text


def _decoded(data: bytes) -> str:
    declared = DECLARED.match(data)
    name = declared[1].lower() if declared else b"utf-8"
    encoding = ENCODINGS.get(name)
    if encoding is None:
        raise AgentMessageUnreadableError(f"its encoding {name.decode('ascii')!r} is not one that agents use")
    if encoding == "utf-8":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "cp1252"  # some agents declare UTF-8 and send what the Windows registry holds
    return data.decode(encoding, "replace")
