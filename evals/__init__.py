"""Measures the product: scenarios in the words of users, graders in code, and a report that compares with the last."""

import os

# LangGraph reads it when its serialiser is first imported: a checkpoint may only hold the state's own types.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
