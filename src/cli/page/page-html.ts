// Made by scripts/embed-page.ts from page.html, page.css and page.js: edit those.

/** The page of `featureflip dev`; the token takes the place of {{token}}. */
export const PAGE_HTML: string = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="featureflip-token" content="{{token}}">
    <title>featureflip dev</title>
    <link
      rel="icon"
      href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect y='6' width='32' height='20' rx='10' fill='%235b5bd6'/%3E%3Ccircle cx='22' cy='16' r='7' fill='white'/%3E%3C/svg%3E"
    >
    <style>
:root {
  color-scheme: light dark;
  --ground: #f5f5f9;
  --panel: #fff;
  --line: #dfdfe8;
  --text: #1c1c28;
  --muted: #5d5d70;
  --accent: #5353c9;
  --accent-ground: #ececfb;
  --good: #14704a;
  --good-ground: #e2f5ec;
  --bad: #b3261e;
  --bad-ground: #fdeceb;
  --off: #8b8b9c;
  --code: #f1f1f6;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111118;
    --panel: #1a1a23;
    --line: #31313f;
    --text: #ededf3;
    --muted: #a5a5b8;
    --accent: #a3a3ff;
    --accent-ground: #2a2a4d;
    --good: #6fdcab;
    --good-ground: #153527;
    --bad: #ff9d96;
    --bad-ground: #421c1a;
    --off: #77778a;
    --code: #22222d;
  }
}

* {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

body {
  margin: 0 auto;
  padding: 0 24px 32px;
  max-width: 1400px;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}

h1,
h2,
p,
ul,
ol,
dl,
dd,
pre {
  margin: 0;
  padding: 0;
}

ul,
ol {
  list-style: none;
}

code,
pre,
textarea,
.key,
.value {
  font-family: var(--mono);
  font-size: 13px;
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}

header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 20px;
  padding: 18px 0;
  color: var(--muted);
}

h1 {
  display: flex;
  align-items: center;
  gap: 12px;
  margin-right: auto;
  color: var(--text);
  font-size: 20px;
  font-weight: 650;
  overflow-wrap: anywhere;
}

.mark {
  fill: #5b5bd6;
}

#file {
  font-family: var(--mono);
  font-size: 13px;
}

#connection::before {
  content: "";
  display: inline-block;
  width: 9px;
  height: 9px;
  margin-right: 8px;
  border-radius: 50%;
  background: var(--off);
}

#connection.live::before {
  background: #2fb37a;
}

#problem,
#unlock {
  margin-bottom: 16px;
  padding: 12px 16px;
  border: 1px solid var(--bad);
  border-radius: 10px;
  background: var(--bad-ground);
  color: var(--bad);
  overflow-wrap: anywhere;
}

#unlock {
  display: grid;
  gap: 10px;
  max-width: 560px;
  border-color: var(--line);
  background: var(--panel);
  color: var(--text);
}

main {
  display: grid;
  grid-template-columns: minmax(0, 3fr) minmax(320px, 2fr);
  align-items: start;
  gap: 20px;
}

.panel {
  padding: 16px 18px;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--panel);
}

.side {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 20px;
  position: sticky;
  top: 20px;
}

.bar {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 16px;
  min-height: 34px;
  margin-bottom: 8px;
}

h2 {
  font-size: 16px;
  font-weight: 650;
}

.count {
  margin-left: 4px;
  color: var(--muted);
  font-weight: 400;
  font-variant-numeric: tabular-nums;
}

.hint {
  color: var(--muted);
  font-size: 14px;
}

input,
textarea,
select,
button {
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--panel);
  color: inherit;
  font: inherit;
}

input,
select {
  min-width: 0;
  padding: 5px 10px;
}

#filter {
  width: 220px;
}

::placeholder {
  color: var(--muted);
  opacity: 1;
}

textarea {
  display: block;
  font-family: var(--mono);
  font-size: 13px;
  width: 100%;
  margin-top: 8px;
  padding: 10px 12px;
  background: var(--code);
  line-height: 1.5;
  resize: vertical;
}

