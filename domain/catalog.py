"""Which catalogue an answer is from."""

from datetime import date

from pydantic import Field

from domain.base import Frozen


class CatalogRef(Frozen):
    """Which catalogue the plan was made from: same question, same `fingerprint`, same plan."""

    fingerprint: str = Field(description="sha256 over the loaded snapshots")
    as_of_oldest: date = Field(description="the day of the oldest source")
    as_of_newest: date = Field(description="the day of the newest source")
    embedder: str = Field(description="what made the vectors")
    offers: int = Field(description="how many it holds")
    models: int = Field(description="how many it holds")
    packages: int = Field(description="how many it holds")

    def behind(self, now: "CatalogRef") -> str | None:
        """That a plan of this catalogue is older than the facts of `now`, in a sentence; null where it is not."""
        if self.fingerprint == now.fingerprint:
            return None
        return (
            f"This plan is older than the catalogue: it was made from facts up to {self.as_of_newest.isoformat()}, and"
            f" others were imported since, up to {now.as_of_newest.isoformat()}. The next change is planned with them."
        )
