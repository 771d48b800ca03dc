// A stand-in for the server, to develop and test the page: the contract, with scripted models. No dependencies.
//   npm run build && npm run mock       PORT=8000 MOCK_KEY=secret MOCK_DELAY=15 MOCK_LOADING=2
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EXPECTED, FAMILIES, MODELS, problem, scriptFor } from "./scripts.mjs";
import { watch } from "./watch.mjs";

const { PORT = "8000", MOCK_KEY = "", MOCK_DELAY = "15", MOCK_LOADING = "0" } = process.env;
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
let loading = Number(MOCK_LOADING); // calls still to be refused
const running = new Map(); // request id -> { end: whether "answer now" was pressed }

const json = (response, status, body) => {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
};
const refuse = (response, status, message, code = null) =>
  json(response, status, { error: { message, type: "invalid_request_error", param: null, code } });

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || "{}");
}

const ROUTES = {
  "GET /health": (_, response) => json(response, 200, { status: "ok" }),
  "GET /version": (_, response) => json(response, 200, { version: "mock", pages: ["chat", "watch"] }),
  "GET /v1/models": (_, response) => json(response, 200, { object: "list", data: MODELS }),
  "GET /v1/scratchwork/families": (_, response) => json(response, 200, { families: FAMILIES }),
  "GET /v1/scratchwork/problem": (request, response) => {
    const query = new URL(request.url, "http://x").searchParams;
    const index = Number(query.get("index") ?? Math.floor(Math.random() * 1000));
    json(response, 200, problem(query.get("family"), Number(query.get("level")), index));
  },
  "POST /v1/scratchwork/verdict": async (request, response) => {
    const { family, answer } = await bodyOf(request);
    json(response, 200, { correct: answer === EXPECTED[family], expected: EXPECTED[family] });
  },
  "POST /v1/chat/completions/control": async (request, response) => {
    const { id } = await bodyOf(request);
    const ended = running.has(id);
    if (ended) running.get(id).end = true;
    json(response, 200, { id, ended });
  },
  "POST /v1/chat/completions": complete,
};

function looked(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  const found = watch(pathname.slice("/v1/watch/".length), searchParams);
  if (found === undefined) return refuse(response, 404, "There is nothing at <b>this</b> address");
  json(response, 200, found);
}

async function complete(request, response) {
  const asked = await bodyOf(request);
  const question = asked.messages.at(-1).content;
  if (question.includes("busy")) return refuse(response, 503, "Too many requests are waiting", "server_is_overloaded");
  if (question.includes("too much")) return refuse(response, 400, "Maximum context length", "context_length_exceeded");
  if (question.includes("refuse")) return refuse(response, 400, "<b>No</b> such thing as `x`");
  const [real, mode] = routed(asked);
  const talk = new Talk(response, asked, real, mode, scriptFor(question, real, mode));
  await talk.stream();
}

/** Who answers, and whether it thinks. */
function routed({ model, thinking }) {
  const wanted = { enabled: "on", disabled: "off", auto: "on" }[thinking?.type] ?? "on";
  const can = MODELS.find(({ id }) => id === model)?.scratchwork.thinking.modes ?? ["off"];
  return [model === "auto" ? (wanted === "off" ? "sft" : "zero") : model, can.includes(wanted) ? wanted : can[0]];
}

const tokensOf = (text) => text.match(/\s*(?:[\p{L}]+|\d|[^\p{L}\d\s]|\s+$)/gu) ?? [];

class Talk {
  constructor(response, asked, model, mode, script) {
    Object.assign(this, { response, asked, model, mode, script });
    this.id = `chatcmpl-${Math.random().toString(36).slice(2)}`;
    this.visibility = MODELS.find(({ id }) => id === model)?.scratchwork.visibility ?? "full";
    this.said = 0;
    this.gone = false;
    this.end = false;
    response.on("close", () => (this.gone = true));
  }

