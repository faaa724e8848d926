"""Functions that a generated MATLAB file defines where it uses them."""

HELPERS = {
    "positions": """\
function p = positions(axes, sizes)
% Linear indices into an array of these sizes: subscript k of it is subscript axes(k) of p.
strides = cumprod([1, sizes(1:end-1)]);
p = 1;
for d = 1:max(axes)
  here = find(axes == d);
  steps = (0:sizes(here(1)) - 1)' * sum(strides(here));
  p = p + permute(steps, [2:d, 1, d + 1]);
end
end
""",
    "add_at": """\
function T = add_at(T, X, axes, sizes)
% T, an array of these sizes, with X added where subscript k of T is subscript axes(k) of X.
p = positions(axes, sizes);
T(p) = reshape(T(p), size(p)) + X;
end
""",
    "diagonal_entries": """\
function X = diagonal_entries(T, axes, sizes)
% The entries of T, an array of these sizes, where subscript k of T is subscript axes(k) of X.
p = positions(axes, sizes);
X = reshape(T(p), size(p));
end
""",
    "refold": """\
function B = refold(A, old, new)
% The array A of the sizes old in the sizes new, their last subscripts running fastest.
flat = permute(A, [numel(old):-1:1, numel(old) + 1]);
B = permute(reshape(flat, [fliplr(new), 1]), [numel(new):-1:1, numel(new) + 1]);
end
""",
    "sigmoid": """\
function y = sigmoid(x)
% 1/(1+exp(-x)).
y = 1 ./ (1 + exp(-x));
end
""",
    "softplus": """\
function y = softplus(x)
% log(1+exp(x)), without overflow.
y = max(x, 0) + log1p(exp(-abs(x)));
end
""",
    "logsumexp": """\
function s = logsumexp(x)
% log(sum(exp(x))), without overflow.
top = max(x);
if ~isfinite(top)
  top = 0;
end
s = top + log(sum(exp(x - top)));
end
""",
    "softmax": """\
function p = softmax(x)
% exp(x)/sum(exp(x)), without overflow.
p = exp(x - max(x));
p = p / sum(p);
end
""",
    "largest_entries": """\
function y = largest_entries(X)
% Ones where the largest entries are, zeros elsewhere.
y = double(X == max(X(:)));
end
""",
    "smallest_entries": """\
function y = smallest_entries(X)
% Ones where the smallest entries are, zeros elsewhere.
y = double(X == min(X(:)));
end
""",
    "log_gamma": """\
function y = log_gamma(x)
% The logarithm of the absolute value of the gamma function, also left of zero.
y = zeros(size(x));
left = x < 0;
y(~left) = gammaln(x(~left));
z = x(left);
y(left) = log(pi ./ abs(sin(pi * (z - round(z))))) - gammaln(1 - z);
end
""",
    "digamma": """\
function y = digamma(x)
% The derivative of log_gamma, also left of zero.
y = zeros(size(x));
left = x < 0;
y(~left) = psi(x(~left));
z = x(left);
y(left) = psi(1 - z) - pi ./ tan(pi * (z - round(z)));
end
""",
    "polygamma": """\
function y = polygamma(k, x)
% The k-th derivative of digamma, also left of zero.
if k == 0
  y = digamma(x);
  return
end
y = zeros(size(x));
left = x < 0;
while any(left(:))
  y(left) = y(left) + (-1)^(k + 1) * factorial(k) ./ x(left).^(k + 1);
  x(left) = x(left) + 1;
  left = x < 0;
end
y = y + psi(k, x);
end
""",
    "log_abs_det": """\
function y = log_abs_det(X)
% log(abs(det(X))), without overflow.
[~, U, ~] = lu(X, 'vector');
y = sum(log(abs(diag(U))));
end
""",
    "lu_factor": """\
function F = lu_factor(X)
% X(F.p, :) = F.L * F.U.
[F.L, F.U, F.p] = lu(X, 'vector');
end
""",
    "lu_solve": """\
function Y = lu_solve(F, B)
% inv(X) * B.
Y = F.U \\ (F.L \\ B(F.p, :));
end
""",
    "lu_solve_transposed": """\
function Y = lu_solve_transposed(F, B)
% inv(X)' * B.
Y(F.p, :) = F.L' \\ (F.U' \\ B);
end
""",
    "lu_inverse": """\
function Y = lu_inverse(F)
% inv(X).
Y = lu_solve(F, eye(numel(F.p)));
end
""",
    "lu_log_abs_det": """\
function y = lu_log_abs_det(F)
% log(abs(det(X))).
y = sum(log(abs(diag(F.U))));
end
""",
    "lu_sign": """\
function s = lu_sign(F)
% The sign of det(X).
P = eye(numel(F.p));
s = det(P(F.p, :)) * prod(sign(diag(F.U)));
end
""",
    "lu_det": """\
function y = lu_det(F)
% det(X).
P = eye(numel(F.p));
y = det(P(F.p, :)) * prod(diag(F.U));
end
""",
    "cholesky_inverse": """\
function Y = cholesky_inverse(L)
% inv(L * L').
R = L \\ eye(size(L));
Y = R' * R;
end
""",
    "eigenvalues": """\
function d = eigenvalues(S)
% The eigenvalues of a symmetric matrix, ascending.
d = sort(eig((S + S') / 2));
end
""",
    "eigenvectors": """\
function V = eigenvectors(S)
% The unit eigenvectors of a symmetric matrix as columns, in the order of its eigenvalues.
[V, D] = eig((S + S') / 2);
[~, order] = sort(diag(D));
V = V(:, order);
end
""",
    "largest_eigenvector": """\
function v = largest_eigenvector(S)
% The unit eigenvector of a symmetric matrix for its largest eigenvalue.
V = eigenvectors(S);
v = V(:, end);
end
""",
    "smallest_eigenvector": """\
function v = smallest_eigenvector(S)
% The unit eigenvector of a symmetric matrix for its smallest eigenvalue.
V = eigenvectors(S);
v = V(:, 1);
end
""",
    "left_singular_vectors": """\
function U = left_singular_vectors(X)
% The left singular vectors as columns, in the order of the singular values.
[U, ~, ~] = svd(X, 'econ');
end
""",
    "right_singular_vectors": """\
function V = right_singular_vectors(X)
% The right singular vectors as columns, in the order of the singular values.
[~, ~, V] = svd(X, 'econ');
end
""",
    "adjugate": """\
function Y = adjugate(X)
% The adjugate of X, singular or not.
[U, S, V] = svd(X);
s = diag(S);
others = ones(size(s));
for k = 1:numel(s)
  others(k) = prod(s([1:k-1, k+1:end]));
end
Y = det(U) * det(V) * V * diag(others) * U';
end
""",
    "spd_power": """\
function Y = spd_power(S, k)
% S to a real power, for symmetric positive definite S.
[V, D] = eig((S + S') / 2);
Y = V * diag(diag(D).^k) * V';
end
""",
    "matrix_power": """\
function Y = matrix_power(X, k)
% The principal power X^k.
if k == round(k)
  Y = X^k;
else
  Y = real(expm(k * logm(X)));
end
end
""",
    "commutation": """\
function K = commutation(m, n)
% K with K*vec(X) = vec(X') for m by n X.
order = reshape(1:m*n, m, n)';
K = eye(m * n);
K = K(order(:), :);
end
""",
    "duplication": """\
function D = duplication(n)
% D with D*vech(S) = vec(S) for symmetric n by n S.
[row, col] = find(tril(ones(n)));
D = zeros(n * n, numel(row));
for k = 1:numel(row)
  D([row(k) + n * (col(k) - 1), col(k) + n * (row(k) - 1)], k) = 1;
end
end
""",
    "elimination": """\
function L = elimination(n)
% L with L*vec(X) = vech(X) for n by n X.
L = eye(n * n);
L = L(find(tril(ones(n))), :);
end
""",
    "upper_blocks": """\
function B = upper_blocks(A, E)
% [A, E; 0, A]: a function of it has the derivative at A along E in its upper corner.
B = [A, E; zeros(size(A)), A];
end
""",
    "upper_corner": """\
function E = upper_corner(B)
% E of [A, E; 0, A].
n = size(B, 1) / 2;
E = B(1:n, n+1:end);
end
""",
    "frechet_matrix": """\
function M = frechet_matrix(f, A)
% M with vec(L(E)) = M*vec(E), L the derivative of a matrix function at A.
M = zeros(numel(A));
for k = 1:numel(A)
  E = zeros(size(A));
  E(k) = 1;
  M(:, k) = reshape(upper_corner(f(upper_blocks(A, E))), [], 1);
end
end
""",
}
"""The source of each, by its name."""
