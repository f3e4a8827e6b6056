"""The plan as one page that prints well and needs nothing but itself."""

from html import escape

from markdown_it import MarkdownIt

from artifacts.notation import one_line

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #0f172a; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.85rem; } th, td { border: 1px solid #cbd5e1; padding: 4px 8px; text-align: left; }
pre { background: #f1f5f9; padding: 0.75rem; overflow-x: auto; font-size: 0.78rem; } code { font-family: ui-monospace, monospace; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
@media print { body { max-width: none; margin: 0; font-size: 10pt; } pre { white-space: pre-wrap; } h2, h3, table, figure { break-inside: avoid; } }
"""  # noqa: E501


def plan_page(title: str, markdown: str, picture: str) -> str:
    """`markdown`: the whole plan; raw HTML in it is shown as text. `picture`: SVG of ours."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_text(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}\n<style>{_STYLE}</style></head>\n<body>\n<main>\n'
        f"<figure>\n{picture}</figure>\n{body}</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(one_line(text))
