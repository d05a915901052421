"""Why a recorded value becomes no plain array, in a sentence that says what to write instead."""

from __future__ import annotations

import sys

from symdiff.inputs.recorded import NOT_THE_CALLERS, place

# functions of SciPy's that are written in Python and take plain arrays only, and what is the same
_INSTEAD = {
    "logsumexp": "m = np.max(x); m + np.log(np.sum(np.exp(x - m)))",
    "softmax": "e = np.exp(x - np.max(x)); e / np.sum(e)",
    "log_softmax": "z = x - np.max(x); z - np.log(np.sum(np.exp(z)))",
    "polygamma": 'sd.TABLE["polygamma"](x, n=n)',
}
# functions of NumPy's that do not ask the value first, and what is the same
_NUMPYS = {
    "np.vectorize": "write the function for arrays (np.where for its branches), or sd.array([f(v) for v in x])",
    "np.testing": "compare with assert np.allclose(...)",
}


def plain_array() -> str:
    """Why no plain array can be made here, and what to write instead."""
    library = _library()
    if library in _NUMPYS:
        return f"{place()}{library} makes a plain array of its arguments, so it cannot be recorded: {_NUMPYS[library]}"
    if library:
        linear = "use np.linalg (np.linalg.solve for cho_solve, lu_solve and solve_triangular)"
        instead = linear if library.startswith("scipy.linalg") else "write its formula with NumPy's functions"
        asked = next((n for n in _INSTEAD if library.endswith(f".{n}")), "")
        if asked:
            instead = f"write {_INSTEAD[asked]}"
        return f"{place()}{library} makes a plain array of its arguments, so it cannot be recorded: {instead}"
    return (
        f"{place()}a plain array cannot be made of values that are being differentiated: write sd.array([...]) for "
        "np.array([...]), and sd.array([a, b, ...]) at the end for an array that is filled in entry by entry"
    )


def _library() -> str:
    """The function of SciPy's or NumPy's that the caller is in, `scipy.linalg.cho_solve`; nothing if it is none."""
    frame, found = sys._getframe(1), ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in NOT_THE_CALLERS:
            break
        if module.startswith("numpy.testing"):
            return "np.testing"
        if module.startswith("numpy.") and "vectorize" in frame.f_code.co_name:
            return "np.vectorize"
        if module.startswith("scipy."):
            name, wrapped = frame.f_code.co_name, frame.f_locals.get("f")
            if module.startswith("scipy._lib") and callable(wrapped):  # a decorator: what it stands around
                module, name = str(getattr(wrapped, "__module__", "")), str(getattr(wrapped, "__name__", "_"))
            room = ".".join(part for part in module.split(".") if not part.startswith("_"))
            named = not name.startswith(("_", "<")) and not module.startswith("scipy._lib")
            found = f"{room}.{name}" if named else found or "a function of SciPy's"
        frame = frame.f_back
    return found
