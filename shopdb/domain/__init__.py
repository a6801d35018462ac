"""Inert descriptions of the shop: kinds of values, fields, resources, queries. No SQL, no screens, no HTTP."""
