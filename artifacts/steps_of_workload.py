"""The steps of one workload: its volume, its objects, and the first answer."""

from collections.abc import Mapping

from artifacts import openshift
from artifacts.adapters import adapter_told, bringing
from artifacts.airgap import with_trainer
from artifacts.autoscaling import AUTOSCALER
from artifacts.blanks import filled_in
from artifacts.bringing_data import (
    OURS,
    data_steps,
    exporter,
    folders_of,
    own_folder,
    results_to_store,
    uploader,
)
from artifacts.checkpoint import weights_gb
from artifacts.data_size import volume_gb, volume_told
from artifacts.drivers import PROMETHEUS
from artifacts.engines import SERVERS, Engine, claim_name, needs_quantized_checkpoint, workload_name
from artifacts.finishing import result_folder, wants_conversion
from artifacts.first_request import curl, request_of
from artifacts.giving_back import between_runs
from artifacts.gpu_access import QUEUE_LABEL
from artifacts.job_objects import DATA, TRAINERS, claim_command, job_command
from artifacts.jobs import job_arguments, nodes_of_job, pods_of_job
from artifacts.machines import size_is_known
from artifacts.notation import count, figure
from artifacts.present import blank, is_there
from artifacts.program_manifest import program_apply, with_model_asked
from artifacts.program_settings import fills_store
from artifacts.programs import ASKS_TARGET, TARGET, cut_told, installs_libraries, program_of, runs_told, tells_a_column
from artifacts.proving import prove_steps
from artifacts.queueing import KUEUE, LWS
from artifacts.rented import step
from artifacts.sites import Site
from artifacts.stack_steps import queue_commands
from artifacts.store_access import store_environment, store_key
from artifacts.stores import MLFLOW, TRACKING_URL
from artifacts.surroundings import Surroundings
from artifacts.theirs import job_environment, job_labels, job_queue
from artifacts.vllm_stack import ROUTER_SERVICE, deployment_name, serve_command
from artifacts.weights import load_minutes, loads_from_hub, start_minutes, storage_of, volume_gib
from artifacts.wiring import Scene
from artifacts.workloads import (
    KEY_ENTRY,
    KEY_SECRET,
    NAMESPACE,
    PORT,
    Value,
    controller_kind,
    image_there,
    job_ended,
    server_command,
    spans_machines,
)
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import StackComponent, Step


def storage_steps(scene: Scene, around: Surroundings) -> tuple[Step, ...]:
    """The claim of a job, and what puts the data into it; a server's volumes come with its pods."""
    option, engine, spec = scene.option, scene.engine, scene.spec
    if engine in SERVERS:
        return ()
    size_gb = volume_gb(option, spec)
    name = claim_name(option)
    title, told = "Make room for the dataset and the checkpoints", volume_told(option, spec)
    if is_there(spec, "nfs"):
        detail = f"{told} Your server needs that free. The job reads $DATASET_FOLDER and writes below {OURS} only."
        return (step(title, detail, own_folder(name, size_gb)), *data_steps(scene, engine, around))
    shared = nodes_of_job(option, engine) > 1
    storage = storage_of(option, around.site)
    class_name = storage.shared if shared else storage.block
    if shared and class_name is None:
        share = (
            "No storage class of this provider is documented that several machines write to: make an NFS share of that "
            "size that they reach, the provider's own or a machine with nfs-kernel-server; it becomes the job's volume."
        )
        asks = {blank("NFS_SERVER"): "NFS_SERVER:?its address", blank("NFS_PATH"): "NFS_PATH:?the folder it exports"}
        claim = filled_in(own_folder(name, size_gb), asks)
        return (step(title, f"{told} {share}", claim), *data_steps(scene, engine, around))
    if shared and not class_name:
        kind = "Several machines read it, so the storage class must be a shared file system."
    elif class_name:
        several = "Several machines read it, so the storage class is" if shared else "The storage class is"
        kind = f"{several} {class_name}."
    else:
        kind = "The cluster's default storage class is used."
    detail = " ".join(part for part in (told, kind, storage.note, f"The job sees it under {DATA}.") if part)
    claim = claim_command(size_gb, shared=shared, storage=storage, name=name)
    return (step(title, detail, claim), *data_steps(scene, engine, around))


