// Sliders and switches over a plan: a change is placed at once and told; only "Keep this" makes it the plan.
const PAUSE_MS = 120;

export function prepareWhatIf(root, conversation) {
  const form = root.querySelector("[data-what-if]");
  if (!form || !conversation) return;
  form.hidden = false;
  const outcome = form.querySelector("[data-outcome]");
  const send = form.querySelector(".send");
  let wait, asking;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.type === "range") shownAt(event.target);
    later(PAUSE_MS);
  });
  form.addEventListener("reset", () => {
    setTimeout(() => form.querySelectorAll("[type=range]").forEach(shownAt));
    later(0);
  });
  form.querySelector("[data-keep]").addEventListener("click", () => {
    const composer = document.getElementById("composer");
    composer.elements.message.value = sentence(form);
    composer.requestSubmit(composer.querySelector(".primary"));
  });

  function later(pause) {
    clearTimeout(wait);
    wait = setTimeout(suppose, pause);
  }

  async function suppose() {
    asking?.abort();
    const message = sentence(form);
    send.hidden = !message;
    if (!message) return outcome.replaceChildren();
    asking = new AbortController();
    outcome.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`/conversations/${conversation}/what-if`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message }),
        signal: asking.signal,
      });
      const found = await response.json();
      if (response.ok) outcome.replaceChildren(...told(found));
      else outcome.replaceChildren(paragraph([found.detail, found.remedy].filter(Boolean).join(" ")));
      form.querySelector("[data-keep]").disabled = !response.ok;
      outcome.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name === "AbortError") return;
      outcome.replaceChildren(paragraph("The server could not be reached."));
      outcome.removeAttribute("aria-busy");
    }
  }
}

function sentence(form) {
  const said = [];
  for (const control of form.elements) {
    if (control.type === "range" && control.value !== control.dataset.at) said.push(stopOf(control).value);
    if (control.type === "radio" && control.checked && !("stands" in control.dataset)) said.push(control.value);
  }
  return said.filter(Boolean).join(", ");
}

function stopOf(control) {
  return control.parentElement.querySelectorAll("data")[control.value];
}

function shownAt(control) {
  const label = stopOf(control).textContent;
  control.parentElement.querySelector("output").textContent = label;
  control.setAttribute("aria-valuetext", label);
}

function* told(found) {
  yield paragraph(found.answer);
  if (!found.rows.length) return;
  const table = document.createElement("table");
  for (const row of found.rows) {
    const line = table.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = row.what;
    line.append(name);
    line.insertCell().append(gone(row.before));
    line.insertCell().textContent = row.after;
  }
  yield table;
}

function gone(words) {
  const struck = document.createElement("del");
  struck.textContent = words;
  return struck;
}

function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}
