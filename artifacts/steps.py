"""From an empty account to a running workload: the plan's steps, in the order to run them."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from artifacts import openshift, theirs
from artifacts.airgap import CARRIED, TRAINER, Carries, fetch_step, join_step, load_step, trainer_recipe
from artifacts.autoscaling import KEDA
from artifacts.blanks import filled_in
from artifacts.checkpoint import is_gated, weights_gb
from artifacts.clusters import cluster_steps, runs_in_cluster, use_cluster, wants_fips
from artifacts.containers import ADDRESS, container_steps
from artifacts.data_size import volume_gb
from artifacts.devices import device_steps, is_device
from artifacts.documents import READER, document_steps, reader_recipe
from artifacts.drivers import PROMETHEUS
from artifacts.engines import SERVERS, Engine, checkpoint, engine_of, workload_name
from artifacts.finishing import finishing_steps
from artifacts.first_request import curl, request_of
from artifacts.gateway import ENVOY, POINT_THE_NAME, longest_answer_s
from artifacts.gitops import committed
from artifacts.giving_back import give_back_cluster, give_back_container
from artifacts.gpu_access import claimed
from artifacts.hours import hours_steps
from artifacts.images import from_own_registry, images_of
from artifacts.jobs import job_arguments, nodes_of_job
from artifacts.k3s import with_disk_told
from artifacts.machines import gpu_resource
from artifacts.managed_hyperscalers import quota_step
from artifacts.notation import count, figure
from artifacts.object_store import names_said
from artifacts.observing import GRAFANA_SERVICE
from artifacts.one_machine import machine_steps
from artifacts.own_image import with_own_image
from artifacts.present import blank, blanks_of, gitops_of, is_there
from artifacts.programs import installs_libraries, with_program
from artifacts.proportion import proportion_of
from artifacts.providers import POOLS_THAT_SCALE
from artifacts.recurring import again_steps
from artifacts.rented import ADDED
from artifacts.repository_files import vocabulary_of
from artifacts.retrieval_objects import (
    ENCODERS,
    carried_encoders,
    encoders_gb,
    parts_beside,
    retrieval_steps,
    shares_gpu,
)
from artifacts.schedules import schedule_of
from artifacts.sites import MODELS, Site, site_of
from artifacts.slurm import PROGRAM, can_submit, slurm_steps, uses_slurm
from artifacts.stack_steps import INTO, chart_namespaces, connect_commands, install_commands, installed_here
from artifacts.steps_of_workload import storage_steps, verify_steps, workload_step
from artifacts.stores import MLFLOW, STORE_POOL, on_machines_of_its_own, store_offer
from artifacts.surroundings import Surroundings, in_zones, surroundings_of
from artifacts.theirs import connections, karpenter_pool, named_first, used_there
from artifacts.vllm_stack import CHART as SERVING_CHART
from artifacts.vllm_stack import serving_chart
from artifacts.wiring import Scene
from artifacts.workloads import (
    KEY_ENTRY,
    KEY_SECRET,
    LOADER,
    NAMESPACE,
    PORT,
    claim_of_weights,
    image_there,
    loader_command,
)
from domain.packages import Package
from domain.parts import Retrieval, beside_the_model
from domain.placement import PlacementOption
from domain.plan import Recommendation, StackComponent, Step
from domain.workload import WorkloadSpec

_UNKNOWN_GB = 100
_ROOM = 1.1
_SHARED_CLASS = "SHARED_CLASS:?a class of shared file systems, as in ocs-storagecluster-cephfs"
STORE_TITLE = "Add the machines of the vector store"
SHORT_COMMAND = 90


def deployment_steps(
    recommendation: Recommendation | None,
    stack: tuple[StackComponent, ...],
    spec: WorkloadSpec,
    retrieval: Retrieval | None = None,
    *,
    sharers: int = 1,
    neighbours: tuple[Scene, ...] = (),
    number: int = 1,
) -> tuple[Step, ...]:
    """Runnable steps for one recommendation (none: none); every name and version in them is the catalogue's.

    `retrieval`: the other parts of a service that answers from documents. `sharers`: workloads that take turns on the
    same GPU. `neighbours`: all workloads of the same cluster, where there are several; their charts are installed
    together. `number`: among the services of its cluster that answer from documents.
    """
    if recommendation is None:
        return ()
    option = with_program(recommendation.option, spec)
    if not option.schedule and not option.object_name:
        option = option.model_copy(update={"schedule": schedule_of(spec)})
    scene = scene_of(option, spec, retrieval)
    engine, site = scene.engine, scene.site
    stack = installed_here(stack, neighbours or (scene,))
    if uses_slurm(spec) and can_submit(option, engine):
        nodes, offline = nodes_of_job(option, engine), spec.hosting == "air_gapped"
        arguments = (
            [] if engine in SERVERS else job_arguments(option, engine, nodes, site, prepared=True, folder=PROGRAM)
        )
        return _numbered(slurm_steps(option, engine, arguments, nodes, offline=offline))
    if is_device(option):
        return device_steps(option, spec)
    if not runs_in_cluster(option):
        first = curl(request_of(option, engine, spec), f'"{ADDRESS}"')
        monitored = _monitor(option, engine, stack, site)
        again = (*hours_steps(option, cluster=False), *again_steps(option, engine, spec))
        made = with_own_image(container_steps(option, engine, spec, (first,)), option, engine, here=False)
        return _numbered(_with_names_said((*made, monitored, *again, *give_back_container(option, spec)), spec))
    proportion = proportion_of(option, spec)
    if proportion.scale == "machine":
        placed = machine_steps(option, engine, spec, proportion, retrieval)
        ready = placed if spec.hosting == "air_gapped" else with_own_image(placed, option, engine, here=True)
        return _numbered(_with_names_said(ready, spec))
    scene = replace(scene, charts=frozenset(part.package.name for part in stack), number=number)
    chart = serving_chart(scene, stack)
    around = _around(option, spec, site, stack, retrieval).model_copy(update={"sharers": sharers, "number": number})
    steps = [
        *((openshift.use_cluster(),) if site.openshift else ()),
        *named_first(scene),
        *_cluster(scene, stack),
        *_store_machines(scene),
        *_prepared(scene),
        *_stack(stack, chart, neighbours or (scene,)),
        *_gpus_visible(option),
        *_weights(scene),
        *storage_steps(scene, around),
        workload_step(scene, stack, chart, around),
        *((openshift.route(scene.name, longest_answer_s(scene)),) if site.openshift and scene.serves else ()),
        *_used(scene, stack, chart, around),
        *hours_steps(option, cluster=True, existing=site.cluster_is_there, scaled=_scaled(scene)),
        *finishing_steps(scene, around),
        *give_back_cluster(
            option,
            spec,
            existing=site.cluster_is_there,
            shared=_shares_volume(scene),
            charts=chart_namespaces(stack),
            keeps_store=not scene.serves and any(part.role == "vector store" for part in beside_the_model(retrieval)),
        ),
    ]
    steps = list(with_disk_told(steps)) if not neighbours else steps
    brought = _carried_in(scene, stack, steps) if site.offline else from_own_registry(steps, option, engine, spec)
    blanks = blanks_of(spec)
    built = brought if site.offline else with_own_image(tuple(brought), option, engine, here=False)
    written = [_with_blanks(_with_client(step, site), blanks) for step in built]
    tool = gitops_of(spec) if site.cluster_is_there else None
    kept = [_with_blanks(one, blanks) for one in committed(written, tool)] if tool else written
    return _numbered(_with_names_said(kept, spec))


def _used(
    scene: Scene, stack: tuple[StackComponent, ...], chart: Package | None, around: Surroundings
) -> Iterator[Step]:
    """A server is asked before the charts lead to it; a job is watched while it runs, before it is waited for."""
    option, engine, site = scene.option, scene.engine, scene.site
    asked = verify_steps(scene, chart)
    if scene.serves:
        yield from asked
        yield from retrieval_steps(scene.retrieval, option, scene.spec, around)
        yield from document_steps(scene, around)
    yield from _connect(scene, stack)
    yield _monitor(option, engine, stack, site)
    if not scene.serves:
        yield from asked


def _scaled(scene: Scene) -> str:
    """The ScaledObject of the workload where the pool of its machines follows the pods; empty where it does not."""
    follows = scene.serves and scene.cluster in POOLS_THAT_SCALE and KEDA in scene.charts
    return scene.name if follows else ""


def _carried_in(scene: Scene, stack: tuple[StackComponent, ...], steps: Sequence[Step]) -> Iterator[Step]:
    """The steps behind those that bring in what they use: every image that they name, and the weights."""
    option, engine, site = scene.option, scene.engine, scene.site
    weights = {checkpoint(option): workload_name(option)} if option.model else {}
    weights |= carried_encoders(scene.retrieval)
    builds = [(TRAINER, trainer_recipe(option, engine))] if installs_libraries(option) else []
    if scene.answers_documents:
        builds.append((READER, reader_recipe(scene.spec)))
    carries = Carries(
        images=images_of(command for step in steps for command in step.commands),
        weights=tuple(weights.items()), builds=tuple(builds),
    )  # fmt: skip
    own = 1 if site.openshift else 0
    yield fetch_step(option, stack, site, carries)
    yield from steps[:own]
    yield load_step(site, site.kind, carries)
    yield from steps[own:]


def scene_of(option: PlacementOption, spec: WorkloadSpec, retrieval: Retrieval | None = None) -> Scene:
    """The workload of an option, as the charts beside it see it."""
    parts = retrieval.parts if retrieval else ()
    shares = any(part.role in ENCODERS and shares_gpu(part, option) for part in parts)
    site = site_of(option, spec)
    return Scene(option, engine_of(option, spec), spec, site, retrieval=retrieval, shares_gpu=shares)


def without_serving_charts(stack: tuple[StackComponent, ...], spec: WorkloadSpec) -> tuple[StackComponent, ...]:
    """The plan's own objects serve the model, sized for its machine; the chart that would, only where asked for."""
    asked = " ".join(spec.components.wanted).lower()
    if "vllm" in asked and "stack" in asked:
        return stack
    return tuple(component for component in stack if component.package.name != SERVING_CHART)