  async stream() {
    running.set(this.id, this);
    this.response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    this.response.write(": ping\n\n");
    this.chunk({ role: "assistant", content: "" });
    const started = performance.now();
    const thought = await this.say("reasoning_content", this.script.thinking);
    const thinkingSeconds = (performance.now() - started) / 1000;
    const answered = await this.say("content", this.script.answer);
    running.delete(this.id);
    if (this.gone) return;
    const seconds = (performance.now() - started) / 1000;
    const cost = { prompt_tokens: 21, thinking_tokens: thought, answer_tokens: answered, router_tokens: 0, seconds };
    const rate = { thinking_seconds: thinkingSeconds, tokens_per_second: (thought + answered) / Math.max(seconds, 0.01) };
    this.close({ ...cost, ...rate });
  }

  /** How many tokens were said. */
  async say(field, text) {
    const thinking = field === "reasoning_content";
    const budget = thinking ? (this.asked.thinking?.budget_tokens ?? Infinity) : Infinity;
    const delay = this.script.delay ?? Number(MOCK_DELAY);
    let count = 0;
    for (const token of tokensOf(text)) {
      if (this.gone || (thinking && (this.end || count >= budget))) break;
      if (!thinking || this.visibility !== "hidden") this.chunk({ [field]: token });
      count++;
      if (thinking && count === this.script.holdAfter) await this.held();
      if (++this.said === this.script.dropAfter) this.response.destroy();
      if (this.said === this.script.errorAfter) this.fail();
      await wait(delay);
    }
    if (thinking) this.closedBy = this.end ? "request" : count >= budget ? "budget" : "model";
    return count;
  }

  /** Thinks in silence until it is told to answer, or nobody listens any more. */
  async held() {
    while (!this.gone && !this.end) await wait(50);
  }

  chunk(delta, finish = null, more = {}) {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    const head = { id: this.id, object: "chat.completion.chunk", created: 1790000000, model: this.model };
    if (!this.gone) this.response.write(`data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`);
  }

  fail() {
    const error = { message: "The model ran out of <b>memory</b>", type: "api_error", param: null, code: null };
    this.response.end(`data: ${JSON.stringify({ error })}\n\ndata: [DONE]\n\n`);
    this.gone = true;
  }

  close(cost) {
    const route = this.asked.model === "auto" ? { reason: "short answers disagree", score: 0.42 } : null;
    const closed_by = this.script.thinking ? this.closedBy : null;
    const { visibility, model, mode } = this;
    const outcome = { model, mode, visibility, route, answer: this.script.value, closed_by, cost };
    this.chunk({}, this.script.finish ?? "stop", { scratchwork: outcome });
    const usage = { prompt_tokens: 21, completion_tokens: this.said, total_tokens: 21 + this.said };
    this.response.write(`data: ${JSON.stringify({ id: this.id, model, choices: [], usage })}\n\n`);
    this.response.end("data: [DONE]\n\n");
  }
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain" };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

async function file(path, response) {
  const name = normalize({ "/": "index.html", "/watch": "watch.html" }[path] ?? path).replace(/^(\.\.[/\\])+/, "");
  const content = await readFile(join(DIST, name)).catch(() => null);
  if (!content) return refuse(response, 404, "Not found");
  const type = `${TYPES[extname(name)] ?? "application/octet-stream"}; charset=utf-8`;
  const safe = { "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" };
  response.writeHead(200, { "Content-Type": type, ...safe }).end(content);
}

const server = createServer(async (request, response) => {
  const path = request.url.split("?")[0];
  const route = path.startsWith("/v1/watch/") ? looked : ROUTES[`${request.method} ${path}`];
  if (!route) return file(path, response);
  if (path.startsWith("/v1")) {
    if (MOCK_KEY && request.headers.authorization !== `Bearer ${MOCK_KEY}`) return refuse(response, 401, "A key is needed", "invalid_api_key");
    if (loading-- > 0) return refuse(response, 503, "Loading model");
  }
  try {
    await route(request, response);
  } catch (error) {
    if (!response.headersSent) refuse(response, 500, String(error));
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`mock server at http://127.0.0.1:${server.address().port}`));
