"""Errors of the product, drawn once.

ArchitectError                something the caller can act on
├── InvalidInput              the request itself is wrong                                  422
├── ConversationNotFound      no such conversation, or it is somebody else's               404
├── TaskNotFound              no such task on the checklist, or it is somebody else's       404
├── ConversationBusy          another turn of it is still running                          409
├── TurnCancelled             a turn was cancelled while it was computed                   409
├── TurnTooLong               a turn took longer than it may and was stopped               504
├── TurnLost                  the process that computed a turn ended                       503
├── DatabaseUnavailable       PostgreSQL cannot be reached, started or authenticated       503
├── CatalogMismatch           vectors made by another embedder or chunker                  503
├── CatalogEmpty              no catalogue is loaded                                       503
├── ImportRefused             a catalogue file is wrong: nothing of it was stored          422
├── EngineUnavailable         the language model failed and there is no other reader       503
├── Unauthenticated           no valid access token came with the request                  401
├── TooManyAttempts           sign-ins or refused tokens come too fast                     429
├── AccountExists             the e-mail address has an account already                    409
├── NotOffered                this server is set up without what was asked for             404
├── IdentityUnavailable       the keys of the identity provider cannot be had              503
└── WrongSettings             a setting is wrong: nothing starts                           500
"""


class ArchitectError(Exception):
    """`remedy` is one sentence that says what to do; both texts are safe to show to a user."""

    kind = "error"
    status = 500
    retry_after_s: int | None = None
    """When to come again; nothing: what its status says."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class InvalidInput(ArchitectError):
    kind = "invalid-input"
    status = 422


class ConversationNotFound(ArchitectError):
    kind = "conversation-not-found"
    status = 404


class TaskNotFound(ArchitectError):
    kind = "task-not-found"
    status = 404


class ConversationBusy(ArchitectError):
    kind = "conversation-busy"
    status = 409
    retry_after_s = 1


class TurnCancelled(ArchitectError):
    kind = "turn-cancelled"
    status = 409


class TurnTooLong(ArchitectError):
    kind = "turn-too-long"
    status = 504


class TurnLost(ArchitectError):
    kind = "turn-lost"
    status = 503
    retry_after_s = 1


class DatabaseUnavailable(ArchitectError):
    kind = "database-unavailable"
    status = 503


class CatalogMismatch(ArchitectError):
    kind = "catalog-mismatch"
    status = 503


class CatalogEmpty(ArchitectError):
    kind = "catalog-empty"
    status = 503


class ImportRefused(ArchitectError):
    kind = "import-refused"
    status = 422


class EngineUnavailable(ArchitectError):
    kind = "engine-unavailable"
    status = 503


class Unauthenticated(ArchitectError):
    """`challenge` is what WWW-Authenticate says; it never tells why a token was refused."""

    kind = "unauthenticated"
    status = 401
    challenge = 'Bearer realm="stack8s"'


class TooManyAttempts(ArchitectError):
    kind = "too-many-attempts"
    status = 429

    def __init__(self, message: str, remedy: str = "", *, retry_after_s: int) -> None:
        super().__init__(message, remedy)
        self.retry_after_s = retry_after_s


class AccountExists(ArchitectError):
    kind = "account-exists"
    status = 409


class NotOffered(ArchitectError):
    kind = "not-offered"
    status = 404


class IdentityUnavailable(ArchitectError):
    kind = "identity-unavailable"
    status = 503


class WrongSettings(ArchitectError):
    kind = "wrong-settings"
