"""The derivation of a derivative, a rule a line, from the rules that computed it."""
