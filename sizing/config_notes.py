"""What a config.json leaves open, and what was taken instead: the sentences that a proof shows."""

from collections.abc import Collection

from sizing.architecture import DEFAULT_VOCABULARY
from sizing.config_fields import Config, model_type
from sizing.engine_rows import served_architectures
from sizing.layer_sequence import Sequence
from sizing.networks_beside import UNKNOWN
from sizing.part_formats import Precision
from sizing.tables import ENCODERS, vocabulary_of

WRITERS = ("ForCausalLM", "ForConditionalGeneration")
"""Ends of the classes that an engine has by name; embedders and classifiers it makes of them itself."""


def notes_of(
    config: Config, text: Config, sequence: Sequence, precision: Precision, unsized: Collection[str]
) -> tuple[str, ...]:  # fmt: skip
    """`unsized`: fields that name a network without figures."""
    notes = [
        f"layers of the kind '{word[:40]}' are not known: counted as full attention, whose cache is not smaller"
        for word in sequence.unknown
    ]
    if vocabulary_of(text) is None:
        notes.append(f"the vocabulary is not said: {DEFAULT_VOCABULARY:,} words taken")
    if unsized:
        notes.append(
            f"{', '.join(unsized)} has no figures that parameters follow from: as much is taken for each as all the "
            f"rest has, at most {UNKNOWN / 1e9:g}B"
        )
    classes = config.get("architectures")
    named = [name for name in classes if str(name).endswith(WRITERS)] if isinstance(classes, list) else []
    if named and served_architectures().isdisjoint(named):
        notes.append(
            f"no release of vLLM here lists {named[0][:60]}: figures are those that the engine would have for it"
        )
    if "mask_token_id" in text and model_type(text) not in ENCODERS:
        notes.append(
            "a model that writes by diffusion: it reads its whole block in every pass; cache and speed are those of a "
            "decoder of its size"
        )
    if precision.unsure:
        notes.append(precision.unsure)
    return tuple(notes)
