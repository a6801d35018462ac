"""A small record type, described by hand, and what may happen to its fields."""

from typing import Any

from hypothesis import strategies as st

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource


class Gauge:
    """Stands where a mapped class stands."""


GAUGES = Resource(
    name="gauges",
    title="Gauges",
    singular="Gauge",
    model=Gauge,
    fields=(
        Field("name", "Name", listed=True, searched=True, length=40, required=True),
        Field("notes", "Notes", kind=Kind.LONG_TEXT),
        Field("uses", "Uses", kind=Kind.INTEGER),
        Field("small", "Small", kind=Kind.INTEGER, largest=2**31 - 1),
        Field("price", "Price", kind=Kind.DECIMAL, precision=12, scale=2),
        Field("exact", "Exact", kind=Kind.DECIMAL, precision=65, scale=30),
        Field("in_use", "In use", kind=Kind.FLAG),
        Field("bought_on", "Bought on", kind=Kind.DATE),
        Field("last_seen", "Last seen", kind=Kind.MOMENT, editable=False),
        Field("checked_at", "Checked at", kind=Kind.MOMENT),
        Field("state", "State", kind=Kind.CHOICE, choices=("in_use", "spare", "Retired")),
        Field("location", "Location", kind=Kind.LINK, target="locations"),
        Field("tags", "Tags", kind=Kind.LINKS, target="tags", path="gauge_tags"),
        Field("ip", "IP address", kind=Kind.IP, length=45),
        Field("mac", "MAC address", kind=Kind.MAC, length=17),
        Field("place", "Place", kind=Kind.POSITION),
        Field("settings", "Settings", kind=Kind.JSON),
    ),
    label_field="name",
    key_field="name",
    default_sort="name",
)
EVERY_FIELD = st.sampled_from(GAUGES.fields)

ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "x\udfffy",
        "e\u0301",
        "e" + "\u0301\u0316" * 5000,
        "x" * 10_000,
        "9" * 5000,
        "-" + "9" * 40,
        "1e999999999",
        "1e-999999999",
        "1E+400",
        "NaN",
        "sNaN",
        "-Infinity",
        "1_000",
        "1,234",
        "1,234.5",
        "1.234,5",
        "0x10",
        "٣",
        "0001-01-01",
        "9999-12-31T23:59:59.999999-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-02-30",
        "2026-01-31T24:00:01",
        "fe80::1%" + "z" * 30,
        "::ffff:1.2.3.4",
        "[" * 100_000,
        '{"a":' * 5000,
        '{"a":1,"a":2}',
        "[1e999]",
        "[" + "9" * 400 + "]",
        '["\\ud800"]',
        '"; ;;"',
        "a;b;" * 2000,
        "\u202eevil",
        "🙂",
    ]
)
HOSTILE_TEXTS = ODD_TEXTS | st.text(max_size=60) | st.text(alphabet="0123456789eE+-.,:;T/#Zx ", max_size=30)
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**4200, -(10**400), 2**63, -(2**63) - 1])
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.binary(max_size=5)
    | HOSTILE_TEXTS
)
HOSTILE_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(["id", "label", "x", "y"]) | HOSTILE_TEXTS, inner, max_size=4)
        | st.dictionaries(st.integers(), inner, max_size=2)
    ),
    max_leaves=8,
)
