"""Parts of screens that read and write at a desk; a screen only puts them together."""
