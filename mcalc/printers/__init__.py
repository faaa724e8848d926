"""From expressions to what is read: text of the input language, LaTeX and their like."""
