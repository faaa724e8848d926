"""Code in another layout: the axes of the variable first, also where all sizes are one."""

import numpy as np

from mcalc import derive


def test_square_jacobians_are_turned():
    square = {name: {"shape": ["n", "n"]} for name in "AX"}
    rng = np.random.default_rng(1)
    given = {"A": rng.normal(size=(3, 3)), "X": rng.normal(size=(3, 3))}
    ours, theirs = (
        derive("X*A", wrt="X", variables=square, layout=layout).compile()(**given)
        for layout in ("mixed", "denominator")
    )
    # d(X*A)[i,j] / dX[k,l] = δ_ik A[l,j]
    wanted = np.einsum("ik,lj->ijkl", np.eye(3), given["A"])
    assert np.allclose(ours, wanted)
    assert np.allclose(theirs, wanted.transpose(2, 3, 0, 1))
