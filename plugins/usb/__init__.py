"""USB devices: who has them checked out, and on which PC they were last seen."""
