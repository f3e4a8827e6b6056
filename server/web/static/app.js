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

// An assumption becomes a button that puts its words where they can be changed.
function prepareAssumptions(root) {
  for (const item of root.querySelectorAll("[data-assumptions] li")) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Change this";
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      const box = document.getElementById("message");
      box.value = `Not so: “${button.textContent.trim()}”. `;
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
    });
    item.append(button);
  }
}

prepareTurns(prepare);
prepare(document);
