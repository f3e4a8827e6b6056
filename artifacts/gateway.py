"""The way in: a gateway with TLS and keys in front of each server, and the issuer of its certificate."""

from collections.abc import Mapping
from math import ceil

from artifacts.drivers import AMD
from artifacts.first_request import is_streamed
from artifacts.providers import provider_of
from artifacts.wiring import Install, Scene, Wiring, apply, metadata, namespace
from artifacts.workloads import KEY_ENTRY, KEY_SECRET, NAMESPACE, Value
from sizing.library_versions import library_versions

ENVOY, CERT_MANAGER = "gateway-helm", "cert-manager"
INGRESS_CLASSES = {"traefik": "traefik", "ingress-nginx": "nginx", "kong": "kong"}
"""Controllers that are told by an Ingress, and their classes."""
ENTRY, ISSUER = "entry", "entry-issuer"
"""The gateway, and the issuer of its certificate."""
HOST = "host.invalid"
"""Stands in the objects for the name that people use, which the shell puts in."""
_PROXIES = 2
_LEAST_MINUTES, _TIMES_EXPECTED, _LONG_ANSWER_TOKENS = 10, 3, 16_384
POINT_THE_NAME = (
    "Point a DNS record of $DOMAIN at the gateway's address as soon as it is printed: the last command waits half an "
    "hour for the record and for the certificate that follows it."
)
_DOMAIN = {HOST: "DOMAIN:?name that people reach it under, as in llm.example.org"}
_ACME = "https://acme-v02.api.letsencrypt.org/directory"
_GATEWAY_API = "gateway.networking.k8s.io/v1"


def longest_answer_s(scene: Scene) -> int:
    """How long a gateway waits for a whole answer: three times what the plan expects of one under its load, and of a
    model that writes as many tokens as fit at that speed; whole minutes, ten at least."""
    served, expected_s = scene.option.served, 0.0
    if served is not None and served.answer_ms:
        expected_s = _TIMES_EXPECTED * served.answer_ms / 1000
    elif served is not None and served.tokens_per_s_per_user:
        proof = scene.option.proof
        asked = _TIMES_EXPECTED * (scene.spec.traffic.output_tokens or 0)
        tokens = max(asked, min(_LONG_ANSWER_TOKENS, (proof.context_tokens if proof else None) or 0))
        expected_s = (served.ttft_ms or 0.0) / 1000 + tokens / served.tokens_per_s_per_user
    return 60 * max(_LEAST_MINUTES, ceil(expected_s / 60))


def path_of(scene: Scene) -> str:
    """Where its API begins: one of several workloads has a path of its own."""
    return f"/{scene.name}" if scene.option.object_name else "/"


def _envoy_unused(scene: Scene) -> str | None:
    return None if scene.serves else ""


def _envoy(scene: Scene) -> Install:
    gateway_class: Value = {
        "apiVersion": _GATEWAY_API,
        "kind": "GatewayClass",
        "metadata": metadata("envoy", None),
        "spec": {
            "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
            "parametersRef": {
                "group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": ENTRY, "namespace": NAMESPACE,
            },
        },
    }  # fmt: skip
    listeners: list[Value] = [{"name": "http", "port": 80, "protocol": "HTTP"}]
    annotations: dict[str, Value] = {}
    if CERT_MANAGER in scene.charts:
        annotations["cert-manager.io/cluster-issuer"] = ISSUER
        listeners.append(
            {
                "name": "https", "port": 443, "protocol": "HTTPS", "hostname": HOST,
                "tls": {"mode": "Terminate", "certificateRefs": [{"name": f"{ENTRY}-tls"}]},
            }
        )  # fmt: skip
    gateway: Value = {
        "apiVersion": _GATEWAY_API,
        "kind": "Gateway",
        "metadata": metadata(ENTRY, annotations=annotations),
        "spec": {"gatewayClassName": "envoy", "listeners": listeners},
    }
    made = (apply(gateway_class, _proxy(scene), gateway, replaced=_DOMAIN),)
    return Install(after=made if scene.site.openshift else (namespace(NAMESPACE), *made))


