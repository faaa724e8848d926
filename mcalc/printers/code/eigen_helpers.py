"""Functions that a generated header for Eigen defines where it uses them."""

HELPERS = {
    "sign_of": """\
// -1, 0 or 1.
inline double sign_of(double x) {
  return double(x > 0.0) - double(x < 0.0);
}
""",
    "sigmoid": """\
// 1/(1+exp(-x)).
inline double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}
""",
    "softplus": """\
// log(1+exp(x)), without overflow.
inline double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
""",
    "logsumexp": """\
// log(sum(exp(x))), without overflow.
inline double logsumexp(const Eigen::VectorXd& x) {
  const double most = x.maxCoeff();
  const double top = std::isfinite(most) ? most : 0.0;
  return top + std::log((x.array() - top).exp().sum());
}
""",
    "softmax": """\
// exp(x)/sum(exp(x)), without overflow.
inline Eigen::VectorXd softmax(const Eigen::VectorXd& x) {
  const Eigen::VectorXd p = (x.array() - x.maxCoeff()).exp();
  return p / p.sum();
}
""",
    "digamma": """\
// The derivative of lgamma.
// Source: Abramowitz & Stegun, 6.3.5, 6.3.7, 6.3.18.
inline double digamma(double x) {
  const double pi = 3.141592653589793;
  if (x < 0.0) {
    return digamma(1.0 - x) - pi / std::tan(pi * (x - std::round(x)));
  }
  double y = 0.0;
  for (; x < 12.0; x += 1.0) {
    y -= 1.0 / x;
  }
  const double z = 1.0 / (x * x);
  const double tail = 1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240
      - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12)))));
  return y + std::log(x) - 0.5 / x - z * tail;
}
""",
    "polygamma": """\
// The k-th derivative of digamma.
// Source: Abramowitz & Stegun, 6.4.6, 6.4.11.
inline double polygamma(double k, double x) {
  if (k == 0.0) {
    return digamma(x);
  }
  const double bernoulli[] = {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66,
                              -691.0 / 2730, 7.0 / 6, -3617.0 / 510, 43867.0 / 798};
  const double factorial = std::tgamma(k + 1.0);
  double y = 0.0;
  for (; x < 20.0 + k; x += 1.0) {
    y += factorial / std::pow(x, k + 1.0);
  }
  // (k-1)!/x^k, k!/(2*x^(k+1)), then B_2j (2j+k-1)!/((2j)!*x^(2j+k))
  y += factorial / k / std::pow(x, k) + factorial / 2.0 / std::pow(x, k + 1.0);
  double rising = factorial * (k + 1.0) / 2.0;
  for (int j = 1; j <= 9; ++j) {
    y += bernoulli[j - 1] * rising / std::pow(x, 2.0 * j + k);
    rising *= (2.0 * j + k) * (2.0 * j + k + 1.0) / ((2.0 * j + 1.0) * (2.0 * j + 2.0));
  }
  return std::fmod(k, 2.0) == 1.0 ? y : -y;
}
""",
    "largest_entries": """\
// Ones where the largest entries are, zeros elsewhere.
inline Eigen::MatrixXd largest_entries(const Eigen::MatrixXd& X) {
  return (X.array() == X.maxCoeff()).cast<double>();
}
""",
    "smallest_entries": """\
// Ones where the smallest entries are, zeros elsewhere.
inline Eigen::MatrixXd smallest_entries(const Eigen::MatrixXd& X) {
  return (X.array() == X.minCoeff()).cast<double>();
}
""",
    "log_abs_det": """\
// log(abs(det(X))), without overflow.
inline double log_abs_det(const Eigen::MatrixXd& X) {
  return X.partialPivLu().matrixLU().diagonal().array().abs().log().sum();
}
""",
    "lu_log_abs_det": """\
// log(abs(det(X))).
inline double lu_log_abs_det(const Eigen::PartialPivLU<Eigen::MatrixXd>& lu) {
  return lu.matrixLU().diagonal().array().abs().log().sum();
}
""",
    "lu_sign": """\
// The sign of det(X).
inline double lu_sign(const Eigen::PartialPivLU<Eigen::MatrixXd>& lu) {
  return lu.permutationP().determinant() * lu.matrixLU().diagonal().array().sign().prod();
}
""",
    "cholesky": """\
// The Cholesky factorisation of a symmetric positive definite matrix.
inline Eigen::LLT<Eigen::MatrixXd> cholesky(const Eigen::MatrixXd& S) {
  Eigen::LLT<Eigen::MatrixXd> factor(S);
  if (factor.info() != Eigen::Success) {
    throw std::domain_error("a matrix is not positive definite");
  }
  return factor;
}
""",
    "cholesky_inverse": """\
// inv(S).
inline Eigen::MatrixXd cholesky_inverse(const Eigen::LLT<Eigen::MatrixXd>& factor) {
  return factor.solve(Eigen::MatrixXd::Identity(factor.rows(), factor.cols()));
}
""",
    "cholesky_log_det": """\
// log(det(S)).
inline double cholesky_log_det(const Eigen::LLT<Eigen::MatrixXd>& factor) {
  return 2.0 * factor.matrixLLT().diagonal().array().log().sum();
}
""",
    "add_diagonal": """\
// K + diag(v).
inline Eigen::MatrixXd add_diagonal(Eigen::MatrixXd K, const Eigen::VectorXd& v) {
  K.diagonal() += v;
  return K;
}
inline Eigen::MatrixXd add_diagonal(Eigen::MatrixXd K, double v) {
  K.diagonal().array() += v;
  return K;
}
""",
    "cross": """\
// The cross product.
inline Eigen::VectorXd cross(const Eigen::Vector3d& x, const Eigen::Vector3d& y) {
  return x.cross(y);
}
""",
    "kron": """\
// The Kronecker product.
inline Eigen::MatrixXd kron(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) {
  Eigen::MatrixXd K(A.rows() * B.rows(), A.cols() * B.cols());
  for (Eigen::Index j = 0; j < A.cols(); ++j) {
    for (Eigen::Index i = 0; i < A.rows(); ++i) {
      K.block(i * B.rows(), j * B.cols(), B.rows(), B.cols()) = A(i, j) * B;
    }
  }
  return K;
}
""",
    "eigenvalues": """\
// The eigenvalues of a symmetric matrix, ascending.
inline Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& S) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S, Eigen::EigenvaluesOnly).eigenvalues();
}
""",
    "eigenvectors": """\
// The unit eigenvectors of a symmetric matrix as columns, in the order of its eigenvalues.
inline Eigen::MatrixXd eigenvectors(const Eigen::MatrixXd& S) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S).eigenvectors();
}
""",
    "singular_values": """\
// The singular values, descending.
inline Eigen::VectorXd singular_values(const Eigen::MatrixXd& X) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(X).singularValues();
}
""",
    "left_singular_vectors": """\
// The left singular vectors as columns, in the order of the singular values.
inline Eigen::MatrixXd left_singular_vectors(const Eigen::MatrixXd& X) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(X, Eigen::ComputeThinU | Eigen::ComputeThinV).matrixU();
}
""",
    "right_singular_vectors": """\
// The right singular vectors as columns, in the order of the singular values.
inline Eigen::MatrixXd right_singular_vectors(const Eigen::MatrixXd& X) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(X, Eigen::ComputeThinU | Eigen::ComputeThinV).matrixV();
}
""",
    "pseudoinverse": """\
// The pseudoinverse of X.
inline Eigen::MatrixXd pseudoinverse(const Eigen::MatrixXd& X) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(X, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::ArrayXd s = svd.singularValues();
  const Eigen::VectorXd r = (s > 1e-15 * s.maxCoeff()).select(s.inverse(), 0.0);
  return svd.matrixV() * r.asDiagonal() * svd.matrixU().transpose();
}
""",
    "adjugate": """\
// The adjugate of X, singular or not.
inline Eigen::MatrixXd adjugate(const Eigen::MatrixXd& X) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(X, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::VectorXd s = svd.singularValues();
  Eigen::VectorXd others = Eigen::VectorXd::Ones(s.size());
  for (Eigen::Index k = 0; k < s.size(); ++k) {
    for (Eigen::Index l = 0; l < s.size(); ++l) {
      others(k) *= k == l ? 1.0 : s(l);
    }
  }
  return svd.matrixU().determinant() * svd.matrixV().determinant()
      * (svd.matrixV() * others.asDiagonal() * svd.matrixU().transpose());
}
""",
    "spd_power": """\
// S to a real power, for symmetric positive definite S.
inline Eigen::MatrixXd spd_power(const Eigen::MatrixXd& S, double k) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eig(S);
  const Eigen::VectorXd powers = eig.eigenvalues().array().pow(k);
  return eig.eigenvectors() * powers.asDiagonal() * eig.eigenvectors().transpose();
}
""",
    "matrix_power": """\
// X to a whole power.
inline Eigen::MatrixXd matrix_power(const Eigen::MatrixXd& X, double k) {
  Eigen::MatrixXd square = k < 0.0 ? Eigen::MatrixXd(X.inverse()) : X;
  Eigen::MatrixXd product = Eigen::MatrixXd::Identity(X.rows(), X.cols());
  for (long n = std::lround(std::abs(k)); n > 0; n /= 2) {
    if (n % 2 == 1) {
      product = product * square;
    }
    square = square * square;
  }
  return product;
}
""",
    "expm": """\
// The matrix exponential.
inline Eigen::MatrixXd expm(const Eigen::MatrixXd& X) {
  return X.exp();
}
""",
    "logm": """\
// The principal logarithm of a matrix.
inline Eigen::MatrixXd logm(const Eigen::MatrixXd& X) {
  return X.log();
}
""",
    "sqrtm": """\
// The principal square root of a matrix.
inline Eigen::MatrixXd sqrtm(const Eigen::MatrixXd& X) {
  return X.sqrt();
}
""",
    "real_power": """\
// The principal power of X.
inline Eigen::MatrixXd real_power(const Eigen::MatrixXd& X, double k) {
  return k == std::round(k) ? matrix_power(X, k) : Eigen::MatrixXd(X.pow(k));
}
""",
    "commutation": """\
// K with K*vec(X) = vec(X') for m by n X.
inline Eigen::MatrixXd commutation(Eigen::Index m, Eigen::Index n) {
  Eigen::MatrixXd K = Eigen::MatrixXd::Zero(m * n, m * n);
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      K(j + n * i, i + m * j) = 1.0;
    }
  }
  return K;
}
""",
    "duplication": """\
// D with D*vech(S) = vec(S) for symmetric n by n S.
inline Eigen::MatrixXd duplication(Eigen::Index n) {
  Eigen::MatrixXd D = Eigen::MatrixXd::Zero(n * n, n * (n + 1) / 2);
  Eigen::Index k = 0;
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = j; i < n; ++i, ++k) {
      D(i + n * j, k) = D(j + n * i, k) = 1.0;
    }
  }
  return D;
}
""",
    "elimination": """\
// L with L*vec(X) = vech(X) for n by n X.
inline Eigen::MatrixXd elimination(Eigen::Index n) {
  Eigen::MatrixXd L = Eigen::MatrixXd::Zero(n * (n + 1) / 2, n * n);
  Eigen::Index k = 0;
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = j; i < n; ++i, ++k) {
      L(k, i + n * j) = 1.0;
    }
  }
  return L;
}
""",
    "upper_blocks": """\
// [A, E; 0, A]: a function of it has the derivative at A along E in its upper corner.
inline Eigen::MatrixXd upper_blocks(const Eigen::MatrixXd& A, const Eigen::MatrixXd& E) {
  const Eigen::Index n = A.rows();
  Eigen::MatrixXd B = Eigen::MatrixXd::Zero(2 * n, 2 * n);
  B.topLeftCorner(n, n) = A;
  B.topRightCorner(n, n) = E;
  B.bottomRightCorner(n, n) = A;
  return B;
}
""",
    "upper_corner": """\
// E of [A, E; 0, A].
inline Eigen::MatrixXd upper_corner(const Eigen::MatrixXd& B) {
  return B.topRightCorner(B.rows() / 2, B.cols() / 2);
}
""",
    "frechet_matrix": """\
// M with vec(L(E)) = M*vec(E), L the derivative of a matrix function at A.
inline Eigen::MatrixXd frechet_matrix(
    const std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)>& f, const Eigen::MatrixXd& A) {
  Eigen::MatrixXd M(A.size(), A.size());
  for (Eigen::Index k = 0; k < A.size(); ++k) {
    Eigen::MatrixXd E = Eigen::MatrixXd::Zero(A.rows(), A.cols());
    E(k) = 1.0;
    M.col(k) = upper_corner(f(upper_blocks(A, E))).reshaped();
  }
  return M;
}
""",
}
"""The source of each, by its name."""
