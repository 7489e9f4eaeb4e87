"""The commands of `polymuse`, one module each.

A module defines a function of its own name, whose docstring is the help text, and EXAMPLES, shown after the options;
a group of commands defines `app` instead. Names that Python reserves end with an underscore. Code that commands share
is in the parent package.
"""

COMMANDS = (  # in the order of `polymuse --help`
    "index",
    "watch",
    "analyze",
    "search",
    "similar",
    "list_",
    "journey",
    "radio",
    "clusters",
    "tags",
    "write_tags",
    "embed",
    "separate",
    "mark",
    "history",
    "retag",
    "calibrate",
    "score",
    "eval_",
    "export",
    "import_",
    "remove",
    "serve",
    "mcp",
    "demo",
    "status",
    "doctor",
    "playlists",
    "players",
    "plugin",
    "descriptors",
    "keys",
    "models",
    "migrate",
    "config",
)
