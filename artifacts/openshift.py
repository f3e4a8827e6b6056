"""What OpenShift does its own way: operators from its hub, security context constraints, routes, its own monitoring."""

from collections.abc import Mapping, Sequence

from artifacts.workloads import NAMESPACE, Value, as_yaml
from domain.plan import Step

IMAGE_SET = "imageset.yaml"
MIRRORED = "carry/working-dir/cluster-resources"
"""Where `oc mirror` leaves the objects that point the cluster at the mirror."""
_OPERATORS = (
    ("openshift-nfd", "nfd", "redhat-operators", "redhat-operator-index", "NodeFeatureDiscovery"),
    ("nvidia-gpu-operator", "gpu-operator-certified", "certified-operators", "certified-operator-index",
     "ClusterPolicy"),
)  # fmt: skip
"""Namespace, package, catalogue, index image of the catalogue, and the object that sets the operator to work."""
_MONITORING = "--namespace openshift-monitoring"
_WATCH_WORKLOADS = (
    f"SETTINGS=$(oc {_MONITORING} get configmap cluster-monitoring-config --output "
    "jsonpath='{.data.config\\.yaml}' 2>/dev/null | grep --invert-match '^enableUserWorkload:' || true)\n"
    f"oc {_MONITORING} create configmap cluster-monitoring-config --dry-run=client --output yaml "
    '--from-literal=config.yaml="$(printf \'%s\\nenableUserWorkload: true\' "$SETTINGS")" | '
    "oc apply --server-side --force-conflicts -f -"
)
"""Adds one line to the settings of the platform's monitoring and keeps the others: retention, volumes, receivers."""
_MINOR = "${OPENSHIFT:?minor version of the cluster, as in 4.16}"


def use_cluster() -> Step:
    """A session and a project."""
    return Step(
        order=0,
        title="Use your OpenShift cluster",
        detail="Log in as an administrator for the operators and the security context; the rest takes a project's "
        "administrator.",
        commands=("oc whoami --show-server", "oc get clusterversion"),
    )


def gpu_operator(*, offline: bool) -> Step:
    """Node Feature Discovery and NVIDIA's operator from OperatorHub, as the console installs them."""
    objects: list[Value] = []
    for namespace, package, source, index, _ in _OPERATORS:
        mirrored = f"cs-{index}-v${{OPENSHIFT//./-}}"
        objects += [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
            {
                "apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup",
                "metadata": {"name": namespace, "namespace": namespace}, "spec": {"targetNamespaces": [namespace]},
            },
            {
                "apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription",
                "metadata": {"name": package, "namespace": namespace},
                "spec": {
                    "name": package, "source": mirrored if offline else source,
                    "sourceNamespace": "openshift-marketplace", "installPlanApproval": "Automatic",
                },
            },
        ]  # fmt: skip
    quoted = "EOF" if offline else "'EOF'"
    version = (f': "{_MINOR}"',) if offline else ()
    return Step(
        order=0,
        title="Install the GPU operator from OperatorHub",
        detail="Node Feature Discovery finds the GPUs; NVIDIA's certified operator puts driver, toolkit and device "
        "plugin on their nodes. Each is set to work with the example object that it brings, once `oc get csv` says "
        "Succeeded in its namespace.",
        commands=(
            *version,
            f"oc apply -f - <<{quoted}\n{as_yaml(*objects)}\nEOF",
            *(_set_to_work(namespace, package, kind) for namespace, package, _, _, kind in _OPERATORS),
            "oc get pods --namespace nvidia-gpu-operator",
        ),
    )


def security_context(namespaces: Sequence[str]) -> Step:
    """Public images write to their user's home or name their user, which the restricted constraint forbids."""
    return Step(
        order=0,
        title="Let the pods run as the user of their image",
        detail="By default OpenShift runs containers as a user without a home and of its own choice; the public images "
        f"write to /root, and charts name their user. The constraint is given to the service accounts of "
        f"{' and '.join(namespaces)}, not to the cluster.",
        commands=tuple(
            f"oc adm policy add-scc-to-group anyuid system:serviceaccounts:{namespace}" for namespace in namespaces
        ),
    )


def project() -> Step:
    """The project of the workload."""
    return Step(
        order=0,
        title="Prepare the project",
        detail="A project for the workload.",
        commands=(f"oc get project {NAMESPACE} || oc new-project {NAMESPACE}",),
    )


def route(service: str, longest_answer_s: int) -> Step:
    """TLS at the router's own certificate, and time for long answers."""
    return Step(
        order=0,
        title="Open a route",
        detail="The router ends TLS with its certificate; an answer may take "
        f"{longest_answer_s // 60} minutes. The address answers whoever reaches it: put OAuth or an API key in front "
        "where that is not wanted.",
        commands=(
            f"oc create route edge {service} --service {service} --port http --namespace {NAMESPACE}",
            f"oc annotate route {service} haproxy.router.openshift.io/timeout={longest_answer_s}s "
            f"--namespace {NAMESPACE}",
        ),
    )


def route_address(service: str) -> str:
    """The shell words for the address of the route."""
    return f"https://$(oc get route {service} --namespace {NAMESPACE} --output jsonpath='{{.spec.host}}')"


def monitoring(name: str) -> tuple[str, ...]:
    """OpenShift's monitoring reads the workload's metrics, too. The platform's own settings of it stay as they are."""
    monitor: Value = {
        "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": {"app": name}}, "endpoints": [{"port": "http", "path": "/metrics"}]},
    }  # fmt: skip
    return (_WATCH_WORKLOADS, f"oc apply -f - <<'EOF'\n{as_yaml(monitor)}\nEOF")


def image_set(images: Sequence[str], charts: Mapping[str, str]) -> str:
    """The file that says what `oc mirror` brings along. `charts`: name and file of those whose images are, too."""
    operators: list[Value] = [
        {"catalog": f"registry.redhat.io/redhat/{index}:v${{OPENSHIFT}}", "packages": [{"name": package}]}
        for _, package, _, index, _ in _OPERATORS
    ]
    mirror: dict[str, Value] = {"operators": operators}
    if images:
        mirror["additionalImages"] = [{"name": _with_host(image)} for image in images]
    if charts:
        mirror["helm"] = {"local": [{"name": name, "path": path} for name, path in charts.items()]}
    held = as_yaml({"apiVersion": "mirror.openshift.io/v2alpha1", "kind": "ImageSetConfiguration", "mirror": mirror})
    return f': "{_MINOR}"; cat > {IMAGE_SET} <<EOF\n{held}\nEOF'


def _with_host(image: str) -> str:
    """`oc mirror` does not take Docker Hub for granted."""
    host, slash, _ = image.partition("/")
    return image if slash and ("." in host or ":" in host) else f"docker.io/{image}"


def _set_to_work(namespace: str, package: str, kind: str) -> str:
    examples = "{.items[0].metadata.annotations.alm-examples}"
    return (
        f"oc get csv --namespace {namespace} --selector operators.coreos.com/{package}.{namespace} "
        f"--output jsonpath='{examples}' | jq '.[] | select(.kind == \"{kind}\")' | "
        f"oc apply --namespace {namespace} -f -"
    )
