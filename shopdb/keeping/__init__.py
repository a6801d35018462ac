"""Keeping a site: backups, bringing one back, proving that one can be brought back, and moving to a new version.

Works on databases whose tables are older than this program, so it opens no shop before they are brought up to date.
"""
