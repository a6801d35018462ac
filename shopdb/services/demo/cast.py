"""Who works in a made-up shop, and how their names are written; some of them do not fit into ASCII."""

from __future__ import annotations

import unicodedata

EMAIL_DOMAIN = "shop.example"

FIRST_NAMES = (
    "Ana", "Ben", "Carlos", "Dana", "Emre", "Fatima", "Grace", "Håkon", "Ines", "Jürgen", "Keisha", "Łukasz", "Mei",
    "Nadia", "Olu", "Priya", "Quinn", "Rosa", "Siân", "Tom", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoë",
    "Ólafur", "Đorđe", "Thuỳ", "伟", "さくら", "Олена",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Bianchi", "Castañeda", "Dvořák", "Eriksen", "Faulkner", "García Núñez", "Hughes", "Iyer", "Johansson",
    "Kowalczyk", "Lefèvre", "Müller-Lüdenscheidt", "Nguyễn", "O'Brien", "Petrović", "Quiñones", "Rossi", "Şahin",
    "Tanaka", "Usman", "van der Berg", "Weiß", "Xu", "Yılmaz", "Zimmermann", "王", "Шевченко",  # noqa: RUF001 Turkish
)  # fmt: skip
BUSINESS_UNITS = (
    ("Turbine blades", "TB"),
    ("Structural castings", "SC"),
    ("Rotating parts", "RP"),
    ("Tooling", "TL"),
    ("Quality", "QA"),
    ("Site services", "SS"),
)


def mail_name(name: str) -> str:
    """Return the name as it stands in a mail address; "x" where nothing of it is ASCII."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_PLAIN)).casefold()
    return "".join(sign for sign in decomposed if sign.isascii() and sign.isalpha()) or "x"


_PLAIN = str.maketrans({"Ł": "l", "ł": "l", "Đ": "d", "đ": "d", "ı": "i", "ø": "o"})  # noqa: RUF001 Turkish
