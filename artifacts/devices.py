"""Devices that no image of an engine starts on (a Mac, a Jetson, a Radeon card): llama.cpp is built there."""

from artifacts.engines import Engine, checkpoint, llama_flags
from artifacts.first_request import curl, request_of
from artifacts.workloads import PORT
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.engine_rows import llama_cpp_alone
from sizing.engines import LLAMA_CPP

_BACKENDS = {"nvidia": "GGML_CUDA", "amd": "GGML_VULKAN", "intel": "GGML_VULKAN"}
_OWN_GGUF = '"${GGUF:?a repository of the Hub with these weights as GGUF}"'
_SERVER = "./llama.cpp/build/bin/llama-server"


def is_device(option: PlacementOption) -> bool:
    """Whether the GPU is such a device."""
    return option.offer.gpu is not None and llama_cpp_alone(option.offer.gpu.family)


def device_steps(option: PlacementOption, spec: WorkloadSpec) -> tuple[Step, ...]:
    """From nothing to an answer on the device itself."""
    gpu, version = option.offer.gpu, LLAMA_CPP.release.version
    assert gpu is not None
    backend = _BACKENDS.get(gpu.vendor)
    built = (
        f"git clone --depth 1 --branch {version} https://github.com/ggml-org/llama.cpp",
        f"cmake -S llama.cpp -B llama.cpp/build{f' -D{backend}=ON' if backend else ''}",
        "cmake --build llama.cpp/build --config Release --target llama-server -j 4",
    )
    published = checkpoint(option)
    repository = published if "gguf" in published.lower() or published.startswith(('"$', "$")) else _OWN_GGUF
    weights = f"{repository}:{(option.quantization or '').upper()}"
    served = f"{_SERVER} --hf-repo {weights} --host 127.0.0.1 --port {PORT} {' '.join(llama_flags(option))}"
    request = request_of(option, Engine.LLAMA_CPP, spec)
    return (
        Step(order=1, title="Build llama.cpp", commands=built,
             detail=f"On the {gpu.name} itself, with git, CMake and a compiler: no image of an engine starts there."
                    + (" Metal is on by default." if gpu.vendor == "apple" else "")),
        Step(order=2, title="Start it", commands=(served,),
             detail="It fetches the weights the first time and listens on this machine alone."),
        Step(order=3, title="Ask it something", commands=(curl(request, f"http://127.0.0.1:{PORT}", key=False),),
             detail="In a second terminal. The speed of the plan is an estimate: the answer tells what it really was."),
    )  # fmt: skip
