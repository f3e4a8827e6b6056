// A chat client as agent-chat-ui is one, through the JavaScript SDK: prints what it saw as JSON.
import { Client } from "@langchain/langgraph-sdk";

const [url, open, clear] = process.argv.slice(2);
const client = new Client({ apiUrl: url });
const seen = {};
const said = (content) => ({ messages: [{ type: "human", content }] });
const told = (state) => state.messages.map((message) => [message.type, message.content]);

const [assistant] = await client.assistants.search({ graphId: "architect" });
const graph = await client.assistants.getGraph(assistant.assistant_id);
seen.nodes = graph.nodes.map((node) => node.id);

const asked = await client.threads.create();
for await (const part of client.runs.stream(asked.thread_id, "architect", {
  input: said(open), streamMode: ["values"], streamSubgraphs: true,
})) if (part.event === "values") seen.last = told(part.data);
const waiting = await client.threads.getState(asked.thread_id);
seen.interrupt = waiting.tasks[0].interrupts[0].value.questions.map((question) => question.field);
const resumed = await client.runs.wait(asked.thread_id, "architect", {
  command: { resume: { task_type: "inference", domain: "llm" } },
});
seen.resumed = resumed.reply.response_type;

const second = await client.threads.create();
await client.runs.wait(second.thread_id, "architect", { input: said(open) });
await client.threads.updateState(second.thread_id, { values: { message: "Serve a language model" }, asNode: "clarify" });
seen.written = (await client.runs.wait(second.thread_id, "architect", { input: null })).reply.response_type;

const third = await client.threads.create();
await client.runs.wait(third.thread_id, "architect", { input: said(open) });
seen.answered = (await client.runs.wait(third.thread_id, "architect", { input: said("1, 1, 4") })).reply.response_type;

const thread = await client.threads.create();
seen.events = {};
seen.spoken = {};
for await (const part of client.runs.stream(thread.thread_id, "architect", {
  input: said(clear),
  streamMode: ["values", "updates", "messages-tuple", "custom", "events", "tasks", "checkpoints", "debug"],
})) {
  seen.events[part.event] = (seen.events[part.event] ?? 0) + 1;
  if (part.event === "messages") seen.spoken[part.data[0].type] = part.data[0].content;
  if (part.event === "custom" && part.data.event === "began") (seen.began ??= []).push(part.data.node);
}
const history = await client.threads.getHistory(thread.thread_id, { limit: 50 });
const forks = {};
for (const past of history) if (past.next.length) forks[past.next.join()] = past.checkpoint.checkpoint_id;
const state = await client.threads.getState(thread.thread_id);
seen.plan = state.values.reply.response;
seen.forks = {};
for (const [next, checkpointId] of Object.entries(forks)) {
  const again = await client.runs.wait(thread.thread_id, "architect", { input: null, checkpointId });
  seen.forks[next] = again.reply.response === seen.plan;
}
console.log(JSON.stringify(seen));
