"""Texts that people and machines could store, and that must do nothing but be seen."""

HOSTILE = {
    "closing tag": "[/foo]",
    "action link": "[@click=app.quit]x",
    "open bracket": "cell [",
    "escape": "a\x1b[2J\x1b[31mred",
    "clipboard": "a\x1b]52;c;aGVsbG8=\x07b",
    "title": "\x1b]0;owned\x1b\\b",
    "c1": "a\x9b31mb\x90q\x9c",
    "bidi": "abc\u202edef\u2066x",
    "zero width": "ad\u200bmin\ufeff",
    "newlines": "one\ntwo\rthree\ttab",
    "nul": "a\x00b",
    "delete": "a\x7fb",
    "surrogate": "a\ud800b",
    "private use": "a\ue0b0b",
    "tower": "Z" + "\u0301\u0302" * 40,
    "mark first": "\u0301abc",
    "emoji": "⚠️ 👩‍🔧 👍🏽 🇩🇪 fire 🔥",
    "wide": "機械七号",
    "long": "x" * 10_000,
    "long wide": "機" * 5_000,
}
