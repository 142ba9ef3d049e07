"""The commands, in groups: parse, one or two calls, show."""
