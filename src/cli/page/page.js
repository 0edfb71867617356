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
  const response = await fetch(path, { ...init, headers: { authorization: `Bearer ${token}` } });
  if (response.status === 401) lock();
  if (!response.ok) {
    const problem = await response.json().catch(() => null);
    throw new Error(problem?.detail ?? `The API answered ${response.status}`);
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
    $("connect").textContent = `const client = await FeatureflipClient.create({
  sdkKey: ${JSON.stringify(state.sdkKey)},
  baseUrl: ${JSON.stringify(location.origin)},
  flushInterval: 1_000,
});`;
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
    document.title = `${snapshot.environment || "featureflip"} · flags`;
    showFlags();
    showAttributes();
    explain();
  },
  problem(problem) {
    $("problem").hidden = problem === null;
    $("problem").textContent = problem ?? "";
  },
  clients(count) {
    $("clients").textContent = `${count} ${count === 1 ? "client" : "clients"} connected`;
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
    const parts = (buffered + decoder.decode(value, { stream: true })).split("\n\n");
    buffered = parts.pop();
    for (const part of parts) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
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
contextBox.value = sessionStorage.getItem("context") ?? `{ "user_id": "u-1" }`;

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
    element("button", { type: "button", onclick: () => addAttribute(name, value) }, `+ ${name}`)
  );
  $("attributes").replaceChildren(...buttons);
}

function addAttribute(name, value = "") {
  const context = readContext();
  if (context === null) return;
  // A list of entries, so that `__proto__` becomes a property like any other.
  const entries = [...Object.entries(context), [name, scalar(value)]];
  const lines = entries.map(([key, item]) => `  ${JSON.stringify(key)}: ${JSON.stringify(item)}`);
  contextBox.value = `{\n${lines.join(",\n")}\n}`;
  contextBox.rows = Math.min(16, Math.max(5, entries.length + 2));
  contextBox.dispatchEvent(new Event("input"));
  contextBox.focus();
}

/** Conditions keep strings; a number or a boolean is likely to be meant where one is written. */
function scalar(text) {
  return /^(true|false|-?\d{1,15}(\.\d+)?)$/.test(text) ? JSON.parse(text) : text;
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
  $("flag-count").textContent = wanted === "" ? String(rows.size) : `${shown} of ${rows.size}`;
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
    "aria-label": `Flag ${key}`,
    onclick: () => change(flag, { enabled: !flag.enabled }),
  });
  const type = element("span", { className: "type" });
  const count = element("span", { className: "seen" });
  const why = element("span", { className: "why" });
  const value = element("span", { className: "value" });
  const body = element("div", { className: "body" });
  const served = element("select", {
    "aria-label": `What ${key} serves when no rule matches`,
    onchange: () => change(flag, { fallthrough: { type: "Fixed", variation: served.value } }),
  });
  const facts = element("dl");
  const trace = element("ul", { className: "trace", "aria-label": `Why ${key} comes to this` });
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

  return {
    item,
    update(next) {
      flag = next;
      const json = JSON.stringify(next);
      if (json === shownFlag) return;
      shownFlag = json;
      toggle.setAttribute("aria-checked", String(flag.enabled));
      type.textContent = flag.type;
      const options = flag.variations.map((variation) =>
        element("option", { value: variation.key }, variation.key)
      );
      const { fallthrough } = flag;
      if (fallthrough.type === "Rollout" && fallthrough.variations.length > 0) {
        const text = `rollout: ${
          fallthrough.variations.map(({ key, weight }) => `${key} ${weight} %`).join(", ")
        }`;
        options.unshift(element("option", { value: "", disabled: true }, text));
        served.replaceChildren(...options);
        served.selectedIndex = 0;
      } else {
        served.replaceChildren(...options);
        served.value = fallthrough.variation;
      }
      facts.replaceChildren(
        element("dt", {}, flag.rules.length === 0 ? "everybody gets" : "everybody else gets"),
        element("dd", {}, served),
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
      const isDefault = result.value === undefined;
      const text = isDefault ? "your default" : JSON.stringify(result.value);
      value.textContent = text;
      value.title = text;
      value.classList.toggle("default", isDefault);
      why.textContent = describeReason(result);
      trace.replaceChildren(...describeTrace(result));
    },
    seen(times) {
      count.textContent = times === 0 ? "" : `${times}×`;
      count.title = `evaluated ${times} times by clients`;
      if (times === 0) return;
      count.classList.remove("fresh");
      // Read, so that the animation starts anew.
      void count.offsetWidth;
      count.classList.add("fresh");
    },
  };
}

function describeReason({ reason, ruleId, prerequisiteKey, error }) {
  switch (reason) {
    case "RULE_MATCH":
      return `rule ${ruleId} matches`;
    case "FALLTHROUGH":
      return "for everybody else";
    case "FLAG_DISABLED":
      return "switched off";
    case "PREREQUISITE_FAILED":
      return `needs another variation of ${prerequisiteKey}`;
    default:
      return error ?? reason;
  }
}

function describeTrace(result) {
  return [element("li", {}, result.reason)];
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
      ? `${flag.key} is ${changes.enabled ? "on" : "off"}`
      : `${flag.key} serves ${changes.fallthrough.variation}`;
    $("changed").replaceChildren(element("span", {}, text), undo);
  } catch (error) {
    listeners.problem(`${flag.key} is as it was: ${error.message}`);
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
    userId === undefined ? undefined : `by ${userId}`,
    prerequisiteKey === undefined ? undefined : `needs ${prerequisiteKey}`,
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
