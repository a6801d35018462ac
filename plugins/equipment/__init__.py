"""Machines: their controllers, the PCs that drive them, and the maintenance that they are due."""
