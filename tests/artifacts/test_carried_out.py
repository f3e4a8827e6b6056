"""What somebody who carries a folder out to its end falls over: each class of it, over all plans or all providers."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifacts.airgap import _IN_TEMPLATES
from artifacts.bundle.checks import expected
from artifacts.data_size import volume_gb
from artifacts.disks import disks_of
from artifacts.engines import Engine
from artifacts.object_store import rclone_settings
from artifacts.programs import with_program
from artifacts.proving import part_lost
from artifacts.repository_files import files_of
from artifacts.stack_steps import chart_namespaces
from artifacts.steps import deployment_steps
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.placement import JobProgram
from domain.plan import DeploymentPlan, Recommendation, Step
from domain.workload import Addresses, Availability, Components, Dataset, Traffic, Training, WorkloadSpec
from sizing.cost import cost_breakdown
from sizing.demand import demand_of
from tests.artifacts.plan_cluster import applied
from tests.artifacts.sample_plan import LLAMA, component, offer, option, package, proof

Plans = Mapping[str, DeploymentPlan]
SERVE = WorkloadSpec(task_type="inference")
AGAIN = WorkloadSpec(
    task_type="fine_tuning", domain="llm", every="day", orchestration="kubernetes", dataset=Dataset(size_gb=2000)
)
TUNED = {"nodes": 2, "gpus": 16, "job_hours": 2.0, "proof": proof(mode="train")}
GATEWAY = component(package("gateway-helm", key="any/gateway-helm"), role="gateway")


def steps(where: Any, spec: WorkloadSpec, *stack: Any, retrieval: Retrieval | None = None) -> tuple[Step, ...]:
    return deployment_steps(Recommendation(rank=1, option=where), tuple(stack), spec, retrieval)


def text_of(found: tuple[Step, ...]) -> str:
    return "\n".join(line for step in found for line in (step.detail, *step.commands))


def commands_of(plan: DeploymentPlan) -> str:
    return "\n".join(command for step in plan.steps for command in step.commands)


async def test_charts_of_a_helmfile_come_in_the_order_of_the_commands(bundles: Mapping[str, Mapping[str, str]]) -> None:
    """Helmfile installs all at once what needs nothing, and a ServiceMonitor is of a kind that a chart brings."""
    seen = 0
    for name, files in bundles.items():
        for path, text in files.items():
            if not path.startswith("helm/helmfile"):
                continue
            releases = yaml.safe_load(text)["releases"]
            chain = [f"{one['namespace']}/{one['name']}" for one in releases]
            assert [one.get("needs", []) for one in releases] == [[], *([before] for before in chain[:-1])], name
            seen += len(releases) > 1
    assert seen >= 20


async def test_no_wait_for_a_job_is_shorter_than_the_job_and_a_failed_one_is_seen(plans: Plans) -> None:
    seen = 0
    for name, plan in plans.items():
        for line in re.findall(r"[^;\n]*wait --for=condition=Complete job/\S+ --timeout=\S+[^;\n]*", commands_of(plan)):
            if "make-" in line:  # an object of seconds, or documents, whose hours are counted
                continue
            seen += 1
            assert line.strip().startswith("until") or line.strip().endswith("--timeout=5s"), (name, line)
            assert "condition=Failed" in line or "get job" in line, (name, line)
    assert seen >= 10


def test_a_cluster_of_gke_keeps_what_scales_its_pods() -> None:
    """The flag disables what it does not name."""
    placed = option(offer=offer("gcp", "a3-highgpu-8g", region="us-central1"))
    text = text_of(steps(placed, SERVE, GATEWAY))
    assert "container clusters create" in text
    assert "--addons" not in text
    job = option(offer=offer("gcp", "a3-highgpu-8g", region="us-central1"), **TUNED)
    shared = text_of(steps(job, AGAIN))
    found = re.search(r"--addons (\S+)", shared)
    assert found
    assert {"HorizontalPodAutoscaling", "HttpLoadBalancing", "GcpFilestoreCsiDriver"} <= set(found[1].split(","))


async def test_what_is_carried_behind_an_air_gap_is_all_that_is_read_and_no_second_copy(
    plans: Plans, bundles: Mapping[str, Mapping[str, str]]
) -> None:
    """The weights once; what an engine fetches while it serves; charts where helmfile looks for them."""
    fetched, vocabularies, charts = 0, 0, 0
    for name, plan in plans.items():
        if plan.spec.hosting != "air_gapped":
            continue
        text = commands_of(plan)
        for line in re.findall(r"hf download \S+ --local-dir carry.*", text):
            fetched += 1
            assert "--exclude='original/*'" in line, (name, line)
            assert "--exclude='metal/*'" in line, (name, line)
            if "openai/gpt-oss" in line:
                vocabularies += 1
                assert "o200k_base.tiktoken" in text, name
                assert "TIKTOKEN_ENCODINGS_BASE" in text, name
        helmfile = bundles[name].get("helm/helmfile.yaml")
        for release in yaml.safe_load(helmfile)["releases"] if helmfile else []:
            charts += 1
            assert release["chart"].startswith("../carry/charts/"), (name, release["chart"])
    assert fetched >= 2
    assert charts >= 2
    assert vocabularies >= 1


def test_weights_that_a_repository_holds_twice_are_fetched_once() -> None:
    """The volume is made for the folders of diffusers, and the same weights lie beside them in one file."""
    assert {"flux1-*.safetensors", "ae.safetensors", "original/*"} <= set(
        files_of("black-forest-labs/FLUX.1-schnell").left_out
    )
    assert "sd_xl_*.safetensors" in files_of("stabilityai/stable-diffusion-xl-base-1.0").left_out
    assert "metal/*" in files_of("openai/gpt-oss-120b").left_out


@pytest.mark.parametrize(
    ("key", "parser"),
    [
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3_coder"), ("Qwen/Qwen3-14B", "hermes"),
        ("Qwen/Qwen2.5-72B-Instruct", "hermes"), ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "mistral"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama3_json"), ("zai-org/GLM-4.5-Air", "glm45"),
        ("openai/gpt-oss-120b", "openai"), ("ibm-granite/granite-4.0-h-tiny", "granite4"),
    ],
)  # fmt: skip
def test_a_server_reads_the_tool_calls_of_its_model(key: str, parser: str) -> None:
    """Agents for code do nothing else, and are refused by a server that was told no parser."""
    placed = option(model=LLAMA.model_copy(update={"key": key, "name": key.rpartition("/")[2]}))
    assert f"--tool-call-parser={parser}" in text_of(steps(placed, SERVE))
    embeds = LLAMA.model_copy(
        update={"key": "BAAI/bge-m3", "pipeline_tag": "feature-extraction", "domain": "embeddings"}
    )
    assert "--tool-call-parser" not in text_of(steps(option(model=embeds), SERVE))


def test_a_file_system_that_machines_share_is_not_priced_as_a_disk() -> None:
    """EFS costs several times what a disk does, and what is read and written, too."""
    several = disks_of(option(**TUNED), AGAIN, ())
    alone = disks_of(option(**TUNED | {"nodes": 1, "gpus": 8}), AGAIN, ())
    assert several
    assert alone
    assert several.shared_gb > 2000 > several.gb
    assert alone.gb > 2000
    assert not alone.shared_gb
    found = cost_breakdown(option(**TUNED), AGAIN, (), disks=several)
    shared = next(line for line in found.lines if line.item == "Disks that are shared")
    assert shared.monthly_usd is None


async def test_every_gateway_has_two_proxies_of_which_one_stays(plans: Plans) -> None:
    seen = 0
    for name, plan in plans.items():
        made = applied(command for step in plan.steps for command in step.commands)
        proxies = {thing["metadata"]["name"]: thing for thing in made if thing["kind"] == "EnvoyProxy"}
        for thing in made:
            if thing["kind"] == "GatewayClass":
                kept = proxies[thing["spec"]["parametersRef"]["name"]]["spec"]["provider"]["kubernetes"]
                assert kept["envoyDeployment"]["replicas"] >= 2, name
                assert kept["envoyPDB"] == {"minAvailable": 1}, name
                offline = plan.spec.hosting == "air_gapped"
                assert ("container" in kept["envoyDeployment"]) is offline, name
                seen += 1
    assert seen >= 20


def test_the_load_balancer_of_a_provider_is_one_that_people_reach() -> None:
    public = "coreweave-load-balancer-type: public"
    assert public in text_of(steps(option(offer=offer("coreweave")), SERVE, GATEWAY))
    assert "aws-load-balancer-type: nlb" in text_of(steps(option(offer=offer("aws")), SERVE, GATEWAY))
    assert "envoyService" not in text_of(steps(option(offer=offer("gcp")), SERVE, GATEWAY))


async def test_no_step_deletes_what_the_plan_did_not_make(plans: Plans) -> None:
    """Namespaces are named one by one, those of its own charts and its workload's."""
    seen = 0
    for name, plan in plans.items():
        text = commands_of(plan)
        assert "--all-namespaces" not in text.replace("get persistentvolumeclaims --all-namespaces", "--all-namespaces")
        assert not re.search(r"delete \S+ --all(?!-)(?! *$)", text.replace("delete jobs --all", "")), name
        own = {"workload", *chart_namespaces(plan.stack)}
        for spaces in re.findall(r"for space in ([^;]+); do", text):
            assert set(spaces.split()) <= own, name
            seen += 1
    assert seen >= 5


