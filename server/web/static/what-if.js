// Controls over a plan: a change is placed at once and told; only "Keep this" makes it the plan.
const PAUSE_MS = 350;

export function prepareWhatIf(root, conversation) {
  const form = root.querySelector("[data-what-if]");
  if (!form || !conversation) return;
  form.hidden = false;
  const told = form.querySelector("output");
  const keep = form.querySelector("[data-keep]");
  let wait, asked = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(suppose, PAUSE_MS);
  });
  keep.addEventListener("click", () => {
    const composer = document.getElementById("composer");
    composer.elements.message.value = sentence(form);
    composer.requestSubmit(composer.querySelector(".primary"));
  });

  async function suppose() {
    const message = sentence(form);
    const number = ++asked;
    keep.disabled = true;
    if (!message) {
      told.textContent = "";
      return;
    }
    told.textContent = "Placing …";
    const response = await fetch(`/conversations/${conversation}/what-if`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message }),
    });
    const found = await response.json();
    if (number !== asked) return;
    told.textContent = response.ok ? [found.answer, ...found.changes].join("\n") : [found.detail, found.remedy].filter(Boolean).join(" ");
    keep.disabled = !response.ok;
  }
}

function sentence(form) {
  return [...form.elements]
    .filter((control) => control.name && control.value)
    .map((control) => (control.dataset.said ? control.dataset.said.replace("{}", control.value) : control.value))
    .join(", ");
}
