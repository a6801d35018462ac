"""Taking a site's existing lists in: which column is which field, which row is what, and what becomes of each row."""