@pytest.mark.parametrize("provider", ["digitalocean", "gcp", "nebius", "aws", "azure"])
def test_a_store_that_a_job_has_filled_outlives_the_job(provider: str) -> None:
    store = WorkloadPart(name="Vector store", role="vector store", memory_gib=8.0, place="CPU machine", where="there")
    held = Retrieval(corpus=Corpus(chunk_tokens=400), dimensions=1024, parts=(store,))
    spec = WorkloadSpec(task_type="batch_inference", domain="embeddings", orchestration="kubernetes")
    found = steps(option(offer=offer(provider), job_hours=20.0), spec, retrieval=held)
    assert "delete persistentvolumeclaim workload-data" in text_of(found) or provider == "nebius"
    back = [step for step in found if step.title.startswith("Give back what was rented")]
    if provider == "nebius":  # no command of its own for one pool by name
        assert len(back) == 1
        return
    assert len(back) == 2
    assert "cluster delete" not in back[0].commands[-1]
    assert "delete namespace" not in "\n".join(back[0].commands)
    assert "every vector" in back[1].detail


def test_what_fails_with_a_copy_is_no_more_than_what_it_was_answering() -> None:
    """The load test sends four times what is in flight: of that a copy holds its part."""
    for copies in range(2, 17):
        assert 1 / (4 * copies) <= part_lost(copies) < 0.2
    found = steps(option(replicas=2, nodes=2, gpus=16), SERVE)
    [proved] = [step for step in found if step.title == "Prove it"]
    stopped = next(place for place, command in enumerate(proved.commands) if "kill 1" in command)
    assert "rollout status" in proved.commands[stopped + 1]


