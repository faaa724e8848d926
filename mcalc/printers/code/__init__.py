"""Code generators: a small intermediate language, how expressions become it, one file a language."""
