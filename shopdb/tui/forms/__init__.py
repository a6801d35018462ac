"""Forms made from resources: an editor for each kind of field, and the screens that save what was typed."""
