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
      // A dot would stop at the line separators that JSON may carry as they are.
      const [, name, data] = /^event: ([^\n]*)\ndata: ([^\n]*)$/.exec(part) ?? [];
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
  const everybodyElse = element("select", {
    "aria-label": `What ${key} serves when no rule matches`,
    onchange: () => change(flag, { fallthrough: { type: "Fixed", variation: everybodyElse.value } }),
  });
  const whose = element("dt");
  const facts = element("dl", {}, whose, element("dd", {}, everybodyElse));
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

  /** A rollout is shown, not offered: the page has no way to make one. */
  function showServe() {
    const { variations, fallthrough } = flag;
    const shares = fallthrough.type === "Rollout" ? fallthrough.variations : [];
    const rollout = shares.map(({ key, weight }) => `${key} ${weight} %`).join(", ");
    const options = variations.map(({ key }) => element("option", { value: key }, key));
    if (shares.length > 0) options.unshift(element("option", { disabled: true }, `rollout: ${rollout}`));
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

function describeReason({ detail: { reason, ruleId, prerequisiteKey, error }, rules, rollout }) {
  switch (reason) {
    case "RULE_MATCH":
      return `rule ${ruleId} matches${rollout === undefined ? "" : ", by rollout"}`;
    case "FALLTHROUGH":
      return `for everybody${rules.length === 0 ? "" : " else"}${
        rollout === undefined ? "" : ", by rollout"
      }`;
    case "FLAG_DISABLED":
      return "switched off";
    case "PREREQUISITE_FAILED":
      return `needs another variation of ${prerequisiteKey}`;
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
  const more = values.length > VALUES_SHOWN ? ` and ${values.length - VALUES_SHOWN} more` : "";
  const list = values.slice(0, VALUES_SHOWN).map((value) => JSON.stringify(value)).join(", ");
  const question = `${negate ? "not: " : ""}${attribute} ${operator} ${list}${more}`;
  const found = actual === undefined ? " but it is absent" : [" and it is ", code(JSON.stringify(actual))];
  return step(matched ? "yes" : "no", code(question), ...(Array.isArray(found) ? found : [found]));
}

function describeRollout({ bucketBy, value, bucket, shares }) {
  let sum = 0;
  const ranges = shares.map(({ variationKey, weight }) => {
    const from = sum;
    sum += weight;
    return `${variationKey} ${from} to ${sum}`;
  });
  const text = bucket === undefined
    ? `The rollout gives ${shares[0].variationKey} to those without ${bucketBy}`
    : `The rollout puts ${bucketBy} ${JSON.stringify(value)} at ${bucket} of 100`;
  return step("yes", `${text} (${ranges.join(", ")})`);
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
