"""PCs: their hardware, system and software, and the machines that they drive."""
