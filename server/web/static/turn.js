// A message is sent without leaving the page; what the graph does is told until the reply is there.
const main = () => document.getElementById("main");

export function prepareTurns(prepare) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const said = messageOf(form, event.submitter);
    if (form.method !== "post" || new URL(form.action).pathname !== "/" || said === null) return;
    event.preventDefault();
    await take(form, said, prepare);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "message" && event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.target.form.requestSubmit();
    }
  });
  window.addEventListener("popstate", () => location.reload());
}

// The same rules as the server's: a button's text, what was typed, or the answers in their order. Null: let the form go.
function messageOf(form, submitter) {
  const fields = new FormData(form);
  if (submitter?.name) return submitter.value;
  const typed = fields.get("message");
  if (typed !== null) return typed.trim() ? typed : null;
  const answers = [1, 2, 3, 4, 5].map((n) => (fields.get(`words${n}`) ?? "").trim() || fields.get(`answer${n}`) || "");
  while (answers.length && !answers.at(-1)) answers.pop();
  return answers.length ? answers.map((answer) => answer || "no preference").join("\n") : null;
}

async function take(form, message, prepare) {
  const fields = new FormData(form);
  const progress = new Progress(message);
  const body = { message, conversation_id: fields.get("conversation"), reply_to: fields.get("reply_to") };
  let conversation = body.conversation_id;
  try {
    const response = await fetch("/api/v1/chat/message/stream", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": fields.get("key") },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(told(await response.json()));
    for await (const { event, data } of events(response.body)) {
      if (event === "turn_started") conversation = data.conversation_id;
      if (event === "node_started") progress.began(data.node);
      if (event === "node_finished") progress.ended(data.node, data.tool_calls);
      if (event === "error") throw new Error(told(data));
    }
    await show(conversation, prepare);
  } catch (error) {
    progress.failed(error.message);
    document.getElementById("message").value = message;
  }
}

function told(problem) {
  return [problem.detail ?? problem.title, problem.remedy].filter(Boolean).join(" ");
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value.replaceAll("\r\n", "\n");
    const parts = held.split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const lines = part.split("\n");
      const event = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}

async function show(conversation, prepare) {
  const address = `/?conversation=${conversation}`;
  const page = new DOMParser().parseFromString(await (await fetch(address, { headers: { Accept: "text/html" } })).text(), "text/html");
  main().replaceWith(page.getElementById("main"));
  document.querySelector("aside").replaceWith(page.querySelector("aside"));
  document.title = page.title;
  document.body.dataset.conversation = conversation;
  if (location.search !== `?conversation=${conversation}`) history.pushState(null, "", address);
  prepare(main());
  const last = [...document.querySelectorAll("#talk > *")].at(-1);
  last.tabIndex = -1;
  last.focus({ preventScroll: true });
  last.scrollIntoView({ block: "start" });
}

class Progress {
  constructor(message) {
    this.section = document.getElementById("progress");
    this.list = this.section.querySelector("ol");
    this.words = document.getElementById("progress-words");
    this.section.hidden = false;
    this.list.replaceChildren();
    this.words.textContent = "Working on it …";
    for (const notice of document.querySelectorAll(".notice.of-script")) notice.remove();
    const said = document.createElement("article");
    said.className = "user";
    said.textContent = message;
    document.getElementById("talk").append(said);
    document.getElementById("message").value = "";
    for (const button of main().querySelectorAll("button")) button.disabled = true;
    this.section.scrollIntoView({ block: "nearest" });
    this.said = said;
    this.items = new Map();
    this.begun = new Map();
  }

  began(node) {
    const item = document.createElement("li");
    item.className = "going";
    item.textContent = this.nameOf(node);
    this.items.set(node, item);
    this.begun.set(node, performance.now());
    this.list.append(item);
    this.words.textContent = `${this.nameOf(node)} …`;
  }

  ended(node, calls) {
    const item = this.items.get(node);
    if (!item) return;
    const found = calls.map((call) => (call.status === "ok" || call.status === "empty" ? `${call.rows.toLocaleString("en")} found` : call.status.replace("_", " ")));
    const note = document.createElement("small");
    note.textContent = [...found, `${Math.round(performance.now() - this.begun.get(node))} ms`].join(" · ");
    item.className = "";
    item.append(note);
  }

  failed(why) {
    this.section.hidden = true;
    this.said.remove();
    for (const button of main().querySelectorAll("button")) button.disabled = false;
    const notice = document.createElement("p");
    notice.className = "notice of-script";
    notice.role = "alert";
    notice.textContent = why;
    document.getElementById("composer").before(notice);
  }

  nameOf(node) {
    const words = document.getElementById("node-words").content.querySelector(`[data-node="${CSS.escape(node)}"]`);
    return words?.textContent ?? node;
  }
}
