"""The report of `polymuse analyze` on one track: JSON, Markdown and one HTML page."""
