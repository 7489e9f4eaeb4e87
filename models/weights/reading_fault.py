"""Says why a file of weights cannot be read."""

import pickle

NO_WEIGHTS = "it holds no weights, or is damaged"


def reading_fault(error: Exception) -> str:
    """One line on an error of torch or safetensors that a file has caused.

    What torch says of a pickle that it does not take is an advice to run what is in the file, and is left out.
    """
    if isinstance(error, pickle.UnpicklingError | EOFError):
        return NO_WEIGHTS
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).splitlines() or [type(error).__name__])[0]
