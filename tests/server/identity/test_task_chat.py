"""The task chat as a client of the first system goes through it: sign up, sign in, say, go on."""

import json
import subprocess
from uuid import uuid4


def curl(url: str, body: object, token: str = "") -> dict[str, object]:
    """As people type it."""
    sign = ["-H", f"Authorization: Bearer {token}"] if token else []
    command = ["curl", "-s", "--noproxy", "*", "-X", "POST", url, "-H", "Content-Type: application/json", *sign]
    answer = subprocess.run([*command, "-d", json.dumps(body)], check=True, capture_output=True, timeout=60).stdout
    read: dict[str, object] = json.loads(answer)
    return read


def test_sign_up_sign_in_say_and_go_on(secured: str) -> None:
    who = {"email": f"{uuid4().hex}@example.com", "password": "six blue bicycles in a row", "name": "Ada"}
    assert curl(f"{secured}/api/auth/signup", who)["token_type"] == "bearer"
    token = str(curl(f"{secured}/api/auth/login", who)["access_token"])
    said = curl(f"{secured}/api/chat", {"conversation_id": None, "message": "add buy groceries to my list"}, token)
    number = said["conversation_id"]
    assert isinstance(number, int)
    left = curl(f"{secured}/api/chat", {"conversation_id": number, "message": "what is left?"}, token)
    assert left["conversation_id"] == number
    assert "buy groceries" in str(left["response"])
    assert left["tool_calls"] == [{"tool": "list_tasks", "arguments": {"status": "open"}}]
    assert curl(f"{secured}/api/chat", {"message": "what is left?"})["status"] == 401
