"""The steps can be run as they stand, and do what the placement computed."""

import json
import subprocess

import pytest
import yaml

from artifacts.engines import checkpoint
from artifacts.steps import deployment_steps
from domain.models import Architecture
from domain.placement import PlacementOption
from domain.plan import Recommendation, StackComponent, Step
from domain.workload import Dataset, WorkloadSpec
from sizing.engines import ENGINES, LLAMA_CPP, Engine
from tests.artifacts.printed import Install, printed
from tests.artifacts.sample_plan import H100, LLAMA, component, offer, option, package, proof

OPERATOR = component(
    package("gpu-operator", key="nvidia/gpu-operator", repository="nvidia", repository_url="https://example.com/nv"),
    role="GPU drivers",
)
PROVIDERS = ("aws", "gcp", "azure", "lambda", "runpod")


def steps(
    option_: PlacementOption, stack: tuple[StackComponent, ...] = (), spec: WorkloadSpec | None = None
) -> tuple[Step, ...]:
    return deployment_steps(Recommendation(rank=1, option=option_), stack, spec or WorkloadSpec(task_type="inference"))


def commands(found: tuple[Step, ...]) -> list[str]:
    return [command for step in found for command in step.commands]


def installed(found: tuple[Step, ...]) -> tuple[Install, ...]:
    return printed(commands(found)).installs


def manifests(found: tuple[Step, ...]) -> list[dict[str, object]]:
    heredocs = [command.split("\n", 1)[1].rsplit("\nEOF", 1)[0] for command in commands(found) if "<<'EOF'" in command]
    return [document for text in heredocs for document in yaml.safe_load_all(text)]


def manifest(found: tuple[Step, ...], kind: str) -> dict:  # type: ignore[type-arg]
    return next(document for document in manifests(found) if document["kind"] == kind)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("task", ["inference", "batch_inference", "training", "fine_tuning", "rag"])
def test_every_command_is_valid_shell(provider: str, task: str) -> None:
    found = steps(option(offer=offer(provider)), (OPERATOR, component(package())), WorkloadSpec(task_type=task))
    for command in commands(found):
        subprocess.run(["bash", "-n"], input=command, text=True, check=True)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_steps_count_from_one_without_gaps(provider: str) -> None:
    found = steps(option(offer=offer(provider)), (OPERATOR,))
    assert [step.order for step in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    ("provider", "flags"),
    [
        ("aws", ("eksctl create nodegroup", "instanceType: p5.48xlarge", "desiredCapacity: 2", "region: us-east-1")),
        ("gcp", ("node-pools create", "--machine-type p5.48xlarge", "--num-nodes 2", "--region us-east-1")),
        ("azure", ("az aks nodepool add", "--node-vm-size p5.48xlarge", "--node-count 2")),
    ],
)
def test_the_node_pool_rents_what_was_recommended(provider: str, flags: tuple[str, ...]) -> None:
    text = "\n".join(commands(steps(option(offer=offer(provider), nodes=2, replicas=4))))
    assert all(flag in text for flag in flags), text


@pytest.mark.parametrize(("provider", "flag"), [("aws", "spot: true"), ("gcp", "--spot"), ("azure", "--priority Spot")])
def test_spot_is_asked_for_only_when_recommended(provider: str, flag: str) -> None:
    spot = "\n".join(commands(steps(option(offer=offer(provider, pricing="spot")))))
    on_demand = "\n".join(commands(steps(option(offer=offer(provider)))))
    assert flag in spot
    assert flag not in on_demand


def test_a_provider_that_rents_containers_gets_no_cluster_nodes() -> None:
    found = steps(option(offer=offer("runpod", seller="containers")))
    assert not any("kubectl apply -f - <<" in command for command in commands(found))
    assert any("vllm serve meta-llama/Llama-3.3-70B-Instruct" in step.detail for step in found)
    assert any('"args"' in command and "https://api.runpod.io/v2/pods" in command for command in commands(found))


