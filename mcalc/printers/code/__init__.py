"""Code generators: an intermediate language, how expressions become it, a file per language."""