def _around(
    option: PlacementOption, spec: WorkloadSpec, site: Site, stack: tuple[StackComponent, ...], beside: Retrieval | None
) -> Surroundings:
    around = surroundings_of(option, spec, site, stack)
    cpu, gib = parts_beside(beside, option, around)
    return around.model_copy(update={"kept_cpu": cpu, "kept_gib": gib})


def _with_client(step: Step, site: Site) -> Step:
    """With the cluster's own command line in place of `kubectl`."""
    if site.client == "kubectl":
        return step
    said = (re.sub(r"\bkubectl\b", site.client, command) for command in step.commands)
    return step.model_copy(update={"commands": tuple(said)})


def _with_names_said(steps: Iterable[Step], spec: WorkloadSpec) -> Iterator[Step]:
    """What the user has named is put into the shell before the first command that asks for it."""
    left = names_said(spec)
    for one in steps:
        text = "\n".join(one.commands)
        here = [name for name in left if re.search(rf"\$\{{{name}:\?", text)]
        named = [f"export {name}={shlex.quote(left.pop(name))}" for name in here]
        yield one.model_copy(update={"commands": (*named, *one.commands)}) if named else one


def _with_blanks(step: Step, blanks: Mapping[str, str]) -> Step:
    """With the user's own values in the place of blanks, which the shell puts there."""
    return step.model_copy(update={"commands": tuple(filled_in(command, blanks) for command in step.commands)})


