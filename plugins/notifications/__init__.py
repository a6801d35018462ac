"""Notices to everybody on the floor, for as long as they hold."""
