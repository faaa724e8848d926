"""The node, its shape, the declaration of an operation, and the algebra of sums and products."""
