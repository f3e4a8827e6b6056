"""The content security policy of a page of ours: its own style sheet, its own forms, and nothing else."""

import base64
import hashlib
import re

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page_policy(html: str) -> str:
    """For a page whose style sheets are those in `html`: each is allowed by its hash, so no other one can be put in."""
    hashes = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html))
    styles = " ".join(f"'sha256-{value}'" for value in hashes) or "'none'"
    return f"default-src 'none'; style-src {styles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
