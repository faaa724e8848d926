"""What has a value somewhere is answered, however narrow its domain."""

import pytest

from mcalc import derive

SOMEWHERE = [
    "log(1-a^2)", "log(b^2)", "log(relu(x))'*x", "arcsin(1)*a", "arccosh(1)*a", "arcsin(exp(a))",
    "sqrt(-a^2)", "prod(zeros(3))*a", "sqrtm(zeros(3,3))*x", "inv([1,2;2,5])*x", "inv([a,2;2,4])*x",
    "inv(ones(1,1))*a", "inv(ones(n,n))*x", "logm(A'*A-eye)*x", "log1p(-exp(a))", "lgamma(-1/2)*a",
    "polygamma(2,x)'*x", "inv(x*y')*x", "log(det(-X))", "chol(eye-A'*A)", "arctanh(1-b^2)",
    "(-x).^a",
]  # fmt: skip


@pytest.mark.parametrize("expression", SOMEWHERE)
def test_a_narrow_domain_is_no_error(expression):
    assert derive(expression).derivatives
