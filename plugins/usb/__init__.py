"""USB sticks: who has them checked out, and on which PC they were last seen."""
