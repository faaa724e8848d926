"""Derivatives: linearize, then transpose, or take the matrix of the linear map, or its entries."""
