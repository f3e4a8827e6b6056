"""Hosts, buckets and containers that are the user's own are read as such, and other addresses are not."""

import pytest

from graph.understanding.mentions.own_names import own_names

CASES: list[tuple[str, list[tuple[str, str]]]] = [
    ("the data are in our S3 bucket acme-ft.", [("data", "s3://acme-ft")]),
    ("on our domain llm.acme.io with TLS", [("host", "llm.acme.io")]),
    ("Users reach it at https://assistant.example.de.", [("host", "assistant.example.de")]),
    ("Internal name llm.intern.example.", [("host", "llm.intern.example")]),
    (
        "The data are in s3://acme-train/chats and the adapters have to be written to s3://acme-models/lora.",
        [("data", "s3://acme-train/chats"), ("results", "s3://acme-models/lora")],
    ),
    (
        "Tickets lie in the Blob container support-raw of the storage account acmedata, the summaries go into the "
        "container support-summaries.",
        [("data", "support-raw"), ("account", "acmedata"), ("results", "support-summaries")],
    ),
    (
        "prompts are in the Spaces bucket prompts-nyc3 and the images go to the Spaces bucket renders-nyc3.",
        [("data", "prompts-nyc3"), ("results", "renders-nyc3")],
    ),
    (
        "recordings are in the Object Storage bucket appels, the transcripts go back to the bucket transcripts.",
        [("data", "appels"), ("results", "transcripts")],
    ),
    ("documents are in an OVH object storage bucket called docs-wissen.", [("data", "docs-wissen")]),
    ("I want the adapter saved to Spaces", [("results", "Spaces")]),
    ("load the vectors into our Qdrant at qdrant.acme.io.", []),
    ("images come from registry.acme.io/ml", []),
    ("an OpenAI compatible API like api.openai.com", []),
    ("run it in Docker containers on-prem with model.py", []),
    ("We have an S3 bucket in eu-west-1 with 2 TB", []),
    ("put it in a container image and push", []),
    ("The bucket holds 3 TB of scans", []),
    (
        "audio sits in gs://calls-eu/raw, write transcripts to gs://calls-eu/out",
        [("data", "gs://calls-eu/raw"), ("results", "gs://calls-eu/out")],
    ),
    ("should be available under chat.firma.ch", [("host", "chat.firma.ch")]),
    ("save checkpoints to S3 and results to GCS.", [("results", "S3"), ("results", "GCS")]),
    ("endpoint must be at api.gpt.example.com", [("host", "api.gpt.example.com")]),
    ("We call Llama.cpp today. It opens in 2 s", []),
    ("results are written in the bucket `outbox`", [("results", "outbox")]),
    (
        "Read abfss://raw@acmelake.dfs.core.windows.net/tickets nightly",
        [("data", "abfss://raw@acmelake.dfs.core.windows.net/tickets")],
    ),
    ("scale to 10 req/s. Users are in eu-west-1.", []),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_names_of_the_user_s_own(text: str, wanted: list[tuple[str, str]]) -> None:
    found = own_names(text)
    assert [(one.use, one.name) for one in found] == wanted
    assert all(one.name.endswith(text[one.start : one.end]) for one in found)
