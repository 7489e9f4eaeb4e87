"""Choice of the processor that a network runs on."""

import torch

from polymuse.errors import UnavailableError

AUTO = "auto"


def choose_device(name: str = AUTO) -> torch.device:
    """ "auto" is the first of CUDA, MPS and CPU that is there. Raises UnavailableError for one that is not.

    MPS (Apple) has never been tried with these networks.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == AUTO:
        return torch.device(next(kind for kind, there in present.items() if there))
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UnavailableError(f"There is no device {name!r}", f"Devices: {AUTO}, {', '.join(present)}") from error
    beyond = device.type == "cuda" and device.index is not None and device.index >= torch.cuda.device_count()
    if not present.get(device.type) or beyond:
        here = ", ".join(kind for kind, there in present.items() if there)
        raise UnavailableError(f"Device {name!r} is not available", f"Available here: {here}")
    return device


def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware: about twice as fast as float32 then, much slower otherwise."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(feature) for feature in ("avx512_bf16", "amx_bf16"))
