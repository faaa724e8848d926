"""Functions that a generated R script defines where it uses them."""

HELPERS = {
    "positions": """\
# Linear indices into an array of these sizes: subscript k of it is subscript axes[k] of the result.
positions <- function(axes, sizes) {
  strides <- cumprod(c(1, sizes))[seq_along(sizes)]
  p <- 1
  for (d in seq_len(max(axes))) {
    here <- which(axes == d)
    p <- c(outer(p, (seq_len(sizes[here[1]]) - 1) * sum(strides[here]), "+"))
  }
  p
}
""",
    "add_at": """\
# The array M with X added where subscript k of M is subscript axes[k] of X.
add_at <- function(M, X, axes) {
  p <- positions(axes, dim(M))
  M[p] <- M[p] + c(X)
  M
}
""",
    "refold": """\
# The array A in other sizes, the last subscripts of both running fastest.
refold <- function(A, sizes) {
  aperm(array(aperm(A), rev(sizes)))
}
""",
    "softplus": """\
# log(1 + exp(x)), without overflow.
softplus <- function(x) {
  pmax(x, 0) + log1p(exp(-abs(x)))
}
""",
    "logsumexp": """\
# log(sum(exp(x))), without overflow.
logsumexp <- function(x) {
  top <- max(x)
  if (!is.finite(top)) top <- 0
  top + log(sum(exp(x - top)))
}
""",
    "softmax": """\
# exp(x) / sum(exp(x)), without overflow.
softmax <- function(x) {
  p <- exp(x - max(x))
  p / sum(p)
}
""",
    "erf": """\
# The error function.
erf <- function(x) {
  sign(x) * pchisq(2 * x^2, 1)
}
""",
    "erfc": """\
# 1 - erf(x).
erfc <- function(x) {
  2 * pnorm(-sqrt(2) * x)
}
""",
    "polygamma": """\
# The k-th derivative of digamma.
polygamma <- function(k, x) {
  y <- 0 * x
  while (any(left <- x < 0 & x != round(x))) {
    y[left] <- y[left] + (-1)^(k + 1) * factorial(k) / x[left]^(k + 1)
    x[left] <- x[left] + 1
  }
  y + psigamma(x, deriv = k)
}
""",
    "largest_entries": """\
# Ones where the largest entries are, zeros elsewhere.
largest_entries <- function(X) {
  1 * (X == max(X))
}
""",
    "smallest_entries": """\
# Ones where the smallest entries are, zeros elsewhere.
smallest_entries <- function(X) {
  1 * (X == min(X))
}
""",
    "lower_part": """\
# X with zeros above its diagonal.
lower_part <- function(X) {
  replace(X, upper.tri(X), 0)
}
""",
    "upper_part": """\
# X with zeros below its diagonal.
upper_part <- function(X) {
  replace(X, lower.tri(X), 0)
}
""",
    "cross": """\
# The cross product.
cross <- function(x, y) {
  x[c(2, 3, 1)] * y[c(3, 1, 2)] - x[c(3, 1, 2)] * y[c(2, 3, 1)]
}
""",
    "log_abs_det": """\
# log(abs(det(X))), without overflow.
log_abs_det <- function(X) {
  as.numeric(determinant(X)$modulus)
}
""",
    "cholesky_solve": """\
# inv(t(R) %*% R) times B.
cholesky_solve <- function(R, B) {
  backsolve(R, backsolve(R, B, transpose = TRUE))
}
""",
    "eigenvalues": """\
# The eigenvalues of a symmetric matrix, ascending.
eigenvalues <- function(S) {
  rev(eigen(S, symmetric = TRUE, only.values = TRUE)$values)
}
""",
    "eigenvectors": """\
# The unit eigenvectors of a symmetric matrix as columns, in the order of its eigenvalues.
eigenvectors <- function(S) {
  V <- eigen(S, symmetric = TRUE)$vectors
  V[, rev(seq_len(ncol(V))), drop = FALSE]
}
""",
    "pseudoinverse": """\
# The pseudoinverse of X.
pseudoinverse <- function(X) {
  f <- svd(X)
  s <- ifelse(f$d > 1e-15 * max(f$d), 1 / f$d, 0)
  f$v %*% (s * t(f$u))
}
""",
    "adjugate": """\
# The adjugate of X, singular or not.
adjugate <- function(X) {
  f <- svd(X)
  others <- vapply(seq_along(f$d), function(k) prod(f$d[-k]), 0)
  det(f$u) * det(f$v) * f$v %*% (others * t(f$u))
}
""",
    "spd_power": """\
# S to a real power, for symmetric positive definite S.
spd_power <- function(S, k) {
  f <- eigen(S, symmetric = TRUE)
  f$vectors %*% (f$values^k * t(f$vectors))
}
""",
    "matrix_power": """\
# The principal power of X.
matrix_power <- function(X, k) {
  if (k != round(k)) return(expm(k * logm(X)))
  if (k < 0) return(matrix_power(solve(X), -k))
  Y <- diag(nrow(X))
  while (k > 0) {
    if (k %% 2 == 1) Y <- Y %*% X
    X <- X %*% X
    k <- k %/% 2
  }
  Y
}
""",
    "expm": """\
# The matrix exponential, by squaring a Padé approximant.
# Source: Higham, The scaling and squaring method revisited (2005), algorithm 2.3.
expm <- function(X) {
  b <- c(64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800,
         129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920, 40840800,
         960960, 16380, 182, 1)
  halvings <- max(0, ceiling(log2(norm(X, "1") / 5.37)))
  A <- X / 2^halvings
  I <- diag(nrow(A))
  A2 <- A %*% A
  A4 <- A2 %*% A2
  A6 <- A4 %*% A2
  U <- A %*% (A6 %*% (b[14] * A6 + b[12] * A4 + b[10] * A2) +
              b[8] * A6 + b[6] * A4 + b[4] * A2 + b[2] * I)
  V <- A6 %*% (b[13] * A6 + b[11] * A4 + b[9] * A2) +
    b[7] * A6 + b[5] * A4 + b[3] * A2 + b[1] * I
  Y <- solve(V - U, V + U)
  for (k in seq_len(halvings)) Y <- Y %*% Y
  Y
}
""",
    "sqrtm": """\
# The principal square root of a matrix without negative eigenvalues.
# Source: Higham, Functions of Matrices, eq. (6.29), scaled by eq. (6.28).
sqrtm <- function(X) {
  if (isSymmetric(X)) return(spd_power(X, 0.5))
  M <- Y <- X
  I <- diag(nrow(X))
  for (k in 1:100) {
    s <- exp(-as.numeric(determinant(M)$modulus) / (2 * nrow(X)))
    if (abs(s - 1) < 1e-2) s <- 1
    N <- solve(M)
    Y <- s * Y %*% (I + N / s^2) / 2
    M <- (I + (s^2 * M + N / s^2) / 2) / 2
    if (norm(M - I, "1") < 1e-14 * nrow(X)) return(Y)
  }
  stop("the matrix has no principal square root, or is close to one that has none")
}
""",
    "logm": """\
# The principal logarithm of a matrix without negative eigenvalues.
# Source: Higham, Functions of Matrices, sec. 11.5, with Gauss-Legendre nodes (theorem 11.6).
logm <- function(X) {
  if (isSymmetric(X)) {
    f <- eigen(X, symmetric = TRUE)
    return(f$vectors %*% (log(f$values) * t(f$vectors)))
  }
  I <- diag(nrow(X))
  roots <- 0
  while (norm(X - I, "1") > 0.25) {
    X <- sqrtm(X)
    roots <- roots + 1
  }
  k <- 1:7
  J <- matrix(0, 8, 8)
  J[cbind(k, k + 1)] <- J[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
  f <- eigen(J, symmetric = TRUE)
  Y <- 0 * X
  for (k in 1:8) {
    Y <- Y + f$vectors[1, k]^2 * solve(I + (f$values[k] + 1) / 2 * (X - I), X - I)
  }
  2^roots * Y
}
""",
    "commutation": """\
# K with K %*% vec(X) = vec(t(X)) for m by n X.
commutation <- function(m, n) {
  diag(m * n)[c(t(matrix(seq_len(m * n), m, n))), , drop = FALSE]
}
""",
    "duplication": """\
# D with D %*% vech(S) = vec(S) for symmetric n by n S.
duplication <- function(n) {
  at <- which(lower.tri(diag(n), diag = TRUE), arr.ind = TRUE)
  k <- seq_len(nrow(at))
  D <- matrix(0, n * n, nrow(at))
  D[cbind(at[, 1] + n * (at[, 2] - 1), k)] <- 1
  D[cbind(at[, 2] + n * (at[, 1] - 1), k)] <- 1
  D
}
""",
    "elimination": """\
# L with L %*% vec(X) = vech(X) for n by n X.
elimination <- function(n) {
  diag(n * n)[which(lower.tri(diag(n), diag = TRUE)), , drop = FALSE]
}
""",
    "upper_blocks": """\
# [A, E; 0, A]: a function of it has the derivative at A along E in its upper corner.
upper_blocks <- function(A, E) {
  rbind(cbind(A, E), cbind(0 * A, A))
}
""",
    "upper_corner": """\
# E of [A, E; 0, A].
upper_corner <- function(B) {
  n <- nrow(B) / 2
  B[seq_len(n), n + seq_len(n), drop = FALSE]
}
""",
    "frechet_matrix": """\
# M with vec(L(E)) = M %*% vec(E), L the derivative of a matrix function at A.
frechet_matrix <- function(f, A) {
  M <- matrix(0, length(A), length(A))
  for (k in seq_along(A)) {
    E <- 0 * A
    E[k] <- 1
    M[, k] <- upper_corner(f(upper_blocks(A, E)))
  }
  M
}
""",
}
"""The source of each, by its name."""