def _proxy(scene: Scene) -> Value:
    """The proxies themselves: two, of which one stays when a machine is drained or lost, and the load balancer as the
    provider has to be told. Behind an air gap their image is named, since the controller's own is in no manifest
    (https://github.com/envoyproxy/gateway/issues/6425)."""
    deployment: dict[str, Value] = {"replicas": _PROXIES}
    if scene.site.offline:
        deployment["container"] = {"image": library_versions().images["envoy"].image}
    deployment["pod"] = {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"gateway.envoyproxy.io/owning-gateway-name": ENTRY}},
            }
        ]
    }  # fmt: skip
    kubernetes: dict[str, Value] = {"envoyDeployment": deployment, "envoyPDB": {"minAvailable": 1}}
    if (told := provider_of(scene.option).load_balancer) and not scene.option.is_own:
        kubernetes["envoyService"] = {"annotations": dict(told)}
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": metadata(ENTRY),
        "spec": {"provider": {"type": "Kubernetes", "kubernetes": kubernetes}},
    }


def _route(scene: Scene) -> tuple[str, ...]:
    """The route, its keys, and time for long answers."""
    path = path_of(scene)
    rule: dict[str, Value] = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
        "backendRefs": [{"name": scene.entrance, "port": 80}],
        # A stream lasts as long as somebody speaks.
        "timeouts": {
            "request": "0s" if is_streamed(scene.option, scene.engine, scene.spec) else f"{longest_answer_s(scene)}s"
        },
    }
    if path != "/":
        rewrite: Value = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}
        rule["filters"] = [{"type": "URLRewrite", "urlRewrite": rewrite}]
    listener = "https" if CERT_MANAGER in scene.charts else "http"
    route: Value = {
        "apiVersion": _GATEWAY_API,
        "kind": "HTTPRoute",
        "metadata": metadata(scene.name),
        "spec": {
            "parentRefs": [{"name": ENTRY, "sectionName": listener}],
            "hostnames": [HOST],
            "rules": [rule],
        },
    }
    target: Value = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": scene.name}
    keys: Value = {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "SecurityPolicy",
        "metadata": metadata(scene.name),
        "spec": {
            "targetRefs": [target],
            "apiKeyAuth": {
                "credentialRefs": [{"group": "", "kind": "Secret", "name": KEY_SECRET}],
                "extractFrom": [{"headers": ["Authorization"]}],
            },
        },
    }
    address = f"kubectl --namespace {NAMESPACE} get gateway {ENTRY} --output jsonpath='{{.status.addresses[0].value}}'"
    return (apply(route, keys, replaced=_DOMAIN), address, _asked_from_outside(scene))


def _asked_from_outside(scene: Scene) -> str:
    """A request with a key, over the name. A certificate of one's own is not checked."""
    held = f"jsonpath='{{.data.{KEY_ENTRY}}}'"
    key = f"kubectl --namespace {NAMESPACE} get secret {KEY_SECRET} --output {held} | base64 --decode"
    scheme = "https" if CERT_MANAGER in scene.charts else "http"
    unchecked = "" if scene.is_public else "--insecure "
    path = path_of(scene).rstrip("/")
    return (
        f"curl --fail --silent --show-error {unchecked}--retry 60 --retry-all-errors --retry-delay 30 "
        f'"{scheme}://${{DOMAIN}}{path}/{"v1/models" if scene.model_api else "health"}" '
        f'-H "Authorization: Bearer $({key})"'
    )


def _envoy_talks(scene: Scene) -> tuple[str, ...]:
    scheme = "https" if CERT_MANAGER in scene.charts else "http"
    own = "" if path_of(scene) == "/" else path_of(scene)
    there = f"http://{scene.entrance}.{NAMESPACE}"
    return (f"{scheme}://$DOMAIN{own} goes to {there}, with the key of the Secret {KEY_SECRET} as bearer",)


