"""The commands of `polymuse`, one file each."""
