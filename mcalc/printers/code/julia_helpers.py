"""Functions that a generated Julia module defines where it uses them."""

HELPERS = {
    "sigmoid": '''\
"""The logistic function of a number."""
sigmoid(x) = 1 / (1 + exp(-x))
''',
    "softplus": '''\
"""log(1 + exp(x)) of a number, without overflow."""
softplus(x) = max(x, 0.0) + log1p(exp(-abs(x)))
''',
    "relu": '''\
"""The positive part of a number."""
relu(x) = max(x, 0.0)
''',
    "softmax": '''\
"""exp.(x) over its sum, without overflow."""
function softmax(x)
    weights = exp.(x .- maximum(x))
    return weights ./ sum(weights)
end
''',
    "logsumexp": '''\
"""The logarithm of the sum of exp.(x), without overflow."""
function logsumexp(x)
    largest = maximum(x)
    return isfinite(largest) ? largest + log(sum(exp.(x .- largest))) : largest
end
''',
    "is_extreme": '''\
"""1 where an entry is the extreme one, else 0."""
is_extreme(X, extreme) = Float64.(X .== extreme)
''',
    "adjugate": '''\
"""The adjugate of X, singular or not."""
function adjugate(X)
    F = svd(X)
    others = [prod(F.S[(1:end) .!= i]) for i in eachindex(F.S)]
    return det(F.U) * det(F.Vt) * (F.Vt' .* others') * F.U'
end
''',
    "commutation": '''\
"""K with K * vec(X) = vec(X') for m by n X."""
function commutation(m, n)
    order = vec(permutedims(reshape(1:(m * n), m, n)))
    return Matrix(1.0I, m * n, m * n)[order, :]
end
''',
    "duplication": '''\
"""D with D * vech(S) = vec(S) for symmetric n by n S."""
function duplication(n)
    D = zeros(n * n, div(n * (n + 1), 2))
    k = 0
    for col in 1:n, row in col:n
        k += 1
        D[(col - 1) * n + row, k] = 1.0
        D[(row - 1) * n + col, k] = 1.0
    end
    return D
end
''',
    "elimination": '''\
"""L with L * vec(X) = vech(X) for n by n X."""
function elimination(n)
    L = zeros(div(n * (n + 1), 2), n * n)
    k = 0
    for col in 1:n, row in col:n
        k += 1
        L[k, (col - 1) * n + row] = 1.0
    end
    return L
end
''',
    "split_axes": '''\
"""The entries of A in the order in which the last axis runs fastest, as an array of those sizes."""
function split_axes(A, sizes...)
    parts = reshape(permutedims(A, ndims(A):-1:1), reverse(sizes)...)
    return permutedims(parts, ndims(parts):-1:1)
end
''',
    "frechet_matrix": '''\
"""M with vec(L(E)) = M * vec(E), L the derivative of a matrix function f at A."""
function frechet_matrix(f, A)
    n = size(A, 1)
    M = zeros(n * n, n * n)
    for k in 1:(n * n)
        E = zeros(n, n)
        E[k] = 1.0
        M[:, k] = vec(frechet(f, A, E))
    end
    return M
end
''',
    "frechet": '''\
"""The derivative of a matrix function f at A along E: its corner at [A E; 0 A]."""
function frechet(f, A, E)
    n = size(A, 1)
    return f([A E; zeros(n, n) A])[1:n, (n + 1):end]
end
''',
}
"""The source of each, by its name."""
