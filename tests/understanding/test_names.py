"""Names: their aliases and misspellings, and the ordinary words that are none."""

import pytest

from graph.understanding.merge.conversation import read_turns
from tests.understanding.talking import spec_of, starter_reader


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("deploy lama 70b", "models.0.params_b", 70.0),
        ("deploy lamma 70b", "models.0.name", "Llama 70b"),
        ("serve mistrel 7b on nvida h100", "gpu.models", ("H100",)),
        ("serve mistral 7b on azrue", "location.providers", ("azure",)),
        ("serve mistral 7b with kafak", "components.wanted", ("kafka",)),
        ("fintune mistral 7b with ml flow", "components.wanted", ("mlflow",)),
        ("serve mistral 7b at Google Cloud", "location.providers", ("gcp",)),
        ("serve mistral 7b on microsoft azure in Frankfurt", "location.regions", ("germanywestcentral",)),
        ("serve mistral 7b in us-east-1", "location.regions", ("us-east-1",)),
        ("serve mistral 7b, data must stay in Germany", "location.jurisdictions", ("DE",)),
        ("serve mistral 7b, EU only", "location.jurisdictions", ("EU",)),
        ("serve mistral 7b, the data must not leave the UK", "location.jurisdictions", ("UK",)),
        ("serve mistral 7b on Together", "location.providers", ("together",)),
        ("train a model with Ray", "components.wanted", ("ray",)),
    ],
)
async def test_a_name_is_known_however_it_is_written(words: str, field: str, value: object) -> None:
    got: object = await spec_of(words)
    for step in field.split("."):
        got = got[int(step)] if isinstance(got, tuple) and step.isdigit() else getattr(got, step)
    assert got == value


@pytest.mark.parametrize(
    "words",
    [
        "We work together on a vast dataset of ray tracing scenes",
        "Tell us what the best base model is for a small team",
        "Our users in Germany and France speak German and French",
        "We want to spot mistakes and box them in, step by step, at scale",
        "The aim is to replicate our core process; the compass points to open standards",
        "Amazon reviews and Google Sheets exports are translated from Japanese to English",
        "A lambda function calls the API from Microsoft Teams",
        "The forge of our titan project is a temporal flow of salt and solar energy",
    ],
)
async def test_ordinary_words_name_nothing(words: str) -> None:
    spec = (await read_turns(starter_reader(), [words])).spec
    assert (spec.models, spec.gpu.models, spec.components.wanted) == ((), (), ())
    assert (spec.location.providers, spec.location.regions, spec.location.jurisdictions) == ((), (), ())
    assert spec.pricing is None


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("anything but Azure", "location.excluded_providers", ("azure",)),
        ("no AWS, Azure or GCP", "location.excluded_providers", ("aws", "azure", "gcp")),
        ("AWS or GCP but not Oracle", "location.providers", ("aws", "gcp")),
        ("nothing but AWS", "location.providers", ("aws",)),
        ("we are on AWS today but are moving to GCP", "location.providers", ("gcp",)),
        ("cheaper than AWS", "location.providers", ()),
        ("A100s are too expensive, no A100", "gpu.excluded", ("A100",)),
        ("A100s are too expensive, no A100", "gpu.models", ()),
        ("without Kafka, MLflow for tracking", "components.wanted", ("mlflow",)),
        ("without Kafka, MLflow for tracking", "components.excluded", ("kafka",)),
        ("our existing Kafka stays, add MLflow", "components.wanted", ("mlflow",)),
        ("never spot", "pricing", "on_demand"),
        ("HIPAA: no, GDPR: yes", "compliance", ("gdpr",)),
    ],
)
async def test_negation_reaches_as_far_as_it_is_meant(words: str, field: str, value: object) -> None:
    got: object = await spec_of(f"Serve Mistral 7B. {words[0].upper()}{words[1:]}.")
    for step in field.split("."):
        got = getattr(got, step)
    assert got == value
