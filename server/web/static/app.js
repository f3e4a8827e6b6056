// What a script adds to a page that works without one: a turn told as it goes, buttons to copy, the what-if panel.
import { prepareCopying } from "./copy.js";
import { prepareTurns } from "./turn.js";
import { prepareWhatIf } from "./what-if.js";

export function prepare(root) {
  prepareCopying(root);
  prepareAssumptions(root);
  prepareWhatIf(root, document.body.dataset.conversation);
  for (const form of root.querySelectorAll("form[action$='/delete']")) {
    form.addEventListener("submit", (event) => {
      if (!confirm("Delete this conversation and its plans for good?")) event.preventDefault();
    });
  }
}

// An assumption becomes a button that puts it where it is said, its first figure selected, to be said otherwise.
function prepareAssumptions(root) {
  for (const item of root.querySelectorAll("[data-assumptions] li")) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Say it otherwise";
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      const box = document.getElementById("message");
      box.value = button.textContent.trim();
      box.focus();
      const figure = /\d[\d,.]*\d|\d/.exec(box.value);
      if (figure) box.setSelectionRange(figure.index, figure.index + figure[0].length);
    });
    item.append(button);
  }
}

// A link to a fold opens it.
function openTarget() {
  const fold = location.hash && document.getElementById(location.hash.slice(1));
  if (fold?.tagName === "DETAILS") fold.open = true;
}

window.addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[href^='#']")) setTimeout(openTarget);
});
openTarget();
prepareTurns(prepare);
prepare(document);
