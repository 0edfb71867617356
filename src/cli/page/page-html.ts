// Made by scripts/embed-page.ts from page.html, page.css and page.js: edit those.

/** The page of `featureflip dev`; the token takes the place of {{token}}. */
export const PAGE_HTML: string = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="featureflip-token" content="{{token}}">
    <title>Featureflip dev</title>
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
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 8px 12px;
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
  flex: 0 1 200px;
  width: 100px;
  margin-left: auto;
}

kbd {
  margin-left: -4px;
  padding: 0 7px;
  border: 1px solid var(--line);
  border-radius: 6px;
  color: var(--muted);
  font: inherit;
  font-size: 13px;
}

#new-flag:not([hidden]) {
  display: flex;
  flex-wrap: wrap;
  align-items: end;
  gap: 8px 12px;
  margin: 4px 0 14px;
  font-size: 14px;
}

#new-flag label {
  display: grid;
  gap: 2px;
  min-width: 0;
}

#new-flag p {
  flex-basis: 100%;
}

#new-problem {
  color: var(--bad);
}

#new-problem:empty {
  display: none;
}

#flags.outdated .value,
#flags.outdated .why,
#flags.outdated .trace {
  color: var(--muted);
  font-style: italic;
}

#environment {
  color: var(--muted);
  font-weight: 400;
}

.snippet {
  position: relative;
}

