"""The official check: the installed weights in our networks, beside the published implementations of the same networks.

What it compares is said in docs/weights.md. Only this package knows several families of networks at once.
"""
