"""Lets torchvision be imported beside a CPU build of PyTorch, where its operators, compiled for CUDA, do not load.

Python reads a file of this name at its start, from PYTHONPATH. The operators that torchvision speaks of even then are
declared and not made: who calls them fails.
"""

import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType


class _BeforeTorchvision:
    """Finds nothing; declares the operators when torchvision is looked for the first time."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            if torch.version.cuda is None:
                self.declared = torch.library.Library("torchvision", "DEF")
                for operator in ("nms", "qnms"):
                    self.declared.define(f"{operator}(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor")
        return None


FINDER = _BeforeTorchvision()
sys.meta_path.insert(0, FINDER)
