"""Prints the libraries of all programs at the versions that plans print, PyTorch first: what `make programs` installs.

Read without a YAML library, because nothing is installed yet when it runs. XGBoost comes in its CPU form, which is the
same version without CUDA's libraries; what needs a GPU is left out.
"""

import re
from pathlib import Path

PACKAGES = Path(__file__).parents[2] / "artifacts" / "program" / "packages.yaml"
ROW = re.compile(r'^  ([a-z0-9-]+): \{version: "([^"]+)"', re.MULTILINE)
CPU_FORM = {"xgboost": "xgboost-cpu"}
OF_THE_TESTS = ("pytest==9.2.0", "pytest-xdist")


def main() -> None:
    text = PACKAGES.read_text(encoding="utf-8")
    torch = max(re.findall(r'torch: "([^"]+)"', text), key=lambda version: [int(part) for part in version.split(".")])
    print(f"torch=={torch}")
    for name, version in ROW.findall(text):
        print(f"{CPU_FORM.get(name, name)}=={version}")
    print("\n".join(OF_THE_TESTS))


if __name__ == "__main__":
    main()
