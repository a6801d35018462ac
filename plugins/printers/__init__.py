"""Printers, their supplies and trays."""