textarea[aria-invalid="true"] {
  border-color: var(--bad);
}

#context-problem {
  min-height: 22px;
  color: var(--bad);
  font-size: 13px;
}

button {
  padding: 5px 12px;
  cursor: pointer;
}

button:hover {
  border-color: var(--accent);
}

.quiet {
  border-color: transparent;
  color: var(--muted);
}

#attributes {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
}

#attributes button {
  padding: 1px 10px;
  border-radius: 99px;
  color: var(--muted);
  font-size: 13px;
  max-width: 100%;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.flag {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 14px;
  padding: 10px 0;
  border-top: 1px solid var(--line);
  content-visibility: auto;
  contain-intrinsic-size: auto 64px;
}

.switch {
  position: relative;
  flex: none;
  width: 42px;
  height: 24px;
  margin-top: 10px;
  padding: 0;
  border: 0;
  border-radius: 99px;
  background: var(--off);
  transition: background 0.15s;
}

.switch::after {
  content: "";
  position: absolute;
  top: 3px;
  left: 3px;
  width: 18px;
  height: 18px;
  border-radius: 50%;
  background: #fff;
  transition: translate 0.15s;
}

.switch[aria-checked="true"] {
  background: #5b5bd6;
}

.switch[aria-checked="true"]::after {
  translate: 18px 0;
}

summary {
  display: grid;
  grid-template-columns: 10px minmax(0, 1fr) minmax(0, auto);
  align-items: center;
  gap: 0 14px;
  padding: 2px 6px;
  border-radius: 8px;
  cursor: pointer;
  list-style: none;
}

summary::-webkit-details-marker {
  display: none;
}

summary::before {
  content: "›" / "";
  grid-row: 1 / span 2;
  color: var(--muted);
  font-size: 20px;
  line-height: 1;
  transition: rotate 0.15s;
}

details[open] > summary::before {
  rotate: 90deg;
}

summary:hover {
  background: var(--ground);
}

.key {
  font-size: 14px;
  font-weight: 600;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

.type,
.seen {
  margin-left: 8px;
  color: var(--muted);
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.why {
  grid-column: 2;
  color: var(--muted);
  font-size: 13.5px;
  overflow-wrap: anywhere;
}

.value {
  grid-column: 3;
  grid-row: 1 / span 2;
  max-width: 320px;
  padding: 3px 10px;
  border-radius: 8px;
  background: var(--accent-ground);
  color: var(--accent);
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.value.default {
  background: var(--code);
  color: var(--muted);
}

.seen.fresh {
  animation: seen 1.6s ease-out;
}

@keyframes seen {
  from {
    color: var(--good);
    background: var(--good-ground);
    box-shadow: 0 0 0 4px var(--good-ground);
  }
}

.body {
  display: grid;
  gap: 14px;
  padding: 10px 6px 6px 30px;
}

.body dl {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 4px 16px;
  font-size: 14px;
}

dt {
  color: var(--muted);
  overflow-wrap: anywhere;
}

dd {
  overflow-wrap: anywhere;
}

.body select {
  max-width: 100%;
}

.trace,
.trace ul {
  display: grid;
  gap: 3px;
  font-size: 14px;
}

.trace ul {
  margin-left: 11px;
  padding-left: 16px;
  border-left: 1px solid var(--line);
}

.trace li {
  min-width: 0;
  overflow-wrap: anywhere;
}

.trace code {
  white-space: pre-wrap;
}

.yes::before,
.no::before,
.served::before {
  display: inline-block;
  width: 20px;
  font-weight: 700;
}

.yes::before {
  content: "✓" / "yes:";
  color: var(--good);
}

.no::before {
  content: "✗" / "no:";
  color: var(--bad);
}

.served::before {
  content: "→" / "";
  color: var(--accent);
}

#changed:not(:empty) {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 12px;
  position: sticky;
  bottom: 12px;
  margin-top: 12px;
  padding: 6px 8px 6px 14px;
  border-radius: 10px;
  background: var(--text);
  color: var(--panel);
  font-size: 14px;
  overflow-wrap: anywhere;
}

#changed button {
  flex: none;
  border-color: currentcolor;
  background: transparent;
}

pre {
  margin: 8px 0;
  padding: 12px;
  border-radius: 8px;
  background: var(--code);
  overflow-x: auto;
}

#log {
  max-height: 46vh;
  overflow-y: auto;
}

