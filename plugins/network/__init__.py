"""Network devices, their ports and VLANs."""