def _ingress(scene: Scene) -> tuple[str, ...]:
    chart = next(chart for chart in INGRESS_CLASSES if chart in scene.charts)
    annotations: dict[str, Value] = {}
    if CERT_MANAGER in scene.charts:
        annotations["cert-manager.io/cluster-issuer"] = ISSUER
    if chart == "ingress-nginx":
        annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] = str(longest_answer_s(scene))
    backend: Value = {"service": {"name": scene.entrance, "port": {"number": 80}}}
    spec: dict[str, Value] = {
        "ingressClassName": INGRESS_CLASSES[chart],
        "rules": [{"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    }
    if CERT_MANAGER in scene.charts:
        spec["tls"] = [{"hosts": [HOST], "secretName": f"{scene.name}-tls"}]
    made: Value = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(scene.name, annotations=annotations),
        "spec": spec,
    }
    # Controllers do not rewrite paths in one way: each of several services has a host of its own.
    host = f"{scene.name}.{HOST}" if scene.option.object_name else HOST
    return (apply(made, replaced=_DOMAIN).replace(f": {HOST}", f": {host}").replace(f"- {HOST}", f"- {host}"),)


def _issuer(scene: Scene) -> Install:
    values: dict[str, Value] = {"crds": {"enabled": True}}
    if ENVOY in scene.charts:
        values["config"] = {
            "apiVersion": "controller.config.cert-manager.io/v1alpha1",
            "kind": "ControllerConfiguration",
            "enableGatewayAPI": True,
        }
    if not _has_entry(scene):
        return Install(values)
    return Install(values, after=(apply(*(_acme(scene) if scene.is_public else _own_authority())),))


def _acme(scene: Scene) -> tuple[Value, ...]:
    """Let's Encrypt asks for a file at the name itself, which the gateway shows on port 80."""
    parent: Value = {"name": ENTRY, "namespace": NAMESPACE, "kind": "Gateway", "sectionName": "http"}
    ingress = next((name for chart, name in INGRESS_CLASSES.items() if chart in scene.charts), "")
    solver: Value = (
        {"gatewayHTTPRoute": {"parentRefs": [parent]}}
        if ENVOY in scene.charts
        else {"ingress": {"ingressClassName": ingress}}
    )
    acme: Value = {
        "server": _ACME, "privateKeySecretRef": {"name": f"{ISSUER}-account"}, "solvers": [{"http01": solver}],
    }  # fmt: skip
    return (_cluster_issuer(ISSUER, {"acme": acme}),)


def _own_authority() -> tuple[Value, ...]:
    """Nobody outside sees the name: a certificate authority of the cluster's own signs it."""
    root = "root-ca"
    certificate: Value = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": metadata(root, CERT_MANAGER),
        "spec": {
            "isCA": True, "commonName": root, "secretName": root, "duration": "87600h",
            "privateKey": {"algorithm": "ECDSA", "size": 256},
            "issuerRef": {"name": "self-signed", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        },
    }  # fmt: skip
    return (
        _cluster_issuer("self-signed", {"selfSigned": {}}),
        certificate,
        _cluster_issuer(ISSUER, {"ca": {"secretName": root}}),
    )


def _cluster_issuer(name: str, spec: Value) -> Value:
    return {
        "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": metadata(name, None), "spec": spec,
    }  # fmt: skip


def _has_entry(scene: Scene) -> bool:
    return bool({ENVOY, *INGRESS_CLASSES} & scene.charts)


def _certificates_unused(scene: Scene) -> str | None:
    asked = CERT_MANAGER in scene.wanted
    if asked or (scene.serves and _has_entry(scene)) or {AMD, "kserve-resources"} & scene.charts:
        return None
    return "" if not scene.serves else "once there is an entry from outside"


def _certificates_talk(scene: Scene) -> tuple[str, ...]:
    amd = ("signs for the webhooks of AMD's operator",) if AMD in scene.charts else ()
    if not (scene.serves and _has_entry(scene)):
        return amd
    by = "Let's Encrypt" if scene.is_public else "the cluster's own authority"
    return (f"has {by} sign the certificate of $DOMAIN, by the issuer {ISSUER}", *amd)


WIRINGS: Mapping[str, Wiring] = {
    ENVOY: Wiring(_envoy_unused, install=_envoy, connect=_route, talks=_envoy_talks),
    CERT_MANAGER: Wiring(_certificates_unused, install=_issuer, talks=_certificates_talk),
    **{
        chart: Wiring(
            _envoy_unused,
            connect=_ingress,
            talks=lambda scene: (f"https://$DOMAIN goes to {scene.address}",),
        )
        for chart in INGRESS_CLASSES
    },
}