def _cluster(scene: Scene, stack: tuple[StackComponent, ...]) -> tuple[Step, ...]:
    option, site, spec = scene.option, scene.site, scene.spec
    if used_there(scene)["karpenter"] and is_there(spec, "karpenter") and site.cluster_is_there:
        return (quota_step(option), use_cluster(), karpenter_pool(scene))
    if site.openshift:
        seen = option.offer.in_cluster
        return (openshift.gpu_operator(offline=site.offline),) if option.offer.gpu and not seen else ()
    if site.offline and not site.cluster_is_there:
        return (join_step(),)
    zones = (spec.availability.zones or 1) if in_zones(option, spec) else 1
    return cluster_steps(
        option,
        stack,
        existing=site.cluster_is_there,
        cluster=spec.cluster,
        regions=spec.location.regions,
        zones=zones,
        shared_gib=ceil(volume_gb(option, spec) * 1e9 / 2**30) if _shares_volume(scene) else 0,
        fips=wants_fips(spec),
    )


def _shares_volume(scene: Scene) -> bool:
    """Whether several machines write to one volume."""
    return not scene.serves and nodes_of_job(scene.option, scene.engine) > 1


def _store_machines(scene: Scene) -> tuple[Step, ...]:
    """Machines beside those of the plan, where the vector store needs more RAM than they have to spare."""
    parts = scene.retrieval.parts if scene.retrieval else ()
    store = next((part for part in parts if part.role == "vector store" and part.place == "CPU machine"), None)
    if store is None or not on_machines_of_its_own(store, scene.option):
        return ()
    each = (store.memory_gib or 0.0) / store.shards
    told = (
        f"{store.where}, or the like in the region of the model's: {figure(each, 0)} GiB of RAM on each of "
        f"{count(store.shards, 'machine')}."
    )
    seen = f"kubectl get nodes --selector workload={STORE_POOL}"
    offer = store_offer(store, scene.option)
    if offer is not None and not scene.site.cluster_is_there:
        pool = scene.option.model_copy(
            update={"offer": offer, "nodes": store.shards, "pool": STORE_POOL, "model": None}
        )
        made = [one for one in cluster_steps(pool) if one.title == ADDED]
        if made and made[0].commands:
            return (Step(order=0, title=STORE_TITLE, detail=told, commands=(*made[0].commands, seen)),)
    return (
        Step(
            order=0,
            title=STORE_TITLE,
            detail=f"{told} They join the cluster as those without a GPU do, carry no taint, and have the label "
            f"workload={STORE_POOL}, by which the store's pods go there.",
            commands=(seen,),
        ),
    )


