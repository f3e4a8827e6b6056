"""A Helm chart one can install."""

from pydantic import Field

from domain.base import Frozen, Source


class Package(Frozen):
    """A row of `cloud.bitnami_packages`: one chart of one repository, at its newest version."""

    key: str = Field(description="repository/name")
    name: str
    display_name: str
    repository: str = Field(description="short name the repository is added under")
    repository_url: str | None = Field(default=None, description="helm repo add URL or oci:// reference")
    version: str
    app_version: str | None = None
    category: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    license: str | None = None
    official: bool = Field(default=False, description="published by the project itself")
    deprecated: bool = False
    stars: int | None = None
    cpu_request: float | None = Field(default=None, description="cores one sane install asks for")
    memory_request_gib: float | None = None
    home: str | None = None
    source: Source
