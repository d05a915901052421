"""How accurately XLA computes on the CPU in float64, measured: a test measures it again.

XLA has approximations of its own. Most are within a few units in the last place; some scale an argument
first (exp2 as exp(x log 2), sinh and cosh as exp(x - log 2)) and so lose units in proportion to it.
Subnormal results are flushed to zero.
"""

from symdiff.methods.base import Arithmetic

XLA = Arithmetic(
    factor=8.0,
    tiny=2.0**-1022,
    fuses=True,
    multiplies=True,
    ulps=(
        ("exp2", 1024.0),  # 493 at 879.8
        ("sinh", 1024.0),  # 494 at 607.9
        ("cosh", 1024.0),  # 494 at -557.3
        ("log1p", 256.0),  # 120 at -0.413, jax 0.10
        ("atanh", 256.0),  # 111 at 0.412, jax 0.10
        ("erfinv", 1024.0),  # 330, jax 0.10
    ),
)
