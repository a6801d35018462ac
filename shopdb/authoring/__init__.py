"""What helps whoever writes a plugin, and the far side of a trial: here a plugin's code runs with both front ends."""
