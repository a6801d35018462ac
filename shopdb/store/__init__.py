"""The only room that speaks SQL: tables, sessions, reading, the change log, search, identity, migrations."""
