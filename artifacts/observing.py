"""Prometheus and Grafana as the plan uses them: what is scraped, what is drawn, and by whose address."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from artifacts.drivers import PROMETHEUS, shows_gpu_metrics
from artifacts.engines import Engine
from artifacts.wiring import PASSWORD, Install, Scene, Wiring, apply, metadata, namespace, secret
from artifacts.workloads import Value
from domain.own_files import own_yaml

PROMETHEUS_URL = f"http://{PROMETHEUS}-prometheus.{PROMETHEUS}:9090"
ALERTMANAGER = f"http://{PROMETHEUS}-alertmanager.{PROMETHEUS}:9093"
GRAFANA_SERVICE = f"{PROMETHEUS}-grafana"
_METRICS = {Engine.VLLM: "vllm"}
"""Engines that answer /metrics at the port of their API, and their panels."""


def tells_metrics(scene: Scene) -> bool:
    """Whether the workload itself answers /metrics."""
    return scene.engine in _METRICS


def service_monitor(scene: Scene) -> Value:
    """Prometheus finds the Service of the workload by its label and scrapes the port that is named `http`."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(scene.name),
        "spec": {
            "selector": {"matchLabels": {"app": scene.name}},
            "endpoints": [{"port": "http", "path": "/metrics", "interval": "15s"}],
        },
    }


def dashboard(scene: Scene) -> Value:
    """A ConfigMap that Grafana's sidecar loads by its label."""
    shown = [*(_panels()[_METRICS[scene.engine]] if tells_metrics(scene) else ())]
    shown += _panels().get(scene.vendor or "", ()) if shows_gpu_metrics(scene) else ()
    panels = [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": title,
            "gridPos": {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8},
            "fieldConfig": {"defaults": {"unit": unit}},
            "targets": [{"expr": query.format(service=scene.name)}],
        }
        for number, (title, unit, query) in enumerate(shown)
    ]
    drawn = {"title": scene.name, "uid": scene.name[:40], "refresh": "30s", "panels": panels}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(f"{scene.name}-dashboard", PROMETHEUS, labels={"grafana_dashboard": "1"}),
        "data": {f"{scene.name}.json": json.dumps(drawn)},
    }


def _unused(scene: Scene) -> str | None:
    if tells_metrics(scene) or shows_gpu_metrics(scene) or PROMETHEUS in scene.wanted:
        return None
    return "once the program tells Prometheus something: nothing in this plan has metrics to scrape"


def _install(scene: Scene) -> Install:
    values: Value = {
        "prometheus": {
            "prometheusSpec": {
                # Monitors and rules of every namespace count, not only those of this release.
                "serviceMonitorSelectorNilUsesHelmValues": False,
                "podMonitorSelectorNilUsesHelmValues": False,
                "ruleSelectorNilUsesHelmValues": False,
            }
        },
        "grafana": {
            "admin": {"existingSecret": "grafana-admin", "userKey": "admin-user", "passwordKey": "admin-password"}
        },
    }
    made = secret(PROMETHEUS, "grafana-admin", {"admin-user": "admin", "admin-password": PASSWORD})
    assert isinstance(values, Mapping)
    return Install(values, before=(namespace(PROMETHEUS), made))


def _connect(scene: Scene) -> tuple[str, ...]:
    # The chart that serves brings a monitor of its own.
    objects = [service_monitor(scene)] if tells_metrics(scene) and not scene.by_chart else []
    if tells_metrics(scene) or shows_gpu_metrics(scene):
        objects.append(dashboard(scene))
    return (apply(*objects),) if objects else ()


def _talks(scene: Scene) -> tuple[str, ...]:
    scraped = (f"reads {scene.address}/metrics every 15 s",) if tells_metrics(scene) else ()
    gpus = ("reads the exporter of the GPUs",) if shows_gpu_metrics(scene) else ()
    drawn = (f"Grafana draws the dashboard {scene.name}",) if scraped or gpus else ()
    return (f"answers queries at {PROMETHEUS_URL}", *gpus, *scraped, *drawn)


def _falco(scene: Scene) -> Install:
    if PROMETHEUS not in scene.charts:
        return Install({"tty": True, "driver": {"kind": "modern_ebpf"}})
    sidekick: Value = {"enabled": True, "config": {"alertmanager": {"hostport": ALERTMANAGER}}}
    return Install({"tty": True, "driver": {"kind": "modern_ebpf"}, "falcosidekick": sidekick})


def _falco_talks(scene: Scene) -> tuple[str, ...]:
    if PROMETHEUS not in scene.charts:
        return ("writes what it notices to its log",)
    return (f"sends what it notices to {ALERTMANAGER}",)


@lru_cache
def _panels() -> dict[str, tuple[tuple[str, str, str], ...]]:
    return own_yaml(Path(__file__).with_name("dashboard.yaml"), dict[str, tuple[tuple[str, str, str], ...]])


WIRINGS: Mapping[str, Wiring] = {
    PROMETHEUS: Wiring(_unused, install=_install, connect=_connect, talks=_talks),
    "falco": Wiring(lambda scene: None, install=_falco, talks=_falco_talks),
}
