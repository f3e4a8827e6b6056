"""The files of a service that runs in containers without a cluster: compose.yaml, Caddyfile and the values beside them.

One machine has the copies of the model, the chat page where people talk to it, and Caddy, which ends TLS. Where copies
are on several machines, each has its own, and the first machine's Caddy spreads the requests over all of them.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from artifacts.checkpoint import hub_token
from artifacts.compose_documents import document_services
from artifacts.container_work import VOLUME
from artifacts.containers import container_arguments, environment
from artifacts.engines import ADAPTERS, QUANTISED, Engine, image
from artifacts.present import asks_login
from artifacts.program_manifest import program_written
from artifacts.programs import MODEL
from artifacts.retrieving import answers_from_documents, foreign_store
from artifacts.store_access import asked_of_store
from artifacts.workloads import PORT, as_yaml
from domain.base import Frozen
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

FOLDER = "$HOME/stack8s"
COMPOSE, FILES = f"{FOLDER}/compose", f"{FOLDER}/files"
"""On a machine: what `docker compose` reads, and what the containers read and write."""
PAGE_PORT = 8080
API_PATHS = ("/v1/*", "/predict", "/embed", "/rerank", "/health")
_CHATS = frozenset({Engine.VLLM, Engine.LLAMA_CPP})
_FOR_PROGRAMS = frozenset(
    {"code_completion", "code_generation", "classification", "extraction", "embeddings", "search"}
)
"""Uses whose requests come from programs: nobody opens a page for them."""
LOGIN_VARIABLES = {
    "OIDC_ISSUER": "address of your login, as in https://login.microsoftonline.com/TENANT/v2.0",
    "OIDC_CLIENT_ID": "id of a client for this page, with the redirect address https://DOMAIN/oauth/oidc/callback",
    "OIDC_CLIENT_SECRET": "secret of that client",
}


class Setup(Frozen):
    """What is set up around the model."""

    copies: int
    """On one machine."""
    machines: int
    page: bool
    login: bool
    """Whether people log in where they do elsewhere."""
    documents: bool
    """Whether it answers from documents, by the plan's own programs."""
    private: bool
    """Whether no public authority can see the name, so that Caddy signs its certificate itself."""