def test_charts_are_pinned_and_taken_by_their_address_not_by_an_alias() -> None:
    loki = component(package("loki", key="prometheus-community/loki", version="6.1.0"), wanted=True)
    installs = installed(steps(option(), (component(package()), loki)))
    assert [(chart.name, chart.version, chart.repo) for chart in installs] == [
        ("kube-prometheus-stack", "88.5.3", package().repository_url), ("loki", "6.1.0", package().repository_url),
    ]  # fmt: skip
    assert not any("helm repo" in command for command in commands(steps(option(), (loki,))))


def test_prometheus_comes_before_the_operator_that_it_watches() -> None:
    found = installed(steps(option(offer=offer("hyperstack")), (OPERATOR, component(package()))))
    assert [chart.name for chart in found] == ["kube-prometheus-stack", "gpu-operator"]


def test_an_oci_chart_is_installed_from_its_reference() -> None:
    oci = package("redis", repository_url="oci://example.com/charts", repository="x", version="1.2.3")
    found = commands(steps(option(), (component(oci, wanted=True),)))
    assert any("oci://example.com/charts/redis --version 1.2.3" in command for command in found)
    assert not any(command.startswith("helm repo") for command in found)


def test_a_chart_without_an_address_is_named_for_hand_work() -> None:
    found = steps(option(), (component(package("odd", repository_url=None), wanted=True),))
    assert any("no repository address for odd" in step.detail for step in found)


def test_the_server_runs_with_the_settings_of_the_proof() -> None:
    container = manifest(steps(option()), "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == [
        "vllm",
        "serve",
        "meta-llama/Llama-3.3-70B-Instruct",
        "--port=8000",
        "--tensor-parallel-size=4",
        "--max-model-len=8192",
        "--max-num-seqs=16",
        "--gpu-memory-utilization=0.92",
        "--dtype=bfloat16",
        "--enable-auto-tool-choice",
        "--tool-call-parser=llama3_json",
    ]
    assert container["image"] == "vllm/vllm-openai:v0.31.0"
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 4


def test_a_context_beyond_the_models_own_is_stretched_as_its_maker_says() -> None:
    qwen = LLAMA.model_copy(
        update={
            "key": "Qwen/Qwen3-32B",
            "architecture": Architecture(layers=64, hidden_size=5120, attention_heads=64, context_tokens=40960),
        }
    )

    def flags(tokens: int) -> list[str]:
        asked = option(model=qwen, proof=proof(context_tokens=tokens))
        return list(manifest(steps(asked), "StatefulSet")["spec"]["template"]["spec"]["containers"][0]["command"])

    for tokens, factor in ((64_000, 2.0), (80_000, 3.0), (131_072, 4.0)):  # the least that holds them: its card
        [override] = [flag for flag in flags(tokens) if flag.startswith("--hf-overrides=")]
        rope = json.loads(override.removeprefix("--hf-overrides="))["rope_parameters"]
        assert (rope["rope_type"], rope["factor"], rope["original_max_position_embeddings"]) == ("yarn", factor, 32768)
    assert not any(flag.startswith("--hf-overrides") for flag in flags(40_960))


VLLM_STACK = component(
    package(
        "vllm-stack", key="vllm/vllm-stack", repository="vllm", repository_url="https://example.com/v", version="0.1.12"
    ),
    role="inference server",
    wanted=True,
)