def workload_step(scene: Scene, stack: tuple[StackComponent, ...], chart: Package | None, around: Surroundings) -> Step:
    """The objects that run it, or the chart that does where one was asked for."""
    option, engine, site = scene.option, scene.engine, around.site
    title, names = "Serve the model" if engine in SERVERS else "Run the job", {part.package.name for part in stack}
    named = option.model.key if option.model else option.runs or "The workload"
    if option.model is None and engine is Engine.VLLM:
        named = f"The model of the size of {option.runs} that MODEL names"
    details = [f"{named} with {_runs_with(option, engine)}"]
    if chart:
        details.append(f"through the chart {chart.name} {chart.version}")
    if option.quantization:
        details.append(f"at {option.quantization}")
    detail = " ".join(details) + (", with the settings of the memory proof." if option.proof else ".")
    if needs_quantized_checkpoint(option):
        detail += (
            f" The arithmetic is for {option.quantization} weights, and no repository that holds them is known here: "
            "set CHECKPOINT to one."
        )
    if spans_machines(option) and engine is Engine.VLLM and LWS not in names:
        detail += " One copy spans machines, so the LeaderWorkerSet controller must be installed."
    if chart:
        return Step(
            order=0, title=title, detail=detail, commands=(serve_command(chart, option, watched=PROMETHEUS in names),)
        )
    if engine in SERVERS and loads_from_hub(option, site):
        storage = storage_of(option, site)
        detail += (
            f" Each copy fetches the weights once onto a volume of its own ({volume_gib(option, storage)} GiB), goes "
            "on where it was when it is stopped, and keeps them over restarts."
        )
    detail += adapter_told(option)
    if not size_is_known(option.offer):
        detail += (
            " The catalogue does not have the machine's vCPU and RAM: the pods ask for what one like it has at least."
        )
    detail += _data_wanted(option)
    if option.schedule and engine in TRAINERS:
        detail += " Each run has its own folder, /data/runs/NAME, with the trained model in final; remove old ones."
    if fills_store(option, scene.spec):
        detail += " Each vector goes into the vector store with the id of its row; the log's last line counts them."
    if _after(scene, 1) is not None:
        detail += " Its last container copies the results to the object store."
    if image_there(engine, option, site) is None and not installs_libraries(option):
        built = "The step before built" if not site.offline else "Set WORKLOAD_IMAGE to"
        detail += f" {built} an image that holds your program; it finds the model's id in MODEL_ID" + (
            f" and answers on port {PORT}." if engine in SERVERS else " and the dataset under /data."
        )
    return Step(order=0, title=title, detail=detail, commands=_workload_commands(scene, stack, around))


def _workload_commands(scene: Scene, stack: tuple[StackComponent, ...], around: Surroundings) -> tuple[str, ...]:
    """The server; the job with its queue, and with the address of what it tells its figures to."""
    option, engine, names = scene.option, scene.engine, {part.package.name for part in stack}
    if engine in SERVERS:
        served, files = server_command(engine, option, around), program_apply(option, NAMESPACE)
        if files is None:
            return *job_queue(scene), served, *bringing(option, workload_name(option), NAMESPACE)
        return *job_queue(scene), files, with_trainer(served) if around.site.offline else served
    nodes = nodes_of_job(option, engine)
    pods = pods_of_job(option, engine)
    arguments = job_arguments(option, engine, nodes, around.site)
    fills = fills_store(option, scene.spec)
    program = program_apply(option, NAMESPACE)
    written = job_command(
        engine, option, arguments, pods, around,
        labels={QUEUE_LABEL: scene.name} if KUEUE in names else job_labels(scene),
        told={
            **({"MLFLOW_TRACKING_URI": TRACKING_URL} if MLFLOW in names else job_environment(scene)),
            **({TARGET: blank(TARGET)} if tells_a_column(option) else {}),
            **(store_environment(scene, around) if fills else {}),
        },
        before=exporter(scene), folders=folders_of(scene), after=_after(scene, pods),
    )  # fmt: skip
    job = filled_in(with_model_asked(written, option), {blank(TARGET): f"{TARGET}:?{ASKS_TARGET}"})
    if around.site.builds_images and installs_libraries(option):
        job = with_trainer(job)
    queued = (*queue_commands(stack, scene), *job_queue(scene), *(store_key(scene, around) if fills else ()))
    return (*queued, program, job) if program else (*queued, job)


def _after(scene: Scene, pods: int) -> Mapping[str, Value] | None:
    """What a job does with its results by itself; null where another job makes of them what is wanted."""
    ids_alone = fills_store(scene.option, scene.spec)
    if not results_to_store(scene) or ids_alone or wants_conversion(scene.option, scene.engine, scene.spec):
        return None
    return uploader(scene, result_folder(scene.option, scene.engine), several=pods > 1)


def _runs_with(option: PlacementOption, engine: Engine) -> str:
    program = program_of(option)
    return f"{option.program.name}.py ({program.title})" if program and option.program else engine.value


def _data_wanted(option: PlacementOption) -> str:
    """What the program reads, where it keeps its results, and that it may be stopped."""
    program = program_of(option)
    if program is None:
        return ""
    if not program.data:
        return "" if program.tested else " Our tests do not run this program: its libraries come with its image."
    untried = "" if program.tested else " Our tests do not run this program: its libraries need a GPU or its image."
    untried = runs_told(option) + cut_told(option) + untried
    return (
        f"{untried} It reads {program.data}; checkpoints and results go to /data, and a job that was stopped goes on. "
        "MLFLOW_TRACKING_URI in its environment sends its metrics to a tracker."
    )


