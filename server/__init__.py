"""The doors: HTTP, LangServe, and the turns that the command line takes in process."""

import os

# LangGraph reads it when its serialiser is first imported: a checkpoint may only hold the state's own types.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
