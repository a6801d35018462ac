"""The screens of the terminal, one a file."""