def _prepared(scene: Scene) -> tuple[Step, ...]:
    """Where the workload goes, and what it is allowed; a token only where something is downloaded."""
    option, engine, site = scene.option, scene.engine, scene.site
    key = engine in SERVERS
    gated = is_gated(option) and not site.offline
    if (kept := theirs.secrets(scene, token=gated)) is not None and not site.openshift:
        first = _namespace(option, token=False, key=False)
        detail = "A namespace for the workload; its key and token come from where you keep yours."
        return (first.model_copy(update={"detail": detail, "commands": (*first.commands, *kept)}),)
    if site.openshift:
        secrets = _namespace(option, token=not site.offline, key=key).commands[1:]
        project = openshift.project()
        project = project.model_copy(update={"commands": (*project.commands, *secrets)})
        namespaces = dict.fromkeys((NAMESPACE, *(INTO.get(chart, chart) for chart in sorted(scene.charts))))
        return (project, openshift.security_context(tuple(namespaces)))
    return (_namespace(option, token=not site.offline, key=key),)


def _weights(scene: Scene) -> tuple[Step, ...]:
    """On OpenShift pods do not see the disks of machines: all weights that were carried in go onto a claim."""
    option, engine, site = scene.option, scene.engine, scene.site
    if not (site.offline and site.openshift) or option.model is None:
        return ()
    encoders = tuple(carried_encoders(scene.retrieval).values())
    vocabulary = vocabulary_of(option.model.key)
    beside = (*encoders, *([vocabulary.folder] if vocabulary else ()))
    names, size = (workload_name(option), *beside), (weights_gb(option) or _UNKNOWN_GB) + encoders_gb(scene.retrieval)
    shared = option.nodes > 1 or bool(encoders)
    detail = f"{figure(size * _ROOM, 0)} GB: the weights and a tenth more." + (
        " Several pods on several machines read them, so SHARED_CLASS has to be a shared file system: the class for "
        "block volumes, which is the default of most clusters, is not."
        if shared
        else ""
    )
    claim = filled_in(claim_of_weights(ceil(size * _ROOM), shared=shared), {blank("SHARED_CLASS"): _SHARED_CLASS})
    holder = image_there(engine, option, site) or "WORKLOAD_IMAGE"
    target = f"--namespace {NAMESPACE}"
    return (
        Step(
            order=0,
            title="Put the weights where the pods read them",
            detail=detail,
            commands=(
                claim,
                loader_command(holder),
                f"oc wait {target} --for=condition=Ready pod/{LOADER} --timeout=15m",
                *(f"oc rsync {target} {CARRIED}/weights/{name} {LOADER}:{MODELS}/" for name in names),
                f"oc delete pod {target} {LOADER}",
            ),
        ),
    )