def test_a_rate_that_was_asked_for_is_what_the_load_test_holds_the_speed_against() -> None:
    asked = WorkloadSpec(task_type="inference", traffic=Traffic(peak_requests_per_second=3.0))
    speed = (
        option().throughput[0].model_copy(update={"metric": "images_per_second", "value": 3.4, "low": 1.1, "high": 6.8})
    )
    placed = option(throughput=(speed,))
    load: Any = expected(placed, asked, Engine.VLLM_OMNI)["load"]  # type: ignore[index, call-overload]
    assert (load["value"], load["low"]) == (3.4, 3.0)
    said_nothing: Any = expected(placed, SERVE, Engine.VLLM_OMNI)["load"]  # type: ignore[index, call-overload]
    assert said_nothing["low"] == 1.1


def test_images_that_a_controller_is_told_are_carried_behind_an_air_gap() -> None:
    rendered = (
        '        image: "quay.io/one/two:v1"\n'
        "        - --prometheus-config-reloader=quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1\n"
        "        - --acme-http01-solver-image=quay.io/jetstack/cert-manager-acmesolver:v1.21.2\n"
        "        - --log-level=info\n"
        "  image: {}\n"
    )
    found = subprocess.run(["bash", "-c", _IN_TEMPLATES], input=rendered, text=True, capture_output=True, check=True)
    assert found.stdout.split() == [
        "quay.io/one/two:v1", "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1",
        "quay.io/jetstack/cert-manager-acmesolver:v1.21.2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "follows"),
    [("gcp", True), ("azure", True), ("aws", True), ("scaleway", True), ("ovh", True), ("coreweave", False)],
)
def test_the_pool_of_a_job_that_comes_back_is_there_when_it_does(provider: str, follows: bool) -> None:
    chart = component(package("cluster-autoscaler", key="any/cluster-autoscaler"), role="node autoscaling")
    text = text_of(steps(option(offer=offer(provider), **TUNED), AGAIN, *((chart,) if provider == "aws" else ())))
    assert ("--well-known-policies autoScaler" in text) is (provider == "aws")
    assert ("autoscal" in text) is follows
    assert ("The pool follows the runs" in text) is follows
    assert ("empties their pool" in text) is not follows