/* Wrapped: what a line scrolls would lie under the button. */
.snippet pre {
  padding-right: 76px;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

.copy {
  position: absolute;
  top: 6px;
  right: 6px;
  padding: 1px 10px;
  font-size: 13px;
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
  padding-left: 20px;
  overflow-wrap: anywhere;
  text-indent: -20px;
}

.trace li > * {
  text-indent: 0;
}

.trace code {
  white-space: pre-wrap;
}

.yes::before,
.no::before,
.ignored::before,
.served::before {
  display: inline-block;
  width: 20px;
  font-weight: 700;
  text-indent: 0;
}

.yes::before {
  content: "✓" / "yes:";
  color: var(--good);
}

.no::before {
  content: "✗" / "no:";
  color: var(--bad);
}

.ignored {
  color: var(--muted);
}

.ignored::before {
  content: "–" / "ignored:";
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

.tag.unknown {
  background: var(--bad-ground, var(--code));
  color: var(--bad);
}

.times {
  margin-left: 6px;
  color: var(--muted);
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

@media (max-width: 600px) {
  summary {
    grid-template-columns: 10px minmax(0, 1fr);
  }

  summary::before {
    grid-row: 1 / span 3;
  }

  .value {
    grid-column: 2;
    grid-row: auto;
    justify-self: start;
    max-width: 100%;
    margin-top: 4px;
  }

  /* Below the switch (42 px and the gap), and less indented: a prerequisite's conditions lie four lists deep. */
  .body {
    margin-left: -56px;
    padding-left: 6px;
  }

  .trace ul {
    margin-left: 0;
    padding-left: 8px;
  }

  /* Side by side, the longest name would leave no room for the values. */
  .body dl {
    grid-template-columns: minmax(0, 1fr);
    gap: 0;
  }

  dd {
    margin-bottom: 6px;
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
        Featureflip dev <span id="environment"></span>
      </h1>
      <p id="file"></p>
      <p id="clients"></p>
      <p id="connection" role="status">connecting</p>
    </header>
    <p id="problem" role="alert" hidden></p>
    <form id="unlock" hidden>
      <label
        for="token">This page needs the token from the address that <code>featureflip dev</code> printed. Open that address, or paste the token here:</label>
      <input id="token" type="password" autocomplete="off" required>
      <button>Unlock</button>
    </form>
    <main>
      <section class="panel" id="flags-panel" aria-labelledby="flags-title">
        <div class="bar">
          <h2 id="flags-title">Flags <span class="count" id="flag-count"></span></h2>
          <input id="filter" type="search" placeholder="Filter" aria-label="Filter flags by key"
            aria-keyshortcuts="/" autocomplete="off" spellcheck="false">
          <kbd aria-hidden="true">/</kbd>
          <button id="open-new-flag" type="button" aria-expanded="false"
            aria-controls="new-flag">New flag</button>
        </div>
        <form id="new-flag" hidden>
          <label>Key <input id="new-key" autocomplete="off" autocapitalize="off" spellcheck="false" required></label>
          <label>Type
            <select id="new-type">
              <option>Boolean</option>
              <option>String</option>
              <option>Number</option>
              <option>Json</option>
            </select>
          </label>
          <button>Create</button>
          <p
            class="hint">It is added to <code id="new-file"></code>, where you can edit its variations and rules.</p>
          <p id="new-problem" role="alert"></p>
        </form>
        <ul id="flags"></ul>
        <p class="hint" id="no-flags" hidden></p>
        <div id="changed" role="status"></div>
      </section>
      <div class="side">
        <section class="panel" aria-labelledby="context-title">
          <div class="bar">
            <h2 id="context-title">Evaluation context</h2>
          </div>
          <label class="hint"
            for="context">Attributes as JSON. Each flag shows the variation for them, and the reason.</label>
          <textarea id="context" rows="5" spellcheck="false" autocomplete="off" autocapitalize="off"
            aria-describedby="context-problem"></textarea>
          <p id="context-problem" role="status"></p>
          <div id="attributes" role="group" aria-label="Attributes that the rules use"></div>
        </section>
        <section class="panel" aria-labelledby="live-title">
          <div class="bar">
            <h2 id="live-title">Live <span class="count" id="event-count"></span></h2>
            <button class="quiet" id="clear" type="button">Clear</button>
          </div>
          <div id="connect" hidden>
            <p
              class="hint">No client is connected. Install <code>@featureflip/sdk</code>, set these variables, and run this code:</p>
            <div class="snippet">
              <pre id="connect-shell" role="group" tabindex="0"
                aria-label="Variables that connect a client"></pre>
              <button class="copy" type="button" data-copies="connect-shell">Copy</button>
            </div>
            <div class="snippet">
              <pre id="connect-code" role="group" tabindex="0" aria-label="Code that connects a client"></pre>
              <button class="copy" type="button" data-copies="connect-code">Copy</button>
            </div>
            <p
              class="hint">Clients send events in batches. With <code>flushInterval: 1_000</code> they arrive every second.</p>
          </div>
          <p class="hint" id="no-events">Evaluations and events of your clients appear here.</p>
          <div id="log" role="log" aria-labelledby="live-title" tabindex="0">
            <ol id="events"></ol>
          </div>
        </section>
      </div>
    </main>
    <script>
"use strict";

// Everything from an environment or a client is inserted as text, never as markup.

const $ = (id) => document.getElementById(id);

/** Creates an element; strings among the children become text. */
function element(name, properties = {}, ...children) {
  const created = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property in created) created[property] = value;
    else created.setAttribute(property, value);
  }
  created.append(...children.filter((child) => child !== null && child !== undefined));
  return created;
}

// ── The API ──────────────────────────────────────────────────────────────────────────────────────────────────────

const pageToken = document.querySelector("meta[name=featureflip-token]").content;
const givenToken = /^#token=(.+)$/.exec(location.hash)?.[1];
if (givenToken !== undefined) {
  sessionStorage.setItem("token", decodeURIComponent(givenToken));
  // Removed from the address bar, where others could read it.
  history.replaceState(null, "", location.pathname);
}
let token = pageToken || sessionStorage.getItem("token") || "";

async function ask(path, init = {}) {
  const headers = { authorization: \`Bearer \${token}\`, "content-type": "application/json" };
  const response = await fetch(path, { ...init, headers });
  if (response.status === 401) lock();
  if (!response.ok) {
    const problem = await response.json().catch(() => null);
    throw new Error(problem?.detail ?? \`The API answered \${response.status}\`);
  }
  return response;
}

/** The API was restarted with another token: the page reloads, or asks for it. */
function lock() {
  const reloadedAt = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (pageToken !== "" && Date.now() - reloadedAt > 5_000) {
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
/** The evaluation of each flag for the context, by key. */
let results = new Map();
/** How often clients evaluated each flag, by key. */
const seen = new Map();
/** The rows, by key. */
const rows = new Map();
let eventCount = 0;
/** The rows of events and how often each occurred, by what they say. */
const eventRows = new Map();

const listeners = {
  state(state) {
    $("file").textContent = state.file;
    $("new-file").textContent = state.file;
    $("connect-shell").textContent =
      \`export FEATUREFLIP_SDK_KEY=\${state.sdkKey}\\nexport FEATUREFLIP_BASE_URL=\${location.origin}\`;
    seen.clear();
    clearEvents();
    listeners.snapshot(state.snapshot);
    listeners.problem(state.problem);
    listeners.clients(state.clients);
    listeners.events(state.events);
  },
  snapshot(snapshot) {
    flags = snapshot.flags;
    segments = snapshot.segments;
    $("environment").textContent = snapshot.environment;
    document.title = ["Featureflip dev", snapshot.environment].filter(Boolean).join(" · ");
    showConnectCode();
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
    $("connect").hidden = count > 0;
    showEventCount();
  },
  events: showEvents,
};

// ── The stream ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Follows the API and reconnects. (An EventSource cannot send the token.) */
async function follow() {
  for (;;) {
    try {
      const response = await ask("/v1/local/stream");
      connection("live", "live");
      await read(response.body.getReader());
    } catch {
      // Retried below.
    }
    connection("", "disconnected, reconnecting");
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
      // \`.\` would stop at the line separators that JSON may contain.
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

/** Returns the evaluation context; null while it is not a JSON object. */
function readContext() {
  try {
    const context = JSON.parse(contextBox.value.trim() || "{}");
    if (typeof context === "object" && context !== null && !Array.isArray(context)) return context;
    return fail('The context must be an object, such as { "user_id": "u-1" }');
  } catch {
    return fail('This is not JSON: names and texts need double quotes, as in { "user_id": "u-1" }');
  }

  function fail(message) {
    contextBox.setAttribute("aria-invalid", "true");
    $("context-problem").textContent = \`\${message}. The flags show the previous context.\`;
    $("flags").classList.add("outdated");
    return null;
  }
}

let explaining = 0;

/** Evaluates every flag for the context; the answer to an older request is dropped. */
async function explain() {
  const context = readContext();
  const request = ++explaining;
  if (context === null) return;
  contextBox.removeAttribute("aria-invalid");
  $("context-problem").textContent = "";
  try {
    const response = await ask("/v1/local/explain", { method: "POST", body: JSON.stringify({ context }) });
    const answer = await response.json();
    if (request !== explaining) return;
    $("flags").classList.remove("outdated");
    results = new Map(answer.flags.map((result) => [result.key, result]));
    for (const flag of flags) rows.get(flag.key)?.explain(results.get(flag.key));
  } catch (error) {
    if (request === explaining) $("context-problem").textContent = error.message;
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

/** Offers the attributes that rules use and the context lacks, each with the first value of a condition. */
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
  // A list of entries, so that \`__proto__\` becomes an ordinary property.
  const entries = [...Object.entries(context), [name, scalar(value)]];
  const lines = entries.map(([key, item]) => \`  \${JSON.stringify(key)}: \${JSON.stringify(item)}\`);
  contextBox.value = \`{\\n\${lines.join(",\\n")}\\n}\`;
  contextBox.rows = Math.min(16, Math.max(5, entries.length + 2));
  contextBox.dispatchEvent(new Event("input"));
  contextBox.focus();
}

/** Conditions hold strings; a text that reads as a number or a boolean becomes one. */
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
    // Only rows in the wrong place are moved, so that focus is kept.
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
    ? "No flags yet. Create one, or edit the file."
    : "No flag matches the filter.";
}

/** Creates a flag's row. It is kept, so that focus and open details survive every change. */
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
  const fallthroughSelect = element("select", {
    "aria-label": \`Variation of \${key} when no rule matches\`,
    onchange: () => change(flag, { fallthrough: { type: "Fixed", variation: fallthroughSelect.value } }),
  });
  const defaultLabel = element("dt");
  const facts = element("dl", {}, defaultLabel, element("dd", {}, fallthroughSelect));
  const trace = element("ul", { className: "trace", "aria-label": \`Evaluation of \${key}\` });
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

  /** Shows a rollout; the page cannot create one. */
  function showServe() {
    const { variations, fallthrough } = flag;
    const shares = fallthrough.type === "Rollout" ? fallthrough.variations : [];
    const rollout = shares.map(({ key, weight }) => \`\${key} \${weight} %\`).join(", ");
    const options = variations.map(({ key }) => element("option", { value: key }, key));
    if (shares.length > 0) options.unshift(element("option", { disabled: true }, \`rollout: \${rollout}\`));
    fallthroughSelect.replaceChildren(...options);
    fallthroughSelect.selectedIndex = shares.length > 0
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
      defaultLabel.textContent = flag.rules.length === 0 ? "default" : "default, when no rule matches";
      showServe();
      // The first two are kept, and so is their focus.
      while (facts.childElementCount > 2) facts.lastElementChild.remove();
      facts.append(
        element("dt", {}, "while off"),
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
      const { value: served, variationKey } = result.detail;
      const isDefault = served === undefined;
      const text = isDefault ? "your default" : describeVariation(variationKey, served);
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
      // Reading it restarts the animation.
      void count.offsetWidth;
      count.classList.add("fresh");
    },
  };
}

/** A variation, as every part of the page shows it: its key, and its value where that says more. */
function describeVariation(key, value) {
  return value === key ? key : \`\${key} = \${JSON.stringify(value)}\`;
}

function describeReason({ detail, rules, rollout, prerequisites }) {
  const { reason, ruleId, error } = detail;
  switch (reason) {
    case "RULE_MATCH":
      return \`rule \${ruleId} matches\${rollout === undefined ? "" : ", by rollout"}\`;
    case "FALLTHROUGH":
      return \`default\${rules.length === 0 ? "" : " (no rule matches)"}\${
        rollout === undefined ? "" : ", by rollout"
      }\`;
    case "FLAG_DISABLED":
      return "off";
    case "PREREQUISITE_FAILED":
      return describeFailure(detail, prerequisites.find(({ matched }) => !matched));
    default:
      return error?.message ?? reason;
  }
}

/** \`off: new-checkout is off\`: the flag serves its off variation because its prerequisite serves another one. */
function describeFailure({ variationKey, prerequisiteKey }, prerequisite) {
  const served = prerequisite?.servedVariationKey;
  const found = served !== undefined
    ? \`is \${served}\`
    : prerequisite?.trace === undefined
    ? "does not exist"
    : "has no variation";
  return \`\${variationKey ?? "your default"}: \${prerequisiteKey} \${found}\`;
}

/** The steps of an evaluation, in words. */
function describeTrace({ detail, prerequisites, rules, rollout }) {
  const steps = prerequisites.map(describePrerequisite);
  for (const rule of rules) steps.push(describeRule(rule));
  const { reason, error } = detail;
  if (reason === "FLAG_DISABLED") steps.push(step("no", "The flag is off"));
  if (reason === "FALLTHROUGH" && rules.length > 0) {
    steps.push(step("yes", "No rule matched: default"));
  }
  if (rollout !== undefined) steps.push(describeRollout(rollout));
  if (error !== undefined) steps.push(step("no", error.message));
  const served = detail.variationKey === undefined ? ["Serves no variation: you get your default"] : [
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
  const text = ["prerequisite ", code(flagKey), " must be ", code(expectedVariationKey)];
  if (matched) return step("yes", ...text);
  const found = servedVariationKey === undefined ? ["has no variation"] : ["is ", code(servedVariationKey)];
  const steps = trace === undefined ? null : element("ul", {}, ...describeTrace(trace));
  return step("no", ...text, ", but ", ...found, steps);
}

function describeRule({ ruleId, segmentKey, groups, matched, ignored = [] }) {
  const who = segmentKey === undefined ? [] : [" for segment ", code(segmentKey)];
  const inner = groups.length === 1 && !isChoice(groups[0])
    ? groups[0].conditions.map(describeCondition)
    : groups.map(describeGroup);
  const none = segmentKey !== undefined && groups.length === 0 ? ", which does not exist" : null;
  inner.push(
    ...ignored.map((condition) =>
      step("ignored", code(questionOf(condition)), " (not consulted: the segment decides)")
    ),
  );
  const steps = inner.length === 0 ? null : element("ul", {}, ...inner);
  return step(matched ? "yes" : "no", "rule ", code(ruleId), ...who, none, steps);
}

/** Whether the logic of a group has to be shown. */
function isChoice({ operator, conditions }) {
  return operator === "Or" && conditions.length > 1;
}

function describeGroup(group) {
  const head = isChoice(group) ? "any of" : group.conditions.length === 0 ? "no condition" : "all of";
  const steps = element("ul", {}, ...group.conditions.map(describeCondition));
  return step(group.matched ? "yes" : "no", head, steps);
}

const VALUES_SHOWN = 12;

/** A value of a condition; numbers and booleans are shown as they were written, without quotes. */
function literal(value) {
  return /^(true|false|-?(0|[1-9]\\d{0,14})(\\.\\d{1,9})?)$/.test(value) ? value : JSON.stringify(value);
}

function questionOf({ attribute, operator, values, negate }) {
  const more = values.length > VALUES_SHOWN ? \` and \${values.length - VALUES_SHOWN} more\` : "";
  const list = values.slice(0, VALUES_SHOWN).map(literal).join(", ");
  return \`\${negate ? "not: " : ""}\${attribute} \${operator} \${list}\${more}\`;
}

function describeCondition(condition) {
  const { actual, matched } = condition;
  const found = actual === undefined ? [" (missing)"] : [" (is ", code(JSON.stringify(actual)), ")"];
  return step(matched ? "yes" : "no", code(questionOf(condition)), ...found);
}

/** The user id in the spelling of the context. */
function spelled(attribute) {
  if (attribute !== "userId" || /"userId"/.test(contextBox.value)) return attribute;
  return /"user_id"/.test(contextBox.value) ? "user_id" : attribute;
}

function describeRollout({ bucketBy, value, bucket, shares }) {
  let sum = 0;
  const ranges = shares.map(({ variationKey, weight }) => {
    const from = sum;
    sum += weight;
    return \`\${variationKey} \${from} to \${sum}\`;
  });
  const text = bucket === undefined
    ? \`Rollout: no \${spelled(bucketBy)}, so the first variation\`
    : \`Rollout: \${spelled(bucketBy)} \${JSON.stringify(value)} is in bucket \${bucket} of 100\`;
  return step("yes", \`\${text} (\${ranges.join(", ")})\`);
}

// ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Changes a flag, and offers to undo it. */
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
    listeners.problem(\`\${flag.key} was not changed: \${error.message}\`);
    rows.get(flag.key)?.update({ ...flag });
  }
}

// ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

function showEvents(events) {
  const evaluated = new Set();
  for (const { type, flagKey } of events) {
    if (type !== "Evaluation") continue;
    seen.set(flagKey, (seen.get(flagKey) ?? 0) + 1);
    evaluated.add(flagKey);
  }
  for (const key of evaluated) rows.get(key)?.seen(seen.get(key));
  eventCount += events.length;
  for (const event of events.slice(-EVENTS_SHOWN)) showEvent(event);
  while ($("events").childElementCount > EVENTS_SHOWN) {
    const last = $("events").lastElementChild;
    eventRows.delete(last.dataset.topic);
    last.remove();
  }
  showEventCount();
}

/** Shows an event on top; one that repeats an earlier one is counted there. */
function showEvent(event) {
  const { timestamp: _, ...rest } = event;
  const topic = JSON.stringify(rest);
  const earlier = eventRows.get(topic);
  const times = (earlier?.times ?? 0) + 1;
  earlier?.row.remove();
  const row = describeEvent(event, times);
  row.dataset.topic = topic;
  eventRows.set(topic, { row, times });
  $("events").prepend(row);
}

function describeEvent(
  { type, flagKey, userId, variation, timestamp, metadata, prerequisiteKey, hint },
  times,
) {
  const values = flags.find(({ key }) => key === flagKey)?.variations ?? [];
  const served = values.find(({ key }) => key === variation);
  const tag = type !== "Evaluation"
    ? type
    : hint !== undefined
    ? "unknown flag"
    : served === undefined
    ? variation ?? "your default"
    : describeVariation(served.key, served.value);
  const time = new Date(timestamp);
  const facts = [
    hint,
    userId === undefined ? undefined : \`for \${userId}\`,
    prerequisiteKey === undefined ? undefined : \`prerequisite \${prerequisiteKey}\`,
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
    element(
      "span",
      { className: "what" },
      type === "Identify" ? "identify" : flagKey,
      times === 1 ? null : element("span", { className: "times", title: \`\${times} times\` }, \`\${times}×\`),
    ),
    element("span", { className: hint === undefined ? "tag" : "tag unknown", title: tag }, tag),
    facts.length === 0 ? null : element("span", { className: "who" }, facts.join(" · ")),
  );
}

function showEventCount() {
  $("event-count").textContent = eventCount === 0 ? "" : String(eventCount);
  $("no-events").hidden = eventCount > 0 || !$("connect").hidden;
  $("clear").hidden = eventCount === 0;
  $("log").hidden = eventCount === 0;
}

function clearEvents() {
  $("events").replaceChildren();
  eventRows.clear();
  eventCount = 0;
}

$("clear").addEventListener("click", () => {
  clearEvents();
  seen.clear();
  for (const row of rows.values()) row.seen(0);
  showEventCount();
  $("filter").focus();
});

// ── Connecting a client, creating a flag ─────────────────────────────────────────────────────────────────────────

/** For each type of a value the method that reads it, and a default. */
const READERS = {
  boolean: ["boolVariation", "false"],
  string: ["stringVariation", '""'],
  number: ["numberVariation", "0"],
};

function showConnectCode() {
  const typeOf = ({ variations }) => typeof variations[0]?.value;
  const flag = flags.find((flag) => typeOf(flag) === "boolean") ?? flags[0];
  const key = JSON.stringify(flag?.key ?? "dark-mode");
  const [method, byDefault] = READERS[flag === undefined ? "boolean" : typeOf(flag)] ??
    ["jsonVariation", "null"];
  $("connect-code").textContent = \`import { FeatureflipClient } from "@featureflip/sdk";
const client = await FeatureflipClient.create({ flushInterval: 1_000 });
setInterval(() => console.log(client.\${method}(\${key}, { user_id: "u-1" }, \${byDefault})), 1_000);\`;
}

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const source = $(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
      setTimeout(() => button.textContent = "Copy", 2_000);
    } catch {
      // Without HTTPS, other machines may not write to the clipboard: the text is selected instead.
      getSelection().selectAllChildren(source);
    }
  });
}

const NEW_VARIATIONS = {
  Boolean: [["on", true], ["off", false]],
  String: [["a", "a"], ["b", "b"]],
  Number: [["low", 1], ["high", 10]],
  Json: [["a", {}], ["b", {}]],
};

$("open-new-flag").addEventListener("click", () => {
  const isOpen = $("new-flag").hidden;
  $("new-flag").hidden = !isOpen;
  $("open-new-flag").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) $("new-key").focus();
});

$("new-flag").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = $("new-key").value.trim();
  const type = $("new-type").value;
  const variations = NEW_VARIATIONS[type].map(([key, value]) => ({ key, value }));
  const [first, second] = type === "Boolean" ? variations : variations.toReversed();
  const flag = {
    key,
    type,
    enabled: false,
    variations,
    rules: [],
    fallthrough: { type: "Fixed", variation: first.key },
    offVariation: second.key,
  };
  try {
    await ask("/v1/local/flags", { method: "POST", body: JSON.stringify(flag) });
    $("new-problem").textContent = "";
    $("new-flag").reset();
    $("open-new-flag").click();
    $("changed").replaceChildren(element("span", {}, \`\${key} was created\`));
  } catch (error) {
    $("new-problem").textContent = error.message;
  }
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