def _numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(step.model_copy(update={"order": order}) for order, step in enumerate(steps, start=1))


def next_step(steps: tuple[Step, ...]) -> str:
    """What to do first: the first step, with its command where it is a short one; then how many there are."""
    if not steps:
        return ""
    first = steps[0]
    command = first.commands[0] if first.commands else ""
    told = f"{first.title}: `{command}`" if command and len(command) <= SHORT_COMMAND else first.title
    where = "at a terminal: `--full`, or `--out DIR` for a folder of files"
    return f"{told}, the first of {len(steps)} steps below ({where})."


def _namespace(option: PlacementOption, *, token: bool = True, key: bool = True) -> Step:
    gated = [option.model.key] if option.model and is_gated(option) and token else []
    commands = [f"kubectl create namespace {NAMESPACE} --dry-run=client -o yaml | kubectl apply -f -"]
    detail = "A namespace for the workload."
    if gated:
        detail = (
            "A namespace for the workload, with a Hugging Face token in it. Accept the terms of "
            f"{', '.join(gated)} on the model's page with the account of that token first."
        )
        commands.append(
            f"kubectl --namespace {NAMESPACE} create secret generic hf-token "
            '--from-literal=token="${HF_TOKEN:?a Hugging Face token}" --dry-run=client -o yaml | kubectl apply -f -'
        )
    if key:
        detail += " The key that callers have to show is made once, and stays when the command is run again."
        secret = f"kubectl --namespace {NAMESPACE} get secret {KEY_SECRET}"
        commands.append(
            f"{secret} >/dev/null 2>&1 || kubectl --namespace {NAMESPACE} create secret generic {KEY_SECRET} "
            f'--from-literal={KEY_ENTRY}="$(openssl rand -hex 24)"'
        )
    return Step(order=0, title="Prepare the namespace", detail=detail, commands=tuple(commands))


def _stack(stack: tuple[StackComponent, ...], serving: Package | None, scenes: tuple[Scene, ...]) -> tuple[Step, ...]:
    # The chart that serves the model is installed with the model, in a later step.
    before = tuple(component for component in stack if component.package != serving)
    site = scenes[0].site
    commands = install_commands(before, scenes, folder=f"{CARRIED}/charts" if site.offline else None)
    if not before and not commands:
        return ()
    detail = "In this order: " + ", ".join(
        f"{component.package.name} {component.package.version} ({component.role})" for component in before
    )
    by_hand = [component.package.name for component in before if component.package.repository_url is None]
    if by_hand:
        detail += f". The catalogue has no repository address for {', '.join(by_hand)}: install it from its home page"
    return (Step(order=0, title="Install the Kubernetes stack", detail=detail + ".", commands=commands),)


