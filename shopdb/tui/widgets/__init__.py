"""Widgets of the terminal, one a file. They show what they are given; none knows the database."""
