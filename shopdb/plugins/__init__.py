"""The plugin framework: what a plugin is, how it is checked and loaded, and what the loaded ones bring."""
