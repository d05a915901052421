"""JAX's own derivative, of a JAX function, by jax.grad, jax.jvp and jax.vjp."""

from symdiff.methods.jax.method import Jax

__all__ = ["Jax"]
