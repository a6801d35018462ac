"""Calibrated hand tools."""
