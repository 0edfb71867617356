// Requests as no provider sends them.
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { request } from "node:http";
import { checkBulk, checkBulkFailure, checkEvaluation, checkNotFound } from "./schema.mjs";

const KEY = { authorization: "Bearer client-checks" };

async function ask(url, path, { context, headers = KEY, method = "POST", body } = {}) {
  const response = await fetch(`${url}/ofrep/v1${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(method === "POST" && { body: body ?? JSON.stringify({ context }) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

const FLAGS = "/evaluate/flags";

/** The reason of the protocol, from the client's detail. */
function reasonOf({ reason }) {
  return { RULE_MATCH: ["TARGETING_MATCH", "SPLIT"], FLAG_DISABLED: ["DISABLED"] }[reason] ??
    ["STATIC", "SPLIT", "UNKNOWN"];
}

/** Value, variant and reason of each flag equal the client's, for random contexts; answers validate. */
export async function checkValues({ url, reference, contexts }) {
  let compared = 0;
  async function checkContext(index) {
    const pick = (items) => items[Math.floor(Math.random() * items.length)];
    const context = {
      targetingKey: pick(["", "u-1", "u-2", `u-${index}`, "é😀"]),
      plan: pick(["pro", "free", "PRO", undefined, null, 7, ["pro"]]),
      age: pick([40, 41, "99", -1, true, undefined]),
      email: pick(["a@hidden.example", "b@example.com", undefined]),
    };
    const { status, body } = await ask(url, FLAGS, { context });
    strictEqual(status, 200);
    checkBulk(body);
    deepStrictEqual(body.flags.map(({ key }) => key), [
      "dark-mode",
      "banner",
      "limit",
      "theme",
      "split",
      "internal",
    ]);
    const { targetingKey, ...others } = JSON.parse(JSON.stringify(context));
    const own = targetingKey === "" ? others : { ...others, user_id: targetingKey, targetingKey };
    for (const result of body.flags) {
      const detail = reference.variationDetail(result.key, own, undefined);
      const told = JSON.stringify(context);
      deepStrictEqual(result.value, detail.value, told);
      strictEqual(result.variant, detail.variationKey, told);
      strictEqual(result.metadata.reason, detail.reason, told);
      ok(reasonOf(detail).includes(result.reason), told);
      compared++;
    }
  }
  for (let index = 0; index < contexts; index += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, offset) => checkContext(index + offset)));
  }
  return `${compared} results`;
}

/** Nothing leaves that must not, and nobody gets in who must not. */
export async function checkAccess({ url, hasStreams }) {
  const context = { targetingKey: "u-1", email: "a@hidden.example" };
  const bulk = await ask(url, FLAGS, { context });
  const single = await ask(url, `${FLAGS}/internal`, { context });
  checkEvaluation(single.body);
  for (const { text } of [bulk, single]) {
    ok(!/hidden|segment|rule-|EndsWith|client-checks|sdk-ofrep/.test(text), text);
  }
  strictEqual(bulk.body.eventStreams !== undefined, hasStreams);

  for (const key of ["hidden-flag", "no-such-flag", "%F0%9F%98%80"]) {
    const { status, body } = await ask(url, `${FLAGS}/${key}`, { context });
    strictEqual(status, 404);
    checkNotFound(body);
  }
  for (const headers of [{}, { authorization: "Bearer sdk-ofrep" }, { "x-api-key": "client" }]) {
    strictEqual((await ask(url, FLAGS, { context, headers })).status, 401);
  }
  for (
    const body of [
      "no JSON",
      "[]",
      '{"context":"ada"}',
      '{"context":{"targetingKey":{}}}',
      "[".repeat(60_000),
    ]
  ) {
    const { status, body: failure } = await ask(url, FLAGS, { body });
    strictEqual(status, 400);
    checkBulkFailure(failure);
  }
  strictEqual(
    (await ask(url, FLAGS, { body: JSON.stringify({ context: { a: "x".repeat(70_000) } }) })).status,
    413,
  );

  const etag = bulk.headers.get("etag");
  const known = { ...KEY, "if-none-match": etag };
  strictEqual((await ask(url, FLAGS, { context, headers: known })).status, 304);
  strictEqual((await ask(url, FLAGS, { context: { ...context, plan: "pro" }, headers: known })).status, 200);

  const page = { origin: "https://www.example.com" };
  const preflight = await ask(url, FLAGS, { method: "OPTIONS", headers: page });
  deepStrictEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [
    204,
    page.origin,
  ]);
  for (const origin of ["https://evil.example", "null", "https://www.example.com.evil.example"]) {
    strictEqual((await ask(url, FLAGS, { context, headers: { ...KEY, origin } })).status, 403);
  }
  match(bulk.headers.get("vary"), /Origin, Authorization, X-API-Key/i);
  if (!hasStreams) return;

  const { url: stream } = bulk.body.eventStreams[0];
  const statusOf = async (target, headers) => {
    const response = await fetch(target, { headers });
    await response.body?.cancel();
    return response.status;
  };
  strictEqual(await statusOf(stream, {}), 200);
  strictEqual(await statusOf(stream, page), 401);
  strictEqual(await statusOf(stream.replace(/token=\d/, "token=9"), {}), 401);
  strictEqual(await statusOf(`${stream}x`, {}), 401);
  strictEqual(await statusOf(stream.replace(/\?.*/, ""), KEY), 401);
}

/** One flip reaches 1,000 streams. */
export async function checkStreams({ url, api }) {
  const { body } = await ask(url, FLAGS, { context: {} });
  const streams = await Promise.all(
    Array.from({ length: 1_000 }, () => openStream(body.eventStreams[0].url)),
  );
  await Promise.all(streams.map(({ told }) => told(1)));
  const start = performance.now();
  api.patchFlag("banner", { enabled: false });
  await Promise.all(streams.map(({ told }) => told(2)));
  const duration = Math.round(performance.now() - start);
  api.patchFlag("banner", { enabled: true });
  for (const { close } of streams) close();
  // The bound is 1,000 ms on a machine with nothing else to do.
  ok(duration < 30_000);
  return `told within ${duration} ms`;
}

function openStream(url) {
  return new Promise((opened, fail) => {
    const client = request(url, { agent: false }, (response) => {
      let notifications = 0;
      let waiting;
      response.setEncoding("utf8").on("data", (chunk) => {
        notifications += chunk.split("refetchEvaluation").length - 1;
        waiting?.();
      });
      opened({
        told: (count) =>
          new Promise((done) => {
            waiting = () => notifications >= count && done();
            waiting();
          }),
        close: () => client.destroy(),
      });
    });
    client.on("error", fail).end();
  });
}