@pytest.mark.parametrize(("provider", "kind"), [("azure", "azureblob"), ("gcp", "s3"), ("digitalocean", "s3")])
@pytest.mark.parametrize("every", ["day", None])
def test_a_job_reads_the_object_store_and_leaves_its_results_there(provider: str, kind: str, every: Any) -> None:
    """Brought once by hand, the second run would find the first one's data, and nobody would take the results away."""
    found = steps(option(offer=offer(provider), **TUNED), AGAIN.model_copy(update={"every": every}))
    text = text_of(found)
    assert f'RCLONE_CONFIG_STORE_TYPE="{kind}"' in text
    [job] = [thing for thing in applied(c for s in found for c in s.commands) if thing["kind"] in ("CronJob", "Job")]
    work = job["spec"]["jobTemplate"]["spec"] if every else job["spec"]
    pod = work["template"]["spec"]
    fetches, program = pod["initContainers"]
    [puts] = pod["containers"]
    assert "rclone sync" in fetches["command"][-1]
    assert "nvidia.com/gpu" in program["resources"]["limits"]
    assert "rclone copy" in puts["command"][-1]
    for one, key in ((fetches, "STORE_FOLDER"), (puts, "STORE_RESULTS")):
        secret = one["envFrom"][0]["secretRef"]["name"]
        assert re.search(rf"secret generic {secret} .*{key}=", text)
    assert ("$RUN" in puts["command"][-1]) is (every is not None)
    assert "pod/bring-data" not in text
    assert "Take the results away" not in text


def test_of_several_pods_one_fetches_and_each_puts_what_is_its_own(tmp_path: Path) -> None:
    batch = WorkloadSpec(
        task_type="batch_inference", domain="llm", orchestration="kubernetes", dataset=Dataset(size_gb=2000)
    )
    found = steps(option(offer=offer("aws"), replicas=2, nodes=2, gpus=16, job_hours=2.0), batch)
    [job] = [thing for thing in applied(c for s in found for c in s.commands) if thing["kind"] == "Job"]
    pod = job["spec"]["template"]["spec"]
    waits = pod["initContainers"][0]["command"][-1].replace("/data", str(tmp_path))
    puts = pod["containers"][0]["command"][-1].replace("/data", str(tmp_path))
    (tmp_path / "rclone").write_text(f'#!/bin/sh\necho "$JOB_COMPLETION_INDEX $*" >> {tmp_path}/log\n')
    (tmp_path / "rclone").chmod(0o755)
    for script, index in ((waits, 0), (waits, 1), (puts, 1)):
        told = {
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "JOB_COMPLETION_INDEX": str(index),
            "RUN": "r",
            "STORE_RESULTS": "s",
        }
        subprocess.run(["sh", "-c", script], env=told, check=True, timeout=60)
    log = (tmp_path / "log").read_text().splitlines()
    assert [line.split()[:2] for line in log] == [["0", "sync"], ["1", "copy"]]
    assert "--filter + answers-1.* --filter - /answers-*" in log[1]


