"""Upstream's own history, judged: commits by a Xen git, releases by the models. `python -m tests.replay` writes it."""
