"""Convolutional U-Nets over images and volumes: parameters, arithmetic and activations from the shape of the net."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UNet:
    """Two convolutions a level on the way down and on the way up; every level halves the edges.

    The plain architecture of nnU-Net (Isensee et al., Nature Methods 2021).
    """

    edge: int
    dimensions: int
    base_channels: int = 32
    levels: int = 6
    max_channels: int = 320
    input_channels: int = 1

    def channels(self, level: int) -> int:
        """Feature maps of a level."""
        return min(self.base_channels << level, self.max_channels)

    def positions(self, level: int) -> float:
        """Voxels (or pixels) of a level."""
        return float((self.edge / 2**level) ** self.dimensions)

    @property
    def params(self) -> float:
        """Weights of all 3^d convolutions."""
        return sum(pairs for _, pairs in self._convolutions())

    @property
    def forward_macs(self) -> float:
        """Multiply-accumulates of one patch."""
        return sum(self.positions(level) * pairs for level, pairs in self._convolutions())

    @property
    def activation_bytes(self) -> float:
        """What training keeps of one patch in 16 bits: per convolution its input, its normalised output, its
        non-linearity; four convolutions a level (two at the bottom)."""
        kept = 0.0
        for level in range(self.levels):
            convolutions = 2 if level == self.levels - 1 else 4
            kept += self.positions(level) * self.channels(level) * convolutions * 3 * 2
        return kept

    def _convolutions(self) -> list[tuple[int, float]]:
        """(level, kernel size x inputs x outputs) of every convolution."""
        kernel = 3**self.dimensions
        found: list[tuple[int, float]] = []
        for level in range(self.levels):
            channels = self.channels(level)
            below = self.input_channels if level == 0 else self.channels(level - 1)
            found += [(level, kernel * below * channels), (level, kernel * channels * channels)]
            if level < self.levels - 1:
                found += [(level, kernel * 2 * channels * channels), (level, kernel * channels * channels)]
        return found


NNUNET_3D = UNet(edge=128, dimensions=3)
"""nnU-Net's full-resolution 3-D configuration: patches of 128^3, about 31M parameters."""