def test_vectors_of_a_batch_are_in_the_store_that_was_asked_for_when_the_job_has_ended() -> None:
    """The collection and the key come before the job, which writes no vector to its volume."""
    shape = LLAMA.architecture.model_copy(update={"hidden_size": 1024})
    told = {"domain": "embeddings", "pipeline_tag": "sentence-similarity", "architecture": shape}
    encoder = LLAMA.model_copy(update={"key": "BAAI/bge-m3", **told})
    spec = WorkloadSpec(
        task_type="batch_inference", domain="embeddings", orchestration="kubernetes", dataset=Dataset(items=10**7),
        components=Components(wanted=("vector_database",)),
    )  # fmt: skip
    placed = option(model=encoder, job_hours=20.0)
    chart = component(package("qdrant", key="any/qdrant"), role="vector database")
    found = steps(placed, spec, chart.model_copy(update={"wanted": True}))
    [run] = [step for step in found if step.title == "Run the job"]
    made = applied(run.commands)
    makes, job = [thing for thing in made if thing["kind"] == "Job"]
    assert makes["metadata"]["name"] == "make-documents"
    [program] = job["spec"]["template"]["spec"]["containers"]
    env = {one["name"]: one for one in program["env"]}
    assert env["STORE_URL"]["value"] == "http://qdrant.qdrant:6333"
    held = env["STORE_KEY"]["valueFrom"]["secretKeyRef"]["name"]
    assert f"secret generic {held} " in text_of((run,))
    assert "--into-store=qdrant" in program["command"]
    aside = spec.model_copy(update={"components": Components()})
    vectors_gb = 10**7 * 1024 * 2 / 1e9
    assert volume_gb(with_program(placed, spec), spec) + vectors_gb < volume_gb(with_program(placed, aside), aside)


@pytest.mark.parametrize(("machines", "each", "scales"), [(4, 1, True), (6, 2, False), (3, 1, False)])
def test_a_pool_over_zones_has_as_many_machines_as_the_plan(machines: int, each: int, scales: bool) -> None:
    """GKE is told a number for each zone: four over three zones would be six."""
    spread = SERVE.model_copy(update={"availability": Availability(zones=3)})
    text = text_of(steps(option(offer=offer("gcp"), replicas=machines, nodes=machines, gpus=machines * 8), spread))
    assert f"--num-nodes {each} " in text
    assert (f"--total-min-nodes {machines} --total-max-nodes {machines}" in text) is scales


@pytest.mark.parametrize(("zones", "needed", "rented"), [(1, 3, 4), (2, 1, 2), (2, 4, 8), (3, 3, 5), (3, 4, 6)])
def test_what_is_left_when_a_zone_fails_carries_the_load(zones: int, needed: int, rented: int) -> None:
    load = demand_of(WorkloadSpec(task_type="inference", domain="llm", traffic=Traffic(concurrent_users=9)))
    assert replace(load, zones=zones, spare_machines=1).with_spare(needed) == rented
    assert replace(load, zones=zones, spare_machines=0).with_spare(needed) == needed


def test_names_that_were_said_stand_in_the_commands() -> None:
    """In the shell before the first command that asks for them, and quoted."""
    said = Addresses(host="llm.acme.io", data="s3://raw/in put;x", results="s3://out/a")
    job = steps(option(offer=offer("aws"), **TUNED), AGAIN.model_copy(update={"addresses": said}))
    commands = [command for one in job for command in one.commands]
    assert "export DATA_FOLDER='raw/in put;x'" in commands
    assert "export RESULTS_FOLDER=out/a" in commands
    served = steps(option(offer=offer("aws")), SERVE.model_copy(update={"addresses": said}), GATEWAY)
    commands = [command for one in served for command in one.commands]
    named = commands.index("export DOMAIN=llm.acme.io")
    assert named < next(at for at, command in enumerate(commands) if "${DOMAIN:?" in command)


@pytest.mark.parametrize(
    ("seller", "address", "kind"),
    [
        ("scaleway", None, "Scaleway"), ("lambda", "s3://a", "AWS"), ("gcp", "s3://a", "AWS"),
        ("ovh", "s3://a", "Other"), ("azure", "gs://a", "GCS"), ("lambda", None, "Other"),
    ],
)  # fmt: skip
def test_the_store_is_the_one_that_was_spoken_of_else_the_seller_s(seller: str, address: str | None, kind: str) -> None:
    spec = AGAIN.model_copy(update={"addresses": Addresses(data=address)})
    told = rclone_settings(option(offer=offer(seller, region="fr-par-2")), spec)
    assert told["RCLONE_CONFIG_STORE_PROVIDER"] == kind
    if seller == "scaleway":
        assert told["RCLONE_CONFIG_STORE_REGION"] == "${S3_REGION:-fr-par}"