def _connect(scene: Scene, stack: tuple[StackComponent, ...]) -> tuple[Step, ...]:
    """What makes the charts serve this workload: its route, its scaler, what is scraped of it and drawn."""
    commands = (*connect_commands(stack, scene), *connections(scene))
    if not commands:
        return ()
    return (
        Step(
            order=0,
            title="Connect it",
            detail="The charts of the stack are told of the workload; the stack's section says who talks to whom then."
            + (f" {POINT_THE_NAME}" if ENVOY in {part.package.name for part in stack} and scene.serves else ""),
            commands=commands,
        ),
    )


def _gpus_visible(option: PlacementOption) -> tuple[Step, ...]:
    resource = gpu_resource(option.offer)
    if resource is None:
        return ()
    if claimed(option.offer):
        return (
            Step(
                order=0,
                title="Check that the GPUs can be claimed",
                detail=f"Slices of the nodes list them; at least {option.gpus} must be in no claim.",
                commands=("kubectl get resourceslices", "kubectl get resourceclaims --all-namespaces"),
            ),
        )
    column = resource.replace(".", "\\.")
    return (
        Step(
            order=0,
            title="Check that Kubernetes sees the GPUs",
            detail=f"The column must add up to at least {option.gpus}. Where it is empty, the GPU driver or the device "
            "plugin is still starting or is missing.",
            commands=(f"kubectl get nodes -o custom-columns='NODE:.metadata.name,GPUS:.status.allocatable.{column}'",),
        ),
    )


def _monitor(option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...], site: Site) -> Step:
    watch = "GPU use and memory" if option.offer.gpu else "CPU use and memory"
    if engine is Engine.VLLM:
        watch += ", waiting requests (vllm:num_requests_waiting) and KV cache use (vllm:kv_cache_usage_perc)"
    names = sorted(component.package.name for component in stack)
    commands: list[str] = []
    detail = f"Watch {watch}; add a replica when requests wait while the cache is full."
    if engine is not Engine.VLLM:
        detail = f"Watch {watch}; add a replica when answers get slower."
    if engine not in SERVERS:
        idle = "a GPU that idles is" if option.offer.gpu else "cores that idle are"
        detail = f"Watch {watch}; {idle} waiting for the dataset."
    if site.openshift:
        detail += " OpenShift's own monitoring shows it: in the console under Observe."
        commands += openshift.monitoring(workload_name(option)) if engine is Engine.VLLM else ()
    elif PROMETHEUS in names:
        commands.append(
            f"kubectl --namespace {PROMETHEUS} get secret grafana-admin --output jsonpath='{{.data.admin-password}}' | "
            "base64 --decode"
        )
        commands.append(f"kubectl --namespace {PROMETHEUS} port-forward service/{GRAFANA_SERVICE} 3000:80 &")
        detail += f" Grafana is then at http://127.0.0.1:3000 (user admin), with the dashboard {workload_name(option)}."
    if MLFLOW in names and engine not in SERVERS:
        commands.append(f"kubectl --namespace {MLFLOW} port-forward service/{MLFLOW} 5000:80 &")
        detail += " MLflow, with the loss of each step, is at http://127.0.0.1:5000."
    elif PROMETHEUS not in names and runs_in_cluster(option) and engine is Engine.VLLM and not site.openshift:
        commands.append(f"curl --silent http://127.0.0.1:{PORT}/metrics | grep -E 'num_requests|cache_usage'")
    return Step(order=0, title="Watch it", detail=detail, commands=tuple(commands))
