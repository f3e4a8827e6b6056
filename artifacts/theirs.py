"""The objects and words that make the user's own components work for a workload: each takes the place of a chart.

What only the user knows stands in them as a blank (`artifacts.present.blank`) that the shell fills in.
"""

from collections.abc import Mapping

from artifacts.gateway import longest_answer_s, path_of
from artifacts.gpu_access import QUEUE_LABEL, seen_queue
from artifacts.machines import INSTANCE_TYPE
from artifacts.observing import service_monitor, tells_metrics
from artifacts.people import WEB_UI
from artifacts.present import blank, blanks_of, is_there, present_of, told_of
from artifacts.program_settings import fills_store
from artifacts.queueing import local_queue
from artifacts.rented import POOL, step
from artifacts.store_access import store_kind
from artifacts.wiring import Scene, apply, metadata
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, Value
from domain.plan import Step
from sizing.vector_store import store_kinds

INGRESSES = {"ingress-nginx": "nginx", "traefik": "traefik", "kong": "kong"}
"""Controllers that are told by an Ingress, and the classes that their charts make."""
TITLE = "Say what is there"


def used_there(scene: Scene) -> Mapping[str, bool]:
    """Which of the things that are there this workload has to do with."""
    entry, page = scene.serves, WEB_UI in scene.charts
    enters = any(is_there(scene.spec, key) for key in (*INGRESSES, "gateway"))
    postgres = is_there(scene.spec, "postgres")
    searched = scene.retrieval is not None or fills_store(scene.option, scene.spec)
    return {
        "kueue": not scene.serves,
        "nfs": not scene.serves,
        "keycloak": page,
        **dict.fromkeys(("argo-cd", "flux2"), scene.site.cluster_is_there),
        "prometheus": tells_metrics(scene),
        **dict.fromkeys((*INGRESSES, "gateway"), entry),
        "cert-manager": entry and enters,
        "karpenter": scene.cluster == "eks" and not scene.option.is_own,
        "postgres": not scene.serves,
        "mlflow": not scene.serves and scene.spec.task_type in ("training", "fine_tuning"),
        "object-store": not scene.serves and not postgres,
        **{name: searched and name == store_kind(scene.spec).name for name in store_kinds()},
    }


def named_first(scene: Scene) -> tuple[Step, ...]:
    """The step that asks for the user's own values and says what each thing is for; none where nothing is there."""
    there = present_of(scene.spec)
    if not there:
        return ()
    asked = [
        f'export {variable.partition(":?")[0]}="${{{variable}}}"' for variable in dict.fromkeys(_asked(scene).values())
    ]
    return (
        step(
            TITLE,
            f"{'; '.join(told_of(scene.spec, used_there(scene)))}. Nothing of it is installed again or changed.",
            *asked,
        ),
    )


def _asked(scene: Scene) -> dict[str, str]:
    """The blanks of what this workload uses."""
    used = used_there(scene)
    idle = [key for key in present_of(scene.spec) if not used.get(key, True)]
    left = scene.spec.model_copy(
        update={
            "components": scene.spec.components.model_copy(
                update={"present": tuple(word for key, word in present_of(scene.spec).items() if key not in idle)}
            )
        }
    )
    return blanks_of(left)


def job_labels(scene: Scene) -> dict[str, str]:
    """That a job waits in the user's queue."""
    return {QUEUE_LABEL: scene.name} if is_there(scene.spec, "kueue") or seen_queue(scene.option.offer) else {}


def job_queue(scene: Scene) -> tuple[str, ...]:
    """A queue of the workload's namespace that leads to the user's own."""
    queue = seen_queue(scene.option.offer)
    if queue is None and (scene.serves or not is_there(scene.spec, "kueue")):
        return ()
    return (apply(local_queue(scene.name, queue or blank("QUEUE"))),)


def job_environment(scene: Scene) -> dict[str, str]:
    """The address of the user's tracker."""
    return {"MLFLOW_TRACKING_URI": blank("MLFLOW_URL")} if is_there(scene.spec, "mlflow") else {}


def connections(scene: Scene) -> tuple[str, ...]:
    """What makes the user's gateway, certificates and Prometheus serve the workload."""
    if not scene.serves:
        return ()
    commands: list[str] = []
    monitored = service_monitor(scene)
    if is_there(scene.spec, "prometheus") and tells_metrics(scene) and isinstance(monitored, dict):
        about = metadata(scene.name, labels={"release": blank("PROMETHEUS_RELEASE")})
        commands.append(apply({**monitored, "metadata": about}))
    ingress = next((key for key in INGRESSES if is_there(scene.spec, key)), None)
    if ingress:
        host = f"{scene.name}.{blank('DOMAIN')}" if scene.option.object_name else blank("DOMAIN")
        commands.append(apply(_ingress(scene, ingress, scene.service, host)))
        if WEB_UI in scene.charts and is_there(scene.spec, "keycloak"):
            commands.append(apply(_ingress(scene, ingress, WEB_UI, blank("PAGE"))))
    elif is_there(scene.spec, "gateway"):
        commands.append(apply(_route(scene)))
    return tuple(commands)


