"""Our routes beside those of LangGraph's dev server (`langgraph.json`), behind the same sign-in."""

from fastapi import FastAPI

from server.app import create_app
from server.guards import SameOrigin
from settings import Settings, settings

PAGES = ("https://smith.langchain.com", "http://localhost:3000")
"""Of Studio, and of a chat page (agent-chat-ui) on this machine: they talk to it from the user's browser. Those of
`langgraph.json`."""
BODY_BYTES = 50_000_000
"""An edited state comes back whole."""
ANSWERED_THERE = {"SameOrigin", "CORSMiddleware"}


def studio_app(chosen: Settings) -> FastAPI:
    """Our application, open to these pages, which ask often. The dev server answers for CORS."""
    asked_often = {"requests_per_minute": 0, "requests_at_once": 0, "max_body_bytes": BODY_BYTES}
    made = create_app(chosen.model_copy(update=asked_often))
    made.user_middleware = [
        one for one in made.user_middleware if getattr(one.cls, "__name__", "") not in ANSWERED_THERE
    ]
    made.add_middleware(SameOrigin, allowed=(*chosen.cors_origins, *PAGES))
    made.router.on_startup.clear()  # LangServe's banner, which the dev server would refuse
    return made


app = studio_app(settings())
