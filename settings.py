"""Every setting of the product, read once from the environment, `.env` and `.env.local` (the later wins)."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from domain.errors import WrongSettings


def _listed(value: object) -> object:
    """A list as people write one in an environment variable: separated by commas, or as JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [item.strip() for item in value.split(",") if item.strip()]


OWN_EMBEDDER, OWN_CHUNKER = "minilm-256", "v1"


def _embedder(name: str) -> str:
    """The first system's environment names what made its own vectors, with a bare name; ours are made by ours."""
    return OWN_EMBEDDER if name.startswith("text-embedding-") else name


def _chunker(version: str) -> str:
    return OWN_CHUNKER if version.startswith("hf_chunker_") else version


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class McpServer(BaseModel):
    """A further server of tools: by its address with a bearer token, or as a program to start."""

    url: str | None = None
    token: SecretStr | None = None
    command: str | None = None
    args: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> "McpServer":
        if (self.url is None) == (self.command is None):
            raise ValueError("give url or command")
        return self


class Settings(BaseSettings):
    """Names are those of the environment variables. An empty variable counts as unset."""

    model_config = SettingsConfigDict(
        env_file=(".env", ".env.local"), env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    environment: Literal["development", "test", "staging", "production"] = "development"

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "SUPABASE_DB_URL"),
        description="any PostgreSQL 15+ with pgvector; unset: the embedded one",
    )
    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("stack8s"),
        validation_alias="STACK8S_DATA_DIR",
        description="where the embedded PostgreSQL keeps its files",
    )
    database_pool_max: int = Field(default=10, ge=1, validation_alias="DATABASE_POOL_MAX")
    database_timeout_s: float = Field(default=10.0, gt=0, validation_alias="DATABASE_TIMEOUT_S")

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_chat_model: str = "gpt-4o-mini"
    openai_input_price: float | None = Field(default=None, ge=0, description="USD per million tokens sent")
    openai_output_price: float | None = Field(default=None, ge=0, description="USD per million tokens written")
    openai_embed_model: str = "text-embedding-3-small"
    openai_timeout_s: float = Field(
        default=25.0, gt=0, description="of all that a turn asks; the reply comes within 30"
    )
    openai_max_retries: int = Field(default=2, ge=0)
    engine: Literal["auto", "builtin", "openai"] = Field(
        default="auto", validation_alias="STACK8S_ENGINE", description="auto: openai when a key or base URL is set"
    )

    hf_embedding_model_name: Annotated[str, AfterValidator(_embedder)] = Field(
        default=OWN_EMBEDDER, description="minilm-256 (in the repository) or openai:text-embedding-3-small"
    )
    hf_relevance_weight: float = Field(
        default=0.8, ge=0, le=1, description="in the rank of models; the rest is popularity's (first system: 0.6)"
    )
    hf_chunker_version: Annotated[str, AfterValidator(_chunker)] = OWN_CHUNKER

    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65535)

    turn_workers: int = Field(
        default=0, ge=0, le=256, description="processes that compute turns; 0: one a core, 8 with a language model"
    )
    turn_budget_s: float = Field(default=60.0, gt=0, description="longest time of a turn, waiting for models included")
    max_body_bytes: int = Field(default=1_000_000, ge=1_000)
    requests_per_minute: int = Field(default=60, ge=0, description="of one user or address; 0: any number")
    requests_at_once: int = Field(default=8, ge=0, description="of one user or address; 0: any number")
    limits_storage: str = Field(default="memory://", description="or redis://HOST:6379, shared by several servers")
    turn_cpu_s: float = Field(default=20.0, gt=0, description="longest processor time of a turn")

    compute_top_k: int = Field(default=20, ge=1)
    k8s_top_k: int = Field(default=10, ge=1)
    hf_top_k: int = Field(default=10, ge=1)
    tool_timeout_s: float = Field(default=10.0, gt=0)
    question_rounds: int = Field(default=2, ge=0, le=2, description="how often it may ask back before it assumes")

    # Who may do what: docs/operations.md tells the three ways. With none of these set, one local user on loopback.
    supabase_jwt_secret: SecretStr | None = Field(
        default=None, description="signs and verifies access tokens (HS256); any 32 random bytes will do"
    )
    supabase_project_url: str | None = Field(
        default=None, description="https://REF.supabase.co: its keys verify tokens (RS256, ES256), it is their issuer"
    )
    jwks_url: str | None = Field(default=None, description="the public keys of another identity provider")
    jwt_issuer: str | None = Field(default=None, description="the `iss` tokens must have; known where a project is set")
    jwt_audience: str = Field(default="authenticated", min_length=1, description="the `aud` tokens must have")
    auth_provider: Literal["auto", "builtin", "external"] = Field(
        default="auto",
        description="who signs people in; auto: this server, where there is a secret and no project or JWKS_URL",
    )
    auth_signup: bool = Field(default=True, description="whether anyone may make an account at the built-in provider")
    auth_access_token_s: int = Field(default=900, ge=60, le=86_400, description="life of an access token")
    auth_refresh_token_s: int = Field(default=30 * 86_400, ge=60, description="life of a refresh token")
    cors_origins: Listed = Field(default=(), description="origins whose scripts may call the API: https://app.example")
    allowed_hosts: Listed = Field(
        default=(), description="names this server answers to; unset: loopback ones, with authentication any"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="bearer token of /metrics; unset: any user's, without authentication none"
    )

    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="where traces go (OTLP over HTTP): http://collector:4318; they hold no words"
    )
    langsmith_api_key: SecretStr | None = Field(
        default=None, description="traces turns to LangSmith, messages and replies included"
    )

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    mcp_servers: dict[str, McpServer] = Field(
        default={}, description='further MCP servers to ask by name, as JSON: {"wiki": {"url": "https://..."}}'
    )

    kubeconfig: Path | None = None
    prometheus_url: str | None = Field(
        default=None, description="http://HOST:9090, which has the measurements of NVIDIA's DCGM exporter"
    )

    @property
    def reader_engine(self) -> Literal["builtin", "openai"]:
        """The reader in use, `auto` resolved."""
        if self.engine != "auto":
            return self.engine
        return "openai" if self.openai_api_key or self.openai_base_url else "builtin"


@lru_cache
def settings() -> Settings:
    """The process's settings. Raises WrongSettings, which names each variable that is wrong and not its value."""
    try:
        return Settings()
    except ValidationError as wrong:
        said = "; ".join(f"{str(error['loc'][0]).upper()}: {_in_short(error['msg'])}" for error in wrong.errors())
        raise WrongSettings(f"{said}.", "Correct it in the environment or .env; .env.example tells them all.") from None
    except SettingsError as wrong:
        raise WrongSettings(f"{wrong}.", "Correct it in the environment or .env.") from None


def _in_short(message: str) -> str:
    """Without the advice for programmers that some messages end with."""
    return message.split(", unable to parse")[0].removeprefix("Value error, ").rstrip(".")