def test_the_stacks_own_server_serves_the_model_with_the_settings_of_the_proof() -> None:
    found = steps(option(replicas=2), (component(package()), VLLM_STACK))
    serving = [command for command in commands(found) if "helm upgrade --install vllm-stack" in command]
    assert len(serving) == 1
    assert "vllm-stack vllm-stack --repo https://example.com/v --version 0.1.12" in serving[0]
    values = yaml.safe_load(serving[0].split("<<'EOF'\n")[1].removesuffix("\nEOF"))["servingEngineSpec"]["modelSpec"][0]
    assert (values["modelURL"], values["replicaCount"], values["requestGPU"]) == (LLAMA.key, 2, 4)
    assert values["vllmConfig"]["tensorParallelSize"] == 4
    assert "--max-model-len=8192" in values["vllmConfig"]["extraArgs"]
    assert not any("kind: Deployment" in command for command in commands(found))
    assert any("service/vllm-stack-router-service" in command for command in commands(found))


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine.release.vendor == "nvidia"])
def test_the_server_is_the_version_the_proof_was_made_for(engine: Engine) -> None:
    found = steps(option(proof=proof(engine=engine.label)))
    container = manifest(found, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == engine.release.image


def test_gguf_weights_are_served_by_llama_cpp() -> None:
    found = steps(option(quantization="q4_k_m", proof=proof(engine=LLAMA_CPP.label, max_concurrency=2)))
    command = manifest(found, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]["command"]
    assert "/app/llama-server" in command[2]
    assert {"--ctx-size=16384", "--parallel=2"} <= set(command)
    loads = manifest(found, "StatefulSet")["spec"]["template"]["spec"]["initContainers"][0]["command"]
    assert {"unsloth/Llama-3.3-70B-Instruct-GGUF", "--include=*Q4_K_M*.gguf"} <= set(loads)


def test_a_plan_without_a_recommendation_has_no_steps() -> None:
    assert deployment_steps(None, (), WorkloadSpec()) == ()


def test_every_replica_of_the_placement_is_deployed() -> None:
    assert manifest(steps(option(replicas=3)), "StatefulSet")["spec"]["replicas"] == 3


def test_a_copy_over_several_machines_becomes_one_group_a_copy() -> None:
    wide = option(tensor_parallel=8, pipeline_parallel=2, nodes=4, replicas=2, gpus=32)
    group = manifest(steps(wide), "LeaderWorkerSet")["spec"]
    assert (group["replicas"], group["leaderWorkerTemplate"]["size"]) == (2, 2)
    lead, follow = (
        group["leaderWorkerTemplate"][f"{part}Template"]["spec"]["containers"][0]["command"]
        for part in ("leader", "worker")
    )
    assert {"--pipeline-parallel-size=2", "--nnodes=$(LWS_GROUP_SIZE)", "--master-addr=$(LWS_LEADER_ADDRESS)"} <= set(
        lead
    )
    assert follow == [*lead, "--headless"]


def test_weights_the_catalogue_does_not_have_are_asked_for() -> None:
    own = option(quantization="awq", model=LLAMA.model_copy(update={"key": "made/own-70b"}))
    assert any("awq weights" in step.detail for step in steps(own))
    asked = [command for step in steps(own) for command in step.commands if "${CHECKPOINT:?" in command]
    assert len(asked) == 1
    assert "kubectl apply" in asked[0]
    assert not any("CHECKPOINT" in step.detail for step in steps(option()))


def test_fp8_is_made_on_loading_unless_a_checkpoint_is_published() -> None:
    """vLLM 0.31 refuses `--quantization=fp8` for a 16-bit checkpoint; 0.19 knows no other word for it."""
    own = LLAMA.model_copy(update={"key": "someone/llama-70b-tuned"})
    made = option(quantization="fp8", model=own)
    older = option(quantization="fp8", model=own, proof=proof(engine="vLLM 0.19.0"))
    native = option(quantization="fp8", model=own.model_copy(update={"native_dtype": "fp8"}))
    published = option(quantization="fp8")
    assert "--quantization=fp8_per_channel" in served(made)
    assert "--quantization=fp8" in served(older)
    assert not any("--quantization" in flag for option_ in (native, published) for flag in served(option_))
    assert "nvidia/Llama-3.3-70B-Instruct-FP8" in served(published)


def served(placed: PlacementOption) -> list[str]:
    command: list[str] = manifest(steps(placed), "StatefulSet")["spec"]["template"]["spec"]["containers"][0]["command"]
    return command


def test_an_amd_gpu_is_asked_for_under_its_own_name() -> None:
    amd = option(offer=offer(gpu=H100.model_copy(update={"vendor": "amd", "name": "MI300X"})))
    container = manifest(steps(amd), "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["limits"]["amd.com/gpu"] == 4
    assert container["image"] == "vllm/vllm-openai-rocm:v0.31.0"


def test_qlora_trains_with_adapters_on_four_bits() -> None:
    tuned = option(proof=proof(mode="qlora", context_tokens=2048))
    found = steps(tuned, spec=WorkloadSpec(task_type="fine_tuning", dataset=Dataset(size_gb=40)))
    job = manifest(found, "Job")
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert {"--method=qlora", "--max-tokens=2048", "--micro-batch=16"} <= set(command)
    claim = manifest(found, "PersistentVolumeClaim")
    assert claim["spec"]["resources"]["requests"]["storage"] == "233G"


def test_training_on_several_machines_starts_one_process_a_gpu_on_each() -> None:
    found = steps(option(nodes=2, gpus=16, model=None), spec=WorkloadSpec(task_type="training"))
    job = manifest(found, "Job")
    assert job["spec"]["completions"] == 2
    starts = job["spec"]["template"]["spec"]["containers"][0]["command"][2]
    assert "--machine_rank ${JOB_COMPLETION_INDEX} --main_process_ip workload-0.workload" in starts
    config = yaml.safe_load(manifest(found, "ConfigMap")["data"]["accelerate.yaml"])
    assert (config["num_machines"], config["num_processes"], config["distributed_type"]) == (2, 16, "MULTI_GPU")
    assert manifest(found, "PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteMany"]


def test_a_job_on_slurm_is_a_batch_script_that_starts_a_process_for_each_gpu_of_each_node() -> None:
    spec = WorkloadSpec(task_type="training", cluster="slurm", hosting="existing_cluster")
    found = steps(option(nodes=2, gpus=16, model=None), (OPERATOR,), spec)
    assert not any("kubectl" in command or "helm" in command for command in commands(found))
    submit = next(command for command in commands(found) if command.startswith("sbatch"))
    script = submit.split("\n", 1)[1].rsplit("\nEOF", 1)[0]
    assert "--nodes=2 --ntasks-per-node=1 --gpus-per-node=8" in script
    stubs = 'scontrol() { echo first; }; srun() { printf "%s\\n" "$@"; }; SLURM_JOB_NODELIST=x\n'
    shown = subprocess.run(["bash", "-c", stubs + script], capture_output=True, text=True, check=True).stdout
    assert "--machine_rank ${SLURM_NODEID} --main_process_ip ${MAIN}" in shown
    config = next(command for command in commands(found) if "accelerate.yaml <<" in command)
    assert "num_machines: 2\nnum_processes: 16" in config


def test_a_model_no_public_server_is_known_for_asks_for_an_image() -> None:
    robot = LLAMA.model_copy(update={"domain": "reinforcement_learning", "pipeline_tag": "robotics"})
    apply = next(command for command in commands(steps(option(model=robot))) if "kind: StatefulSet" in command)
    stopped = subprocess.run(["bash", "-c", apply], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert stopped.returncode != 0
    assert "image that holds your program" in stopped.stderr


@pytest.mark.parametrize("provider", ["aws", "lambda", "runpod", "vast"])
def test_a_token_is_asked_for_where_the_repository_that_is_pulled_is_gated(provider: str) -> None:
    """Others publish quantised weights of gated models for everybody to download."""
    own, others = (option(quantization=told, offer=offer(provider)) for told in ("bf16", "fp8"))
    assert (checkpoint(own), checkpoint(others).partition("/")[0]) == (LLAMA.key, "nvidia")
    assert any("HF_TOKEN:?" in command for command in commands(steps(own)))
    free = own.model_copy(update={"model": LLAMA.model_copy(update={"gated": False})})
    for one in (others, free):
        assert not any("HF_TOKEN:?" in command for command in commands(steps(one)))


def test_hostile_catalogue_names_never_run() -> None:
    evil = "x; touch /tmp/owned $(touch /tmp/owned) `touch /tmp/owned` '\nEOF\ntouch /tmp/owned\n"
    bad_package = package(evil, version=evil, repository=evil, repository_url=f"https://e/{evil}")
    bad = option(
        offer=offer(instance_type=evil, region=evil), model=LLAMA.model_copy(update={"key": evil, "name": evil})
    )
    for provider in PROVIDERS:
        moved = bad.model_copy(update={"offer": bad.offer.model_copy(update={"provider": provider})})
        script = "\n".join(commands(steps(moved, (component(bad_package),))))
        stubs = "\n".join(
            f"{tool}() {{ cat >/dev/null </dev/null; }}"
            for tool in ("eksctl", "gcloud", "az", "helm", "kubectl", "curl")
        )
        ran = subprocess.run(
            ["bash", "-c", f"touch() {{ echo OWNED; }}; sh() {{ :; }}\n{stubs}\n{script}"],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HF_TOKEN": "t", "FIRST_MACHINE": "a", "K3S_TOKEN": "t"},
        )
        assert "OWNED" not in ran.stdout + ran.stderr, provider


def own(**changes: object) -> PlacementOption:
    there = offer("own hardware", "machine with 8 x H100-SXM", region="on site", price_per_hour_usd=0.0)
    return option(offer=there, **changes)


@pytest.mark.parametrize("hosting", ["on_premises", "air_gapped"])
@pytest.mark.parametrize("cluster", [None, "openshift", "slurm", "k3s"])
@pytest.mark.parametrize("task", ["inference", "batch_inference", "training", "fine_tuning", "rag"])
def test_every_command_for_own_machines_is_valid_shell(hosting: str, cluster: str | None, task: str) -> None:
    spec = WorkloadSpec.model_validate({"task_type": task, "hosting": hosting, "cluster": cluster})
    for command in commands(steps(own(), (OPERATOR,), spec)):
        subprocess.run(["bash", "-n"], input=command, text=True, check=True)


@pytest.mark.parametrize("cluster", [None, "openshift", "k3s"])
@pytest.mark.parametrize("task", ["inference", "batch_inference", "fine_tuning"])
def test_behind_an_air_gap_only_the_first_step_fetches(cluster: str | None, task: str) -> None:
    spec = WorkloadSpec.model_validate({"task_type": task, "hosting": "air_gapped", "cluster": cluster})
    fetched, *inside = steps(own(), (OPERATOR,), spec)
    assert "141 GB" in fetched.detail
    assert "its token is used here" in fetched.detail
    text = "\n".join(commands(tuple(inside)))
    for word in ("https://github.com", "get.k3s.io", "helm repo", "HF_TOKEN", "hf download", "pip install"):
        assert word not in text
    assert "/models/llama-3-3-70b-instruct" in text
    assert "HF_HUB_OFFLINE" in text


def test_a_batch_has_a_pod_for_each_copy_of_the_model() -> None:
    found = steps(option(tensor_parallel=2, replicas=4), spec=WorkloadSpec(task_type="batch_inference"))
    job = manifest(found, "Job")
    assert job["spec"]["completions"] == 4
    assert job["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 2


def test_a_server_on_slurm_has_a_task_for_each_copy() -> None:
    spec = WorkloadSpec(task_type="inference", cluster="slurm")
    (script,) = [text for text in commands(steps(own(tensor_parallel=2, replicas=4), spec=spec)) if "sbatch" in text]
    assert "--gpus-per-node=2 --array=0-3" in script
    assert "vllm serve meta-llama/Llama-3.3-70B-Instruct" in script


def test_cards_without_bf16_train_in_fp16() -> None:
    v100 = H100.model_copy(update={"name": "V100-32GB", "compute_capability": 7.0})
    spec = WorkloadSpec(task_type="fine_tuning", cluster="slurm")
    text = "\n".join(commands(steps(own(zero_stage=3).model_copy(update={"offer": offer(gpu=v100)}), spec=spec)))
    assert "--precision=fp16" in text
    assert "mixed_precision: fp16" in text
    assert "fsdp_reshard_after_forward: true" in text
    assert "torch==2.10.0" in text, "the last that Volta can use"


def test_the_images_of_charts_are_mirrored_for_openshift_too() -> None:
    spec = WorkloadSpec(task_type="inference", hosting="air_gapped", cluster="openshift")
    text = "\n".join(commands(steps(own(), (OPERATOR,), spec)[:1]))
    assert "path: carry/charts/gpu-operator-" in text
    assert "docker.io/vllm/vllm-openai:v0.31.0" in text


def test_training_starts_from_the_published_weights() -> None:
    adapters = own(quantization="lora", proof=proof(mode="lora"))
    text = " ".join(step.detail for step in steps(adapters, spec=WorkloadSpec(task_type="fine_tuning")))
    assert "quantised so" not in text
