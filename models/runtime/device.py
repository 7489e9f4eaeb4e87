"""The device that networks run on."""

import torch

from polymuse.errors import UnavailableError, UserError

AUTO = "auto"
_KINDS = ("cpu", "cuda", "mps")
_NAMES = f"Devices: {AUTO}, cpu, cuda, cuda:0, cuda:1, …, mps"
_BF16_FLAGS = ("avx512_bf16", "amx_bf16")  # Zen 4, Cooper Lake, Sapphire Rapids and later; elsewhere bf16 is emulated
# Messages of other errors about memory than OutOfMemoryError: from MPS, the NVIDIA libraries and the CPU allocator.
_OUT_OF_MEMORY = ("out of memory", "ALLOC_FAILED", "can't allocate memory")


def choose_device(name: str) -> torch.device:
    """ "auto" is the first CUDA device, else the CPU. MPS (Apple), on which the networks are untested, only by name.

    Raises UserError for an invalid or unsupported device, UnavailableError for one that does not exist.
    """
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(f"{name!r} is not a device", _NAMES) from error
    if device.type not in _KINDS:
        raise UserError(f"Device {name!r} is not supported", _NAMES)
    if not _exists(device):
        raise UnavailableError(f"There is no device {name!r} that torch can use here", "Use the device cpu")
    return device


def _exists(device: torch.device) -> bool:
    if device.type == "cuda":
        return (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or torch.backends.mps.is_available()


def release_memory(device: torch.device) -> None:
    """Frees the memory that torch caches on a GPU."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch raised the error because an allocation failed."""
    return isinstance(error, torch.OutOfMemoryError) or any(sign in str(error) for sign in _OUT_OF_MEMORY)


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bf16 matrices in hardware: about twice as fast as float32, otherwise much slower."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # not in old releases of torch
    return any(capabilities.get(flag, False) for flag in _BF16_FLAGS)
