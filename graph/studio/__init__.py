"""The same graph for LangGraph's dev server and its clients: Studio, the SDKs, RemoteGraph, chat pages.

`graph.architect` is the map, and its nodes do the work. Beside it stand here: `messages`, so that clients of chats show
the conversation; a configuration for assistants; progress as `custom` events; and edges that look at the state, so
that an edit of it goes on from there.
"""
