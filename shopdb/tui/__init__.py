"""The terminal: keys, colours and focus. Services do everything else; no widget opens a session."""