def setup_of(option: PlacementOption, engine: Engine, spec: WorkloadSpec, retrieval: Retrieval | None) -> Setup:
    """As the spec asks and the machines allow."""
    talks = engine in _CHATS and spec.domain in (None, "llm", "multimodal") and spec.use_case not in _FOR_PROGRAMS
    machines = max(option.nodes, 1)
    return Setup(
        copies=-(-option.replicas // machines), machines=machines, page=talks, login=talks and asks_login(spec),
        documents=answers_from_documents(retrieval) and foreign_store(spec, ()) is None,
        private=option.is_own or spec.hosting in ("on_premises", "air_gapped"),
    )  # fmt: skip


def compose_files(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, retrieval: Retrieval | None = None
) -> dict[str, str]:
    """File name -> text. `models.yaml` is for the machines beside the first, where there are several."""
    setup = setup_of(option, engine, spec, retrieval)
    models = _models(option, engine, setup)
    front = _front(setup, option, spec, retrieval)
    made = {
        "compose.yaml": as_yaml(
            {"name": "stack8s", "services": {**models, **front}, "volumes": _volumes(setup, front)}
        ),
        "caddy/Caddyfile": caddyfile(setup),
    }
    if setup.machines > 1:
        made["models.yaml"] = as_yaml({"name": "stack8s", "services": models})
    return made


def caddyfile(setup: Setup) -> str:
    """TLS for $DOMAIN; programs reach the interface of the model, people the page."""
    upstreams = "{$SERVERS}" if setup.machines > 1 else " ".join(f"model-{copy}:{PORT}" for copy in range(setup.copies))
    balanced = setup.machines * setup.copies > 1
    spread = (
        " {\n\t\t\tlb_policy least_conn\n\t\t\tlb_try_duration 10s\n\t\t\thealth_uri /health\n\t\t\thealth_interval 10s"
        "\n\t\t\tfail_duration 30s\n\t\t}"
        if balanced
        else ""
    )
    door = f"reverse_proxy answers:{PORT}" if setup.documents else f"reverse_proxy {upstreams}{spread}"
    rest = f"reverse_proxy page:{PAGE_PORT}" if setup.page else "respond 404"
    signed = "\ttls internal\n" if setup.private else ""
    lines = [
        "{$DOMAIN} {", f"{signed}\t@api path {' '.join(API_PATHS)}", "\thandle @api {", f"\t\t{door}", "\t}",
        "\thandle {", f"\t\t{rest}", "\t}", "}",
    ]  # fmt: skip
    if balanced:
        # For the containers beside: no port of the machine leads here.
        lines += [f":{PORT} {{", f"\thandle {{\n\t\treverse_proxy {upstreams}{spread}\n\t}}", "}"]
    return "\n".join(lines)


def variables(setup: Setup, option: PlacementOption, spec: WorkloadSpec) -> dict[str, str]:
    """Name -> shell words, of the file `.env` that compose reads."""
    told = {
        "API_KEY": "$(openssl rand -hex 24)",
        "DOMAIN": "${DOMAIN:?name that people reach it under, as in ai.example.org}",
    }
    told["HF_TOKEN"] = hub_token(option)
    if setup.documents:
        told |= {f"STORE_{name.upper()}": f"${{{asked}}}" for name, asked in asked_of_store(spec).items()}
    if setup.login:
        told |= {name: f"${{{name}:?{asked}}}" for name, asked in LOGIN_VARIABLES.items()}
    if setup.page:
        told["PAGE_SECRET"] = "$(openssl rand -hex 24)"
    if setup.machines > 1:
        told["ADDRESS"] = "${ADDRESS:?private address of this machine}"
        told["SERVERS"] = (
            "${SERVERS:?private addresses of all machines with the port, as in 10.0.0.4:8000 10.0.0.5:8000}"
        )
    return told


def programs_written(option: PlacementOption) -> tuple[str, ...]:
    """The server's own program, where one of ours serves."""
    return program_written(option, f'"{FILES}/program"') if option.program else ()


def _models(option: PlacementOption, engine: Engine, setup: Setup) -> dict[str, Value]:
    """A service for each copy on a machine, on GPUs of its own."""
    arguments = [_escaped(argument) for argument in container_arguments(option, engine)]
    told: dict[str, Value] = {
        name: _secret(value) if value.startswith("${") else _escaped(value)
        for name, value in environment(option, engine).items()
    }
    made: dict[str, Value] = {}
    for copy in range(setup.copies):
        port = f"{PORT + copy}:{PORT}"
        address = "${ADDRESS:?}" if setup.machines > 1 else "127.0.0.1"
        service: dict[str, Value] = {
            "image": image(engine, option) or "${WORKLOAD_IMAGE:?image that holds your program}",
            "restart": "unless-stopped",
            "ipc": "host",
            **({"entrypoint": arguments[:1], "command": arguments[1:]} if arguments else {}),
            "environment": told,
            "volumes": [f"../files:{VOLUME}", *([f"../files/adapters:{ADAPTERS}:ro"] if option.adapter else [])],
            "ports": [f"{address}:{port}"],
        }
        made[f"model-{copy}"] = {**service, **_gpus(option, copy)}
    return made


def _gpus(option: PlacementOption, copy: int) -> dict[str, Value]:
    gpu, each = option.offer.gpu, option.tensor_parallel * option.pipeline_parallel
    if gpu is None:
        return {}
    ids = [str(copy * each + number) for number in range(each)]
    if gpu.vendor == "amd":
        return {"devices": ["/dev/kfd", "/dev/dri"], "group_add": ["video"], "security_opt": ["seccomp=unconfined"]}
    device: Value = {"driver": "nvidia", "device_ids": ids, "capabilities": ["gpu"]}
    return {"deploy": {"resources": {"reservations": {"devices": [device]}}}}


def _front(setup: Setup, option: PlacementOption, spec: WorkloadSpec, retrieval: Retrieval | None) -> dict[str, Value]:
    """Documents, page and proxy: what the first machine has beside the model."""
    images = library_versions().images
    one = setup.machines * setup.copies == 1
    model = f"http://model-0:{PORT}" if one else f"http://proxy:{PORT}"
    made: dict[str, Value] = {}
    if retrieval is not None and setup.documents:
        made |= document_services(retrieval, option, spec, model)
        model = f"http://answers:{PORT}"
    if setup.page:
        made["page"] = {
            "image": images["open-webui"].image,
            "restart": "unless-stopped",
            "environment": _page(setup, model),
            "volumes": ["page:/app/backend/data"],
        }
    made["proxy"] = {
        "image": images["caddy"].image,
        "restart": "unless-stopped",
        "environment": {"DOMAIN": "${DOMAIN:?}", **({"SERVERS": "${SERVERS:?}"} if setup.machines > 1 else {})},
        "ports": ["80:80", "443:443"],
        "volumes": ["./caddy:/etc/caddy:ro", "certificates:/data"],
    }
    return made


def _page(setup: Setup, model: str) -> dict[str, Value]:
    told: dict[str, Value] = {
        "OPENAI_API_BASE_URL": f"{model}/v1",
        "OPENAI_API_KEY": "${API_KEY:?}",
        "WEBUI_SECRET_KEY": "${PAGE_SECRET:?}",
        "WEBUI_URL": "https://${DOMAIN:?}",
        "ENABLE_OLLAMA_API": "false",
        "DEFAULT_USER_ROLE": "user" if setup.login else "pending",
    }
    if setup.login:
        told |= {
            "ENABLE_SIGNUP": "false", "ENABLE_LOGIN_FORM": "false", "ENABLE_OAUTH_SIGNUP": "true",
            "OAUTH_PROVIDER_NAME": "your login", "OAUTH_SCOPES": "openid email profile",
            "OPENID_PROVIDER_URL": "${OIDC_ISSUER:?}/.well-known/openid-configuration",
            "OAUTH_CLIENT_ID": "${OIDC_CLIENT_ID:?}", "OAUTH_CLIENT_SECRET": "${OIDC_CLIENT_SECRET:?}",
        }  # fmt: skip
    return told


def _volumes(setup: Setup, front: Mapping[str, Value]) -> Value:
    kept = [
        "certificates",
        *(["page"] if setup.page else []),
        *(["vectors"] if {"qdrant", "postgres"} & front.keys() else []),
    ]
    return {name: {} for name in kept}


def _escaped(text: str) -> str:
    """A dollar of the text stays one: compose would put a variable there. What only the user can name is one."""
    text = text.replace("$", "$$")
    text = text.replace(QUANTISED, "${CHECKPOINT:?id of weights in the number format of the plan}")
    return text.replace(MODEL, "${MODEL:?the model, an id on the Hub or a folder of the container}")


def _secret(value: str) -> str:
    return "${HF_TOKEN:-}" if value == "${HF_TOKEN}" else f"${{{value[2:-1]}:?}}"
