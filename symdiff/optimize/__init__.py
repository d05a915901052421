"""For derivatives that are handed to `scipy.optimize`: its checker's signature, and a check inside an optimization."""

from symdiff.optimize.drop_in import check_grad
from symdiff.optimize.first_calls import Checked, checked

__all__ = ["Checked", "check_grad", "checked"]
