"""The commands of `polymuse`, a module each.

A module holds the function of its own name, whose docstring is the help, and EXAMPLES, which follow the options; or
for a group of commands `app`. An underscore ends a name that Python has taken. What two commands share stands beside
this package.
"""

COMMANDS = (  # in the order of `polymuse --help`
    "index",
    "watch",
    "analyze",
    "search",
    "similar",
    "tags",
    "embed",
    "separate",
    "retag",
    "calibrate",
    "score",
    "eval_",
    "export",
    "import_",
    "serve",
    "demo",
    "status",
    "doctor",
    "keys",
    "models",
    "migrate",
    "config",
)