def test_who_has_data_here_is_shown_how_they_get_into_the_store_and_what_fetching_them_takes() -> None:
    much = AGAIN.model_copy(update={"dataset": Dataset(size_gb=2000)})
    text = text_of(steps(option(offer=offer("lambda"), job_hours=2.0, proof=proof(mode="train")), much))
    assert '[ -z "${DATASET:-}" ] || RCLONE_CONFIG_STORE_TYPE="s3"' in text
    assert "about 4.4 hours at 1 Gbit/s, and the machines are paid for meanwhile" in text
    there = much.model_copy(update={"addresses": Addresses(data="s3://raw/scans")})
    found = text_of(steps(option(offer=offer("lambda"), job_hours=2.0, proof=proof(mode="train")), there))
    assert "DATASET" not in found


def test_recordings_of_more_than_ten_minutes_are_let_in() -> None:
    heard = LLAMA.model_copy(update={"key": "openai/whisper-large-v3", "pipeline_tag": "automatic-speech-recognition"})
    batch = WorkloadSpec(task_type="batch_inference", domain="speech", every="day", orchestration="kubernetes")
    for spec, placed in ((SERVE, option(model=heard)), (batch, option(model=heard, job_hours=2.0))):
        text = text_of(steps(placed, spec))
        for limit in ("VLLM_MAX_AUDIO_CLIP_FILESIZE_MB", "VLLM_MAX_AUDIO_DECODE_DURATION_S"):
            assert limit in text, (spec.task_type, limit)
    assert "VLLM_MAX_AUDIO" not in text_of(steps(option(), SERVE))


def test_the_volume_of_a_job_holds_what_its_program_writes() -> None:
    """A vector takes two bytes for each number, its text four for each token; prepared scans three for each voxel."""
    model = LLAMA.model_copy(
        update={
            "domain": "embeddings", "pipeline_tag": "feature-extraction",
            "architecture": LLAMA.architecture.model_copy(update={"hidden_size": 1024}),
        }
    )  # fmt: skip
    texts = WorkloadSpec(
        task_type="batch_inference", domain="embeddings", dataset=Dataset(items=100_000_000),
        traffic=Traffic(input_tokens=60),
    )  # fmt: skip
    placed, bare = option(model=model, job_hours=20.0), texts.model_copy(update={"dataset": Dataset(items=1)})
    vectors, read = 100 * (2 * 1024 + 60) / 1000, 100 * 60 * 4 / 1000
    more = volume_gb(placed, texts) - volume_gb(placed, bare)
    assert more == pytest.approx(1.1 * (vectors + read), abs=3)
    training = WorkloadSpec(
        task_type="training", domain="vision", use_case="segmentation", training=Training(resolution="512x512x400"),
        dataset=Dataset(size_gb=400, items=1200, modality="ct"),
    )  # fmt: skip
    program = JobProgram(name="segment_volumes")
    placed = option(model=None, job_hours=20.0, proof=proof(mode="train"), program=program)
    assert volume_gb(placed, training) > 400 + 377


def test_machines_of_nebius_that_work_together_share_a_fabric_and_a_file_system() -> None:
    text = text_of(steps(option(offer=offer("nebius"), **TUNED), AGAIN.model_copy(update={"every": None})))
    assert "--template-gpu-cluster-id" in text
    assert "--template-filesystems" in text
    made = applied(text.split("\n\n"))
    assert text.index("gpu-cluster create") < text.index("--template-gpu-cluster-id")
    assert text.index("cluster delete --id") < text.rindex("filesystem delete --id")
    volume = next(thing for thing in [*yaml_documents(text)] if thing["kind"] == "PersistentVolume")
    claim = next(thing for thing in [*yaml_documents(text)] if thing["kind"] == "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == volume["spec"]["storageClassName"]
    assert made is not None
    alone = text_of(steps(option(offer=offer("nebius")), SERVE))
    assert "gpu-cluster" not in alone
    assert "filesystem" not in alone


def yaml_documents(text: str) -> list[Any]:
    found = re.findall(r"<<'EOF'[^\n]*\n(.*?)\nEOF", text, re.DOTALL)
    return [
        thing for held in found for thing in yaml.safe_load_all(held) if isinstance(thing, Mapping) and "kind" in thing
    ]
