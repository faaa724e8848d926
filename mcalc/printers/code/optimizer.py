"""The form that SciPy's optimisers take: functions of a flat vector, for NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcalc.calculus.derivative import derive
from mcalc.core.expr import postorder
from mcalc.core.leaves import TANGENT, tangent, variable_name
from mcalc.errors import RequestError
from mcalc.printers.code.module import emit_derivative
from mcalc.printers.code.numpy import NumPy
from mcalc.simplify.engine import simplify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.printers.code.module import Emit
    from mcalc.printers.code.names import Argument

_PRODUCT = "hessian_product"


class Optimizer(NumPy):
    """Modules with `problem`, whose result `scipy.optimize.minimize` takes as its arguments."""

    name = "optimizer"
    arranges = False
    reserved = NumPy.reserved | {"hessian", _PRODUCT, "problem"}
    docs: ClassVar[Mapping[str, str]] = {
        **NumPy.docs,
        "hessian": "The Hessian, its axes those of the variable twice.",
        _PRODUCT: "The Hessian applied to a change of the variable.",
    }

    def functions(
        self, derivative: Derivative, result: Expr, layout: str
    ) -> Mapping[str, tuple[Emit, ...]]:
        """Those of every module, the Hessian, and its product with a change.

        Raises: RequestError unless the derivative is the gradient of a function without changes.
        """
        if derivative.kind != "gradient" or any(
            node.op is TANGENT for node in postorder(derivative.value)
        ):
            raise RequestError(
                "an optimiser takes the gradient of a scalar function",
                hint="ask for order 1 by one variable, of a scalar expression without d(…)",
            )
        (X,) = derivative.wrt
        self.dense_results = X.shape.is_matrix  # what is laid flat is dense
        second = derive(derivative.value, (X, X))
        product = derive(derivative.value, (X, X), along=(tangent(X),))

        def entries(of: Derivative) -> Emit:
            shown = simplify(of.result)
            return lambda g: emit_derivative(g, of, shown)

        return {
            **super().functions(derivative, result, layout),
            "hessian": (entries(second),),
            _PRODUCT: (entries(product),),
        }

    def sparse(self, derivative: Derivative, variables: Mapping[str, Expr]) -> frozenset[str]:
        """None that moves, since an optimiser moves all entries."""
        return super().sparse(derivative, variables) - {variable_name(derivative.wrt[0])}

    def takes(self, function: str, argument: Argument) -> bool:
        """Only the product takes the change."""
        return function == _PRODUCT or not _is_change(argument)

    def further(self, derivative: Derivative, arguments: tuple[Argument, ...]) -> list[str]:
        """`problem`."""
        X, rank = variable_name(derivative.wrt[0]), len(derivative.wrt[0].shape.axes)
        given = [a.name for a in arguments if not _is_change(a)]
        (name,) = [a.name for a in arguments if a.variable == X]
        (change,) = [a.name for a in arguments if _is_change(a)] or ["d"]
        at = ", ".join(f"{a}=z.reshape(shape)" if a == name else f"{a}={a}" for a in given)
        entries = f"hessian({at})"
        return [
            _PROBLEM.format(
                arguments=", ".join(given),
                name=name,
                at=at,
                change=change,
                hessian=entries if rank == 1 else f"np.reshape({entries}, (z.size, z.size))",
                product=_PRODUCT,
            )
        ]


def _is_change(a: Argument) -> bool:
    return a.variable.startswith("d(")


_PROBLEM = '''\
def problem(*, {arguments}):
    """The arguments of scipy.optimize.minimize, to start from {name}: functions of it laid flat.

    Leave out what a method has no use for: jac, hess, or hessp.
    """
    shape = np.shape({name})
    known = {{}}

    def both(z):
        key = z.tobytes()
        if key not in known:
            known.clear()
            known[key] = value_and_derivative({at})
        return known[key]

    def fun(z):
        return both(z)[0]

    def jac(z):
        return np.ravel(both(z)[1])

    def hess(z):
        return {hessian}

    def hessp(z, p):
        return np.ravel({product}({at}, {change}=p.reshape(shape)))

    return {{"fun": fun, "x0": np.ravel({name}), "jac": jac, "hess": hess, "hessp": hessp}}
'''
