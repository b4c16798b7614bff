"""Nothing of an input is executed, and no file is read or written that nobody asked for."""