def verify_steps(scene: Scene, chart: Package | None) -> tuple[Step, ...]:
    """Waits for as long as loading takes, and asks."""
    option, engine, site, spec = scene.option, scene.engine, scene.site, scene.spec
    name = workload_name(option)
    if engine not in SERVERS:
        between = between_runs(option, existing=site.cluster_is_there, autoscaled=AUTOSCALER in scene.charts)
        return (_follow(option, name, between, ends_in_store=_after(scene, 1) is not None),)
    fetched, read = load_minutes(option), start_minutes(option, storage_of(option, site))
    patience = f"{fetched + read if loads_from_hub(option, site) else read}m"
    if spans_machines(option):
        ready = (
            f"kubectl --namespace {NAMESPACE} wait --for=condition=Ready pod --selector app={name} --timeout={patience}"
        )
    else:
        what = f"deployment/{deployment_name(option)}" if chart else f"{controller_kind(option, site).lower()}/{name}"
        ready = f"kubectl --namespace {NAMESPACE} rollout status {what} --timeout={patience}"
    service = ROUTER_SERVICE if chart else name
    forward: tuple[str, ...] = (f"kubectl --namespace {NAMESPACE} port-forward service/{service} {PORT}:80 &",)
    address = f"http://127.0.0.1:{PORT}"
    if site.openshift:
        forward, address = (), openshift.route_address(name)
    inside = option.replicas > 1 and not site.openshift
    size = weights_gb(option)
    told = f"{figure(size, 0 if size >= 10 else 1)} GB" if size else "the weights"
    loads = f"reads {told} from the disk"
    if loads_from_hub(option, site):
        loads = f"fetches {told} (about {count(fetched, 'minute')} at 1 Gbit/s) and reads them"
    return (
        Step(
            order=0,
            title="Ask it something",
            detail=f"The first start {loads}; after that one request must be answered.",
            commands=(ready, key_command(), *forward, curl(request_of(option, engine, spec), address)),
        ),
        *prove_steps(
            option,
            engine,
            spec,
            f"http://{service}.{NAMESPACE}" if inside else address,
            crash=_crash(option, chart, site),
            inside=inside,
            back=ready,
        ),
    )


def _crash(option: PlacementOption, chart: Package | None, site: Site) -> str:
    """Stops the server of one copy, as an error of its own would; empty where there is no second one."""
    if option.replicas < 2 or chart or spans_machines(option):
        return ""
    pod = f"{workload_name(option)}-0"
    if controller_kind(option, site) == "Deployment":
        pod = f"deployment/{workload_name(option)}"
    return f"kubectl --namespace {NAMESPACE} exec {pod} -- sh -c 'kill 1'"


def _follow(
    option: PlacementOption, name: str, between: tuple[str, tuple[str, ...]], *, ends_in_store: bool
) -> Step:  # fmt: skip
    """The job's log; of one that comes back a run that is started at once, to see that it works. `between` its runs:
    what its machines cost that stay, and what gives them back. `ends_in_store`: it puts its results there itself."""
    there = f"kubectl --namespace {NAMESPACE}"
    whole = " It is complete once its results are in the object store." if ends_in_store else ""
    container = " --container workload" if ends_in_store else ""
    if not option.schedule:
        detail = f"The log shows progress, once its image is there; the job is done when it says Complete.{whole}"
        return step("Follow the job", detail, _log(there, name, container), job_ended(name))
    now = f"{name[:48]}-now"
    told, commands = between
    return step(
        "Follow the job",
        f"It starts by itself at {option.schedule} (UTC), never twice at once; the first command starts a run now."
        f"{whole}{told} For other hours, in your own time zone and early enough for the machines to come, set "
        "STARTS_AT (as in 5 22 * * *) and TIME_ZONE (as in Europe/Berlin).",
        f'[ -z "${{STARTS_AT:-}}" ] || {there} patch cronjob {name} --patch {_OTHER_HOURS}',
        f"{there} create job {now} --from=cronjob/{name}",
        _log(there, now, container),
        job_ended(now),
        f"{there} get cronjob {name}",
        *commands,
    )


_OTHER_HOURS = r'''"{\"spec\": {\"schedule\": \"${STARTS_AT:-}\", \"timeZone\": \"${TIME_ZONE:-Etc/UTC}\"}}"'''


def _log(there: str, job: str, container: str) -> str:
    """A job whose pod waits in a queue or for its image has no log yet, which ends the command."""
    return f"until {there} logs --follow job/{job}{container}; do sleep 10; done"


def key_command() -> str:
    """Puts the key that callers show into the shell."""
    return (
        f"export API_KEY=$(kubectl --namespace {NAMESPACE} get secret {KEY_SECRET} "
        f"--output jsonpath='{{.data.{KEY_ENTRY}}}' | base64 --decode)"
    )