#events li {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr) auto;
  gap: 0 12px;
  padding: 5px 2px;
  border-top: 1px solid var(--line);
  font-size: 13.5px;
}

#events time {
  color: var(--muted);
  font-variant-numeric: tabular-nums;
}

#events .what {
  font-family: var(--mono);
  font-size: 13px;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

#events .who {
  grid-column: 2 / -1;
  color: var(--muted);
  overflow-wrap: anywhere;
}

.tag {
  justify-self: end;
  max-width: 160px;
  padding: 0 8px;
  border-radius: 6px;
  background: var(--code);
  color: var(--muted);
  font-size: 12.5px;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

@media (max-width: 900px) {
  body {
    padding: 0 14px 24px;
  }

  main {
    grid-template-columns: minmax(0, 1fr);
  }

  .side {
    position: static;
  }
}

@media (prefers-reduced-motion: reduce) {
  * {
    animation: none !important;
    transition: none !important;
  }
}
</style>
  </head>
  <body>
    <header>
      <h1>
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
          <rect y="6" width="32" height="20" rx="10" class="mark" />
          <circle cx="22" cy="16" r="7" fill="#fff" />
        </svg>
        <span id="environment">featureflip</span>
      </h1>
      <p id="file"></p>
      <p id="clients"></p>
      <p id="connection" role="status">connecting</p>
    </header>
    <p id="problem" role="alert" hidden></p>
    <form id="unlock" hidden>
      <label
        for="token">The address that <code>featureflip dev</code> printed carries a token. Open that, or paste it here:</label>
      <input id="token" type="password" autocomplete="off" required>
      <button>Unlock</button>
    </form>
    <main>
      <section class="panel" id="flags-panel" aria-labelledby="flags-title">
        <div class="bar">
          <h2 id="flags-title">Flags <span class="count" id="flag-count"></span></h2>
          <input id="filter" type="search" placeholder="Filter  /" aria-label="Filter flags by key"
            autocomplete="off" spellcheck="false">
        </div>
        <ul id="flags"></ul>
        <p class="hint" id="no-flags" hidden></p>
        <div id="changed" role="status"></div>
      </section>
      <div class="side">
        <section class="panel" aria-labelledby="context-title">
          <div class="bar">
            <h2 id="context-title">Context</h2>
          </div>
          <label class="hint"
            for="context">Who asks: every flag shows what these attributes get, and why.</label>
          <textarea id="context" rows="5" spellcheck="false" autocomplete="off" autocapitalize="off"
            aria-describedby="context-problem"></textarea>
          <p id="context-problem" role="status"></p>
          <div id="attributes" role="group" aria-label="Attributes that the flags ask for"></div>
        </section>
        <section class="panel" aria-labelledby="live-title">
          <div class="bar">
            <h2 id="live-title">Live <span class="count" id="event-count"></span></h2>
            <button class="quiet" id="clear" type="button">Clear</button>
          </div>
          <div id="no-events">
            <p class="hint">Evaluations and events of your clients appear here. Connect one:</p>
            <pre id="connect" tabindex="0" aria-label="Code that connects a client"></pre>
            <p
              class="hint">Clients send events in batches. <code>flushInterval</code> makes them come every second.</p>
          </div>
          <div id="log" role="log" aria-labelledby="live-title" tabindex="0">
            <ol id="events"></ol>
          </div>
        </section>
      </div>
    </main>
    <script>
"use strict";

// Everything that comes from an environment or a client is set as text, never as markup.

const $ = (id) => document.getElementById(id);

/** Makes an element; strings among the children become text. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property in made) made[property] = value;
    else made.setAttribute(property, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// ── The API ──────────────────────────────────────────────────────────────────────────────────────────────────────

const pageToken = document.querySelector("meta[name=featureflip-token]").content;
const givenToken = /^#token=(.+)$/.exec(location.hash)?.[1];
if (givenToken !== undefined) {
  sessionStorage.setItem("token", decodeURIComponent(givenToken));
  // The address bar is not a place for it.
  history.replaceState(null, "", location.pathname);
}
let token = pageToken || sessionStorage.getItem("token") || "";

async function ask(path, init = {}) {
  const response = await fetch(path, { ...init, headers: { authorization: \`Bearer \${token}\` } });
  if (response.status === 401) lock();
  if (!response.ok) {
    const problem = await response.json().catch(() => null);
    throw new Error(problem?.detail ?? \`The API answered \${response.status}\`);
  }
  return response;
}

/** The token is another one since the API was started anew: then the page is too, or it has to be told. */
function lock() {
  const lately = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (pageToken !== "" && Date.now() - lately > 5_000) {
    sessionStorage.setItem("reloaded", String(Date.now()));
    location.reload();
  }
  $("unlock").hidden = pageToken !== "";
}

$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
  $("unlock").hidden = true;
});

// ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────

const EVENTS_SHOWN = 500;

let flags = [];
let segments = [];
/** What each flag comes to for the context, by key. */
let results = new Map();
/** How often clients evaluated each flag, by key. */
const seen = new Map();
/** The rows, by key. */
const rows = new Map();
let eventCount = 0;

const listeners = {
  state(state) {
    $("file").textContent = state.file;
    $("connect").textContent = \`const client = await FeatureflipClient.create({
  sdkKey: \${JSON.stringify(state.sdkKey)},
  baseUrl: \${JSON.stringify(location.origin)},
  flushInterval: 1_000,
});\`;
    seen.clear();
    $("events").replaceChildren();
    eventCount = 0;
    listeners.snapshot(state.snapshot);
    listeners.problem(state.problem);
    listeners.clients(state.clients);
    listeners.events(state.events);
  },
  snapshot(snapshot) {
    flags = snapshot.flags;
    segments = snapshot.segments;
    $("environment").textContent = snapshot.environment || "featureflip";
    document.title = \`\${snapshot.environment || "featureflip"} · flags\`;
    showFlags();
    showAttributes();
    explain();
  },
  problem(problem) {
    $("problem").hidden = problem === null;
    $("problem").textContent = problem ?? "";
  },
  clients(count) {
    $("clients").textContent = \`\${count} \${count === 1 ? "client" : "clients"} connected\`;
  },
  events: showEvents,
};

// ── What arrives ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Follows the API for ever. (An EventSource could not send the token.) */
async function follow() {
  for (;;) {
    try {
      const response = await ask("/v1/local/stream");
      connection("live", "live");
      await read(response.body.getReader());
    } catch {
      // It is tried again.
    }
    connection("", "not connected, trying again");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function read(reader) {
  const decoder = new TextDecoder();
  let buffered = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (buffered + decoder.decode(value, { stream: true })).split("\\n\\n");
    buffered = parts.pop();
    for (const part of parts) {
      // A dot would stop at the line separators that JSON may carry as they are.
      const [, name, data] = /^event: ([^\\n]*)\\ndata: ([^\\n]*)$/.exec(part) ?? [];
      if (Object.hasOwn(listeners, name ?? "")) listeners[name](JSON.parse(data));
    }
  }
}

function connection(state, text) {
  const shown = $("connection");
  if (shown.textContent === text) return;
  shown.className = state;
  shown.textContent = text;
}

// ── The context ──────────────────────────────────────────────────────────────────────────────────────────────────

const contextBox = $("context");
contextBox.value = sessionStorage.getItem("context") ?? \`{ "user_id": "u-1" }\`;

/** The context as it is written; null while it is no JSON object. */
function readContext() {
  try {
    const context = JSON.parse(contextBox.value.trim() || "{}");
    if (typeof context === "object" && context !== null && !Array.isArray(context)) return context;
    return fail('An object is needed: { "user_id": "u-1" }');
  } catch (error) {
    return fail(error.message);
  }

  function fail(message) {
    contextBox.setAttribute("aria-invalid", "true");
    $("context-problem").textContent = message;
    return null;
  }
}

let explaining = 0;

/** Asks what every flag comes to, and why; the answer to an older question is dropped. */
async function explain() {
  const context = readContext();
  const mine = ++explaining;
  if (context === null) return;
  contextBox.removeAttribute("aria-invalid");
  $("context-problem").textContent = "";
  try {
    const response = await ask("/v1/local/explain", { method: "POST", body: JSON.stringify({ context }) });
    const answer = await response.json();
    if (mine !== explaining) return;
    results = new Map(answer.flags.map((result) => [result.key, result]));
    for (const flag of flags) rows.get(flag.key)?.explain(results.get(flag.key));
  } catch (error) {
    if (mine === explaining) $("context-problem").textContent = error.message;
  }
}

let typing;
contextBox.addEventListener("input", () => {
  sessionStorage.setItem("context", contextBox.value);
  clearTimeout(typing);
  typing = setTimeout(() => {
    showAttributes();
    explain();
  }, 150);
});

/** Offers the attributes that rules ask for and the context lacks, each with the first value that they name. */
function showAttributes() {
  const context = readContext();
  if (context === null) return;
  const wanted = new Map();
  const want = (attribute, value) => {
    if (!wanted.has(attribute) || wanted.get(attribute) === undefined) wanted.set(attribute, value);
  };
  const conditions = [
    ...segments.flatMap((segment) => segment.conditions ?? []),
    ...flags.flatMap(({ rules }) => rules).flatMap((rule) => rule.conditionGroups ?? [])
      .flatMap((group) => group.conditions ?? []),
  ];
  for (const { attribute, values } of conditions) want(attribute, values[0]);
  for (const { rules, fallthrough } of flags) {
    for (const serve of [fallthrough, ...rules.map((rule) => rule.serve)]) {
      if (serve.type === "Rollout") want(serve.bucketBy || "user_id");
    }
  }
  const isUserId = (name) => name === "user_id" || name === "userId";
  const has = (name) =>
    Object.hasOwn(context, name) || (isUserId(name) && Object.keys(context).some(isUserId));
  const buttons = [...wanted].filter(([name]) => !has(name)).slice(0, 24).map(([name, value]) =>
    element("button", { type: "button", onclick: () => addAttribute(name, value) }, \`+ \${name}\`)
  );
  $("attributes").replaceChildren(...buttons);
}

function addAttribute(name, value = "") {
  const context = readContext();
  if (context === null) return;
  // A list of entries, so that \`__proto__\` becomes a property like any other.
  const entries = [...Object.entries(context), [name, scalar(value)]];
  const lines = entries.map(([key, item]) => \`  \${JSON.stringify(key)}: \${JSON.stringify(item)}\`);
  contextBox.value = \`{\\n\${lines.join(",\\n")}\\n}\`;
  contextBox.rows = Math.min(16, Math.max(5, entries.length + 2));
  contextBox.dispatchEvent(new Event("input"));
  contextBox.focus();
}

/** Conditions keep strings; a number or a boolean is likely to be meant where one is written. */
function scalar(text) {
  return /^(true|false|-?\\d{1,15}(\\.\\d+)?)$/.test(text) ? JSON.parse(text) : text;
}

// ── Flags ────────────────────────────────────────────────────────────────────────────────────────────────────────

function showFlags() {
  const keys = new Set(flags.map(({ key }) => key));
  for (const [key, row] of rows) {
    if (keys.has(key)) continue;
    row.item.remove();
    rows.delete(key);
  }
  let before = null;
  for (const flag of flags) {
    const row = rows.get(flag.key) ?? createRow(flag.key);
    rows.set(flag.key, row);
    row.update(flag);
    // Only what is in the wrong place is moved: whoever types in a row stays there.
    const place = before === null ? $("flags").firstElementChild : before.nextElementSibling;
    if (place !== row.item) $("flags").insertBefore(row.item, place);
    before = row.item;
  }
  filterFlags();
}

function filterFlags() {
  const wanted = $("filter").value.trim().toLowerCase();
  let shown = 0;
  for (const [key, { item }] of rows) {
    item.hidden = !key.toLowerCase().includes(wanted);
    if (!item.hidden) shown++;
  }
  $("flag-count").textContent = wanted === "" ? String(rows.size) : \`\${shown} of \${rows.size}\`;
  $("no-flags").hidden = shown > 0;
  $("no-flags").textContent = rows.size === 0
    ? "There are no flags yet: write one into the file."
    : "No key fits.";
}

/** One flag's row. It is made once and kept, so that focus and what is open survive every change. */
function createRow(key) {
  let flag;
  const toggle = element("button", {
    type: "button",
    className: "switch",
    role: "switch",
    "aria-label": \`Flag \${key}\`,
    onclick: () => change(flag, { enabled: !flag.enabled }),
  });
  const type = element("span", { className: "type" });
  const count = element("span", { className: "seen" });
  const why = element("span", { className: "why" });
  const value = element("span", { className: "value" });
  const body = element("div", { className: "body" });
  const everybodyElse = element("select", {
    "aria-label": \`What \${key} serves when no rule matches\`,
    onchange: () => change(flag, { fallthrough: { type: "Fixed", variation: everybodyElse.value } }),
  });
  const whose = element("dt");
  const facts = element("dl", {}, whose, element("dd", {}, everybodyElse));
  const trace = element("ul", { className: "trace", "aria-label": \`Why \${key} comes to this\` });
  body.append(trace, facts);
  const details = element(
    "details",
    {},
    element(
      "summary",
      {},
      element("span", {}, element("span", { className: "key" }, key), type, count),
      why,
      value,
    ),
    body,
  );
  const item = element("li", { className: "flag" }, toggle, details);
  let shownFlag = "";
  let shownResult = "";

  /** A rollout is shown, not offered: the page has no way to make one. */
  function showServe() {
    const { variations, fallthrough } = flag;
    const shares = fallthrough.type === "Rollout" ? fallthrough.variations : [];
    const rollout = shares.map(({ key, weight }) => \`\${key} \${weight} %\`).join(", ");
    const options = variations.map(({ key }) => element("option", { value: key }, key));
    if (shares.length > 0) options.unshift(element("option", { disabled: true }, \`rollout: \${rollout}\`));
    everybodyElse.replaceChildren(...options);
    everybodyElse.selectedIndex = shares.length > 0
      ? 0
      : variations.findIndex(({ key }) => key === fallthrough.variation);
  }

  return {
    item,
    update(next) {
      flag = next;
      const json = JSON.stringify(next);
      if (json === shownFlag) return;
      shownFlag = json;
      toggle.setAttribute("aria-checked", String(flag.enabled));
      type.textContent = flag.type;
      whose.textContent = flag.rules.length === 0 ? "everybody gets" : "everybody else gets";
      showServe();
      // The first two stay where they are: what has the focus keeps it.
      while (facts.childElementCount > 2) facts.lastElementChild.remove();
      facts.append(
        element("dt", {}, "while it is off"),
        element("dd", {}, element("code", {}, flag.offVariation || "your default")),
        ...flag.variations.flatMap((variation) => [
          element("dt", {}, "variation ", element("code", {}, variation.key)),
          element("dd", {}, element("code", {}, JSON.stringify(variation.value))),
        ]),
      );
    },
    explain(result) {
      const json = JSON.stringify(result);
      if (result === undefined || json === shownResult) return;
      shownResult = json;
      const { value: served } = result.detail;
      const isDefault = served === undefined;
      const text = isDefault ? "your default" : JSON.stringify(served);
      value.textContent = text;
      value.title = text;
      value.classList.toggle("default", isDefault);
      why.textContent = describeReason(result);
      trace.replaceChildren(...describeTrace(result));
    },
    seen(times) {
      count.textContent = times === 0 ? "" : \`\${times}×\`;
      count.title = \`evaluated \${times} times by clients\`;
      if (times === 0) return;
      count.classList.remove("fresh");
      // Read, so that the animation starts anew.
      void count.offsetWidth;
      count.classList.add("fresh");
    },
  };
}

function describeReason({ detail: { reason, ruleId, prerequisiteKey, error }, rules, rollout }) {
  switch (reason) {
    case "RULE_MATCH":
      return \`rule \${ruleId} matches\${rollout === undefined ? "" : ", by rollout"}\`;
    case "FALLTHROUGH":
      return \`for everybody\${rules.length === 0 ? "" : " else"}\${
        rollout === undefined ? "" : ", by rollout"
      }\`;
    case "FLAG_DISABLED":
      return "switched off";
    case "PREREQUISITE_FAILED":
      return \`needs another variation of \${prerequisiteKey}\`;
    default:
      return error?.message ?? reason;
  }
}

/** The steps of an evaluation, in words. */
function describeTrace({ detail, prerequisites, rules, rollout }) {
  const steps = prerequisites.map(describePrerequisite);
  for (const rule of rules) steps.push(describeRule(rule));
  const { reason, error } = detail;
  if (reason === "FLAG_DISABLED") steps.push(step("no", "The flag is off"));
  if (reason === "FALLTHROUGH" && rules.length > 0) {
    steps.push(step("yes", "No rule matches: for everybody else"));
  }
  if (rollout !== undefined) steps.push(describeRollout(rollout));
  if (error !== undefined) steps.push(step("no", error.message));
  const served = detail.variationKey === undefined ? ["Serves nothing: you get your default"] : [
    "Serves ",
    code(detail.variationKey),
  ];
  steps.push(step("served", ...served));
  return steps;
}

function step(judgement, ...content) {
  return element("li", { className: judgement }, ...content);
}

function code(text) {
  return element("code", {}, text);
}

function describePrerequisite({ flagKey, expectedVariationKey, servedVariationKey, matched, trace }) {
  const text = ["needs ", code(flagKey), " to serve ", code(expectedVariationKey)];
  if (matched) return step("yes", ...text);
  const found = servedVariationKey === undefined ? ["serves none"] : ["serves ", code(servedVariationKey)];
  const steps = trace === undefined ? null : element("ul", {}, ...describeTrace(trace));
  return step("no", ...text, ", which ", ...found, steps);
}

function describeRule({ ruleId, segmentKey, groups, matched }) {
  const who = segmentKey === undefined ? [] : [" for segment ", code(segmentKey)];
  const inner = groups.length === 1 && !isChoice(groups[0])
    ? groups[0].conditions.map(describeCondition)
    : groups.map(describeGroup);
  const none = segmentKey !== undefined && groups.length === 0 ? ", which does not exist" : null;
  const steps = inner.length === 0 ? null : element("ul", {}, ...inner);
  return step(matched ? "yes" : "no", "rule ", code(ruleId), ...who, none, steps);
}

/** Whether a group needs saying how its conditions go together. */
function isChoice({ operator, conditions }) {
  return operator === "Or" && conditions.length > 1;
}

function describeGroup(group) {
  const head = isChoice(group) ? "any of" : group.conditions.length === 0 ? "no condition" : "all of";
  const steps = element("ul", {}, ...group.conditions.map(describeCondition));
  return step(group.matched ? "yes" : "no", head, steps);
}

const VALUES_SHOWN = 12;

function describeCondition({ attribute, operator, values, negate, actual, matched }) {
  const more = values.length > VALUES_SHOWN ? \` and \${values.length - VALUES_SHOWN} more\` : "";
  const list = values.slice(0, VALUES_SHOWN).map((value) => JSON.stringify(value)).join(", ");
  const question = \`\${negate ? "not: " : ""}\${attribute} \${operator} \${list}\${more}\`;
  const found = actual === undefined ? " but it is absent" : [" and it is ", code(JSON.stringify(actual))];
  return step(matched ? "yes" : "no", code(question), ...(Array.isArray(found) ? found : [found]));
}

function describeRollout({ bucketBy, value, bucket, shares }) {
  let sum = 0;
  const ranges = shares.map(({ variationKey, weight }) => {
    const from = sum;
    sum += weight;
    return \`\${variationKey} \${from} to \${sum}\`;
  });
  const text = bucket === undefined
    ? \`The rollout gives \${shares[0].variationKey} to those without \${bucketBy}\`
    : \`The rollout puts \${bucketBy} \${JSON.stringify(value)} at \${bucket} of 100\`;
  return step("yes", \`\${text} (\${ranges.join(", ")})\`);
}

// ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Changes a flag, and offers to take that back. */
async function change(flag, changes, isUndo = false) {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, flag[name]]));
  try {
    await ask("/v1/local/flags", { method: "PATCH", body: JSON.stringify({ ...changes, key: flag.key }) });
    if (isUndo) return $("changed").replaceChildren();
    const undo = element("button", { type: "button", onclick: () => change(flag, before, true) }, "Undo");
    const text = "enabled" in changes
      ? \`\${flag.key} is \${changes.enabled ? "on" : "off"}\`
      : \`\${flag.key} serves \${changes.fallthrough.variation}\`;
    $("changed").replaceChildren(element("span", {}, text), undo);
  } catch (error) {
    listeners.problem(\`\${flag.key} is as it was: \${error.message}\`);
    rows.get(flag.key)?.update({ ...flag });
  }
}

// ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function showEvents(events) {
  const evaluated = new Set();
  for (const { type, flagKey } of events) {
    if (type !== "Evaluation") continue;
    seen.set(flagKey, (seen.get(flagKey) ?? 0) + 1);
    evaluated.add(flagKey);
  }
  for (const key of evaluated) rows.get(key)?.seen(seen.get(key));
  eventCount += events.length;
  $("events").prepend(...events.slice(-EVENTS_SHOWN).reverse().map(describeEvent));
  while ($("events").childElementCount > EVENTS_SHOWN) $("events").lastElementChild.remove();
  showEventCount();
}

function describeEvent({ type, flagKey, userId, variation, timestamp, metadata, prerequisiteKey }) {
  const time = new Date(timestamp);
  const facts = [
    userId === undefined ? undefined : \`by \${userId}\`,
    prerequisiteKey === undefined ? undefined : \`needs \${prerequisiteKey}\`,
    metadata === undefined ? undefined : JSON.stringify(metadata),
  ].filter((fact) => fact !== undefined);
  return element(
    "li",
    {},
    element(
      "time",
      { dateTime: timestamp, title: timestamp },
      Number.isNaN(time.getTime()) ? "" : clock.format(time),
    ),
    element("span", { className: "what" }, type === "Identify" ? "identify" : flagKey),
    element(
      "span",
      { className: "tag", title: variation ?? type },
      type === "Evaluation" ? variation ?? "default" : type,
    ),
    facts.length === 0 ? null : element("span", { className: "who" }, facts.join(" · ")),
  );
}

function showEventCount() {
  $("event-count").textContent = eventCount === 0 ? "" : String(eventCount);
  $("no-events").hidden = eventCount > 0;
  $("clear").hidden = eventCount === 0;
  $("log").hidden = eventCount === 0;
}

$("clear").addEventListener("click", () => {
  $("events").replaceChildren();
  eventCount = 0;
  seen.clear();
  for (const row of rows.values()) row.seen(0);
  showEventCount();
  $("filter").focus();
});

// ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

$("filter").addEventListener("input", filterFlags);

document.addEventListener("keydown", (event) => {
  if (
    event.key === "/" && !event.target.closest("input, textarea, select") && !event.ctrlKey && !event.metaKey
  ) {
    event.preventDefault();
    $("filter").focus();
  }
  if (event.key === "Escape" && event.target === $("filter")) {
    $("filter").value = "";
    filterFlags();
  }
});

showEventCount();
follow();
</script>
  </body>
</html>
`;
