"""A learned space of names: training, export, and encoding without torch."""