def _ingress(scene: Scene, key: str, service: str, host: str) -> Value:
    annotations: dict[str, Value] = {}
    spec: dict[str, Value] = {"ingressClassName": INGRESSES[key]}
    if key == "ingress-nginx":
        annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] = str(longest_answer_s(scene))
    if is_there(scene.spec, "cert-manager"):
        annotations["cert-manager.io/cluster-issuer"] = blank("ISSUER")
        spec["tls"] = [{"hosts": [host], "secretName": f"{service}-tls"}]
    backend: Value = {"service": {"name": service, "port": {"number": 80}}}
    spec["rules"] = [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": metadata(service, annotations=annotations), "spec": spec,
    }  # fmt: skip


def _route(scene: Scene) -> Value:
    rule: dict[str, Value] = {
        "matches": [{"path": {"type": "PathPrefix", "value": path_of(scene)}}],
        "backendRefs": [{"name": scene.service, "port": 80}],
        "timeouts": {"request": f"{longest_answer_s(scene)}s"},
    }
    if path_of(scene) != "/":
        rewrite: Value = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}
        rule["filters"] = [{"type": "URLRewrite", "urlRewrite": rewrite}]
    parent: Value = {"name": blank("GATEWAY"), "namespace": blank("GATEWAY_NAMESPACE")}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata(scene.name),
        "spec": {"parentRefs": [parent], "hostnames": [blank("DOMAIN")], "rules": [rule]},
    }  # fmt: skip


def secrets(scene: Scene, *, token: bool) -> tuple[str, ...] | None:
    """The key that callers show, and the Hub's token, out of the user's own store; null where there is none."""
    entries = [(KEY_SECRET, KEY_ENTRY, "api_key")] if scene.serves else []
    entries += [("hf-token", "token", "hf_token")] if token else []
    if is_there(scene.spec, "external-secrets"):
        return tuple(apply(_external_secret(*entry)) for entry in entries)
    if is_there(scene.spec, "vault"):
        return tuple(_from_vault(*entry) for entry in entries)
    return None


def _external_secret(name: str, entry: str, held: str) -> Value:
    return {
        "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata(name),
        "spec": {
            "refreshInterval": "1h", "target": {"name": name},
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": blank("SECRET_STORE")},
            "data": [{"secretKey": entry, "remoteRef": {"key": blank("SECRET_PATH"), "property": held}}],
        },
    }  # fmt: skip


def _from_vault(name: str, entry: str, held: str) -> str:
    read = f'vault kv get -field={held} "${{SECRET_PATH:?path of the entries in your Vault}}"'
    return (
        f"kubectl --namespace {NAMESPACE} get secret {name} >/dev/null 2>&1 || \\\n"
        f'  kubectl --namespace {NAMESPACE} create secret generic {name} --from-literal={entry}="$({read})"'
    )


def karpenter_pool(scene: Scene) -> Step:
    """The plan's machines as nodes that the user's Karpenter starts for waiting pods, and removes after them."""
    option = scene.option
    capacity = "spot" if option.offer.pricing == "spot" else "on-demand"
    requirements: list[Value] = [
        {"key": INSTANCE_TYPE, "operator": "In", "values": [option.offer.instance_type]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [capacity]},
    ]
    node: dict[str, Value] = {
        "requirements": requirements,
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": blank("NODE_CLASS")},
    }
    if option.offer.gpu:
        node["taints"] = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    template: dict[str, Value] = {"spec": node}
    if option.pool:
        template["metadata"] = {"labels": {POOL: option.pool}}
    limits: dict[str, Value] = {}
    if option.offer.vcpu:
        limits["cpu"] = option.offer.vcpu * option.nodes
    if option.offer.gpu:
        limits["nvidia.com/gpu"] = option.gpus
    pool: Value = {
        "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": metadata(option.pool or scene.name, None),
        "spec": {
            "template": template, **({"limits": limits} if limits else {}),
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "10m"},
        },
    }  # fmt: skip
    image = " its image has to hold the GPU driver." if option.offer.gpu else " it is one of your own."
    return step(
        "Let Karpenter start the machines",
        f"A NodePool for {option.offer.instance_type}, {capacity}, of at most {option.nodes}. Of the NodeClass:{image}",
        apply(pool),
    )
