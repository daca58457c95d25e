"""The command line: one module a command. It parses arguments, calls, renders; no logic of its own."""
