"""The steps of a service that runs in containers without a cluster, with a name, TLS and a page for people."""

from artifacts.adapters import adapter_told, brought_by_hand
from artifacts.compose import COMPOSE, FILES, Setup, compose_files, programs_written, setup_of, variables
from artifacts.compose_documents import READ
from artifacts.documents import documents_part
from artifacts.engines import Engine
from artifacts.first_request import curl, request_of
from artifacts.notation import figure
from artifacts.pins import FOLDER as PROGRAMS
from artifacts.proving import prove_steps
from artifacts.rented import step
from artifacts.retrieving import DOCUMENT_PROGRAMS
from artifacts.sites import ONLINE
from artifacts.weights import load_minutes, start_minutes, storage_of
from artifacts.workloads import PORT
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

WRITE, START, READS = "Write the files", "Start it", "Read the documents"
ASK, OUTSIDE = "Ask it something", "Let people in"
_IN = f'cd "{COMPOSE}"'


def compose_steps(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, retrieval: Retrieval | None
) -> tuple[Step, ...]:
    """From the files to an answer over the name; the machines are there and have Docker."""
    setup = setup_of(option, engine, spec, retrieval)
    steps = [_write(option, engine, spec, retrieval, setup), _start(option, engine, setup)]
    if setup.documents:
        steps.append(_read(spec, option))
    balanced = setup.machines * setup.copies > 1
    crash = f"{_IN} && docker compose kill model-0 && docker compose up --detach --wait model-0" if balanced else ""
    proved = prove_steps(option, engine, spec, "https://$DOMAIN", crash=crash, unchecked=setup.private)
    return (*steps, _ask(option, engine, spec, setup), _let_in(option, setup), *proved)


def _write(
    option: PlacementOption, engine: Engine, spec: WorkloadSpec, retrieval: Retrieval | None, setup: Setup
) -> Step:
    files = compose_files(option, engine, spec, retrieval)
    written = tuple(f"cat > \"{COMPOSE}/{name}\" <<'EOF'\n{text}\nEOF" for name, text in files.items())
    told = variables(setup, option, spec)
    lines = " ".join(f'"{name}={words}"' for name, words in told.items())
    values = f'[ -f "{COMPOSE}/.env" ] || (umask 077 && printf \'%s\\n\' {lines} > "{COMPOSE}/.env")'
    documents: tuple[str, ...] = ()
    if setup.documents:
        documents = tuple(
            f"cat > \"{FILES}/program\"/{name} <<'END'\n{(PROGRAMS / name).read_text(encoding='utf-8').rstrip()}\nEND"
            for name in DOCUMENT_PROGRAMS
        )
    several = ""
    if setup.machines > 1:
        several = (
            " On every machine; ADDRESS is its own there, and API_KEY has to be that of the first machine: copy its "
            ".env and change ADDRESS. Only the machines themselves may reach port "
            f"{PORT} of each other's private addresses."
        )
    login = " Make the login's client where people log in now, with the redirect address that OIDC_CLIENT_ID names."
    return step(
        WRITE,
        "compose.yaml says what runs, Caddyfile how it is reached, .env holds the keys: it is written once and stays."
        f"{several}{login if setup.login else ''}{adapter_told(option, in_cluster=False)}",
        f'mkdir -p "{COMPOSE}/caddy" "{FILES}/program" "{FILES}/dataset"',
        *written,
        values,
        *programs_written(option),
        *brought_by_hand(option, FILES),
        *documents,
    )


def _start(option: PlacementOption, engine: Engine, setup: Setup) -> Step:
    named = option.model.key if option.model else option.runs or "The workload"
    at = f" at {option.quantization}" if option.quantization else ""
    proof = ", with the settings of the memory proof" if option.proof else ""
    beside = [
        "Caddy, which gets and renews the certificate" if not setup.private else "Caddy, which signs the name itself"
    ]
    if setup.page:
        beside.insert(0, "Open WebUI, the page")
    several = (
        " The first command runs on the first machine, the second on each of the others." if setup.machines > 1 else ""
    )
    copies = f" {setup.copies} copies on each machine have GPUs of their own." if setup.copies > 1 else ""
    return step(
        START,
        f"{named} with {engine.value}{at}{proof}; beside it {' and '.join(beside)}.{copies} Containers start again "
        f"with the machine. What is fetched stays in {FILES}.{several}",
        f"{_IN} && docker compose up --detach",
        *((f"{_IN} && docker compose --file models.yaml up --detach",) if setup.machines > 1 else ()),
        f"{_IN} && docker compose ps",
    )


def _read(spec: WorkloadSpec, option: PlacementOption) -> Step:
    size = documents_part(spec)
    told = f"{figure(size.gb, 1)} GB ({size.formula})" if size.known else "how much they are was not said"
    target = (
        f'"{FILES}/dataset/"' if option.is_own else '"${MACHINE:?user@address of the machine}:stack8s/files/dataset/"'
    )
    where = "" if option.is_own else " The first command runs where they are."
    return step(
        READS,
        f"{told}.{where} ingest_documents.py cuts them into passages and keeps their vectors; run again it reads only "
        "what has changed. Pages that are pictures are counted in its last line: they need text recognition first.",
        f'rsync --archive --partial --info=progress2 "${{DOCUMENTS:?folder with the documents}}/" {target}',
        f"{_IN} && docker compose --profile {READ} run --rm reader",
    )


def _ask(option: PlacementOption, engine: Engine, spec: WorkloadSpec, setup: Setup) -> Step:
    asked = curl(request_of(option, engine, spec), f"http://{'$ADDRESS' if setup.machines > 1 else '127.0.0.1'}:{PORT}")
    minutes = load_minutes(option) + start_minutes(option, storage_of(option, ONLINE))
    asked = asked.replace(
        "--retry 15 --retry-connrefused --retry-delay 2", f"--retry {6 * minutes} --retry-all-errors --retry-delay 10"
    )
    read = " && ".join(
        f"export {name}=$(sed -n 's/^{name}=//p' .env)"
        for name in ("API_KEY", "DOMAIN", *(("ADDRESS",) if setup.machines > 1 else ()))
    )
    return step(
        ASK,
        "The first start fetches the weights and reads them: the log says when it listens. The machine itself is asked "
        "first, so that what fails later is the name or the certificate.",
        f"{_IN} && docker compose logs --tail 20 model-0",
        f"{_IN} && {read}",
        asked,
    )


def _let_in(option: PlacementOption, setup: Setup) -> Step:
    reach = (
        "TCP 80 and 443 of the machine have to be open"
        if not setup.private
        else "The name has to lead to the machine in your network"
    )
    trust = (
        " Browsers trust the certificate once the root that the last command prints is installed on people's machines."
        if setup.private
        else ""
    )
    opens = ""
    if setup.page:
        opens = " The page is at https://$DOMAIN: " + (
            "people log in where they do elsewhere." if setup.login
            else "the first account is the administrator's, who lets the others in."
        )  # fmt: skip
    unchecked = "--insecure " if setup.private else ""
    root = f"{_IN} && docker compose exec proxy cat /data/caddy/pki/authorities/local/root.crt"
    return step(
        OUTSIDE,
        f"{reach}.{opens} Programs that speak OpenAI's API take https://$DOMAIN/v1 and the key API_KEY of .env.{trust}",
        f"curl --fail --silent --show-error {unchecked}--retry 10 --retry-all-errors --retry-delay 15 "
        '"https://$DOMAIN/v1/models" -H "Authorization: Bearer $API_KEY"',
        *((root,) if setup.private else ()),
    )
