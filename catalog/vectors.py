"""What embedders make; apart from them, since importing numpy takes longer than most commands need."""

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
