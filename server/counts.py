"""Where limits count: in this process, or in a Redis that several servers share."""

from limits.aio.storage import Storage
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from domain.errors import WrongSettings

REDIS = ("redis://", "rediss://", "redis+unix://")


def count_storage(address: str) -> Storage:
    """As LIMITS_STORAGE has it: memory:// or redis://HOST:6379; failures are StorageErrors. Raises WrongSettings."""
    try:
        storage = (
            storage_from_string(f"async+{address}", wrap_exceptions=True, implementation="redispy")
            if address.startswith(REDIS)
            else storage_from_string(f"async+{address}")
        )
    except (ConfigurationError, ValueError) as error:
        raise WrongSettings(
            f"LIMITS_STORAGE: {type(error).__name__}.", "Write it as memory:// or redis://HOST:6379."
        ) from None
    assert isinstance(storage, Storage)
    return storage
