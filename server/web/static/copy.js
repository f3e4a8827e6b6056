// A button on every block of commands.
export function prepareCopying(root) {
  for (const block of root.querySelectorAll("pre")) {
    if (block.parentElement.classList.contains("copied-from")) continue;
    const text = block.textContent;
    const around = document.createElement("div");
    around.className = "copied-from";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      button.textContent = (await copied(text)) ? "Copied" : "Select and copy by hand";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    block.tabIndex = 0;
    block.replaceWith(around);
    around.append(block, button);
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
