import { deepStrictEqual, doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { FeatureflipClient } from "@featureflip/sdk";
import { flag } from "@featureflip/sdk/testing";
import { parse, stringify, uneval } from "devalue";
import { createElement } from "react";
import { registerClientReference, renderToPipeableStream } from "react-server-dom-webpack/server.node";
import { crossSerialize, deserialize, fromJSON, serialize, toJSON } from "seroval";
import superjson from "superjson";

const search = flag("search", { off: null, on: { engine: "v2", limits: [1, 2] } }).otherwise("on");
const flags = [
  flag("dark-mode").otherwise("on"),
  search,
  flag("tier", { free: "free", pro: "pro" }).otherwise("pro"),
];
const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags } });
const context = { user_id: "ada" };
const expected = { "dark-mode": true, search: { engine: "v2", limits: [1, 2] }, tier: "pro" };

/** Everything that the client returns, but its errors. */
const returned = {
  allFlags: client.allFlags(context),
  "allFlags of a context": client.forContext(context).allFlags(),
  detail: client.variationDetail("search", context, null),
  explain: client.explain("search", context),
  status: client.status,
  value: client.jsonVariation("search", context, null),
};
deepStrictEqual(returned.allFlags, expected);

for (const [name, value] of Object.entries(returned)) {
  const plain = JSON.parse(JSON.stringify(value));
  deepStrictEqual(structuredClone(value), value, `${name}: structuredClone`);
  deepStrictEqual(JSON.parse(JSON.stringify(parse(stringify(value)))), plain, `${name}: devalue`);
  doesNotThrow(() => uneval(value), `${name}: devalue, uneval`);
  deepStrictEqual(
    JSON.parse(JSON.stringify(superjson.parse(superjson.stringify(value)))),
    plain,
    `${name}: superjson`,
  );
  deepStrictEqual(JSON.parse(JSON.stringify(deserialize(serialize(value)))), plain, `${name}: seroval`);
  deepStrictEqual(JSON.parse(JSON.stringify(fromJSON(toJSON(value)))), plain, `${name}: seroval, JSON`);
  doesNotThrow(() => crossSerialize(value), `${name}: seroval, across`);
  strictEqual(String(value), "[object Object]", `${name}: a template string`);
  strictEqual(Object.getPrototypeOf(value), Object.prototype, `${name}: a plain object`);
  await render(name, value);
}

// One key is refused by three of them, in any object.
const own = FeatureflipClient.forTesting(JSON.parse('{"__proto__": true, "constructor": false}')).allFlags(
  {},
);
deepStrictEqual(Object.keys(own), ["__proto__", "constructor"]);
strictEqual(Object.getPrototypeOf(own), Object.prototype);
await render("own __proto__", own);
deepStrictEqual(structuredClone(own), own);
throws(() => parse(stringify(own)), /__proto__/);
throws(() => superjson.stringify(own), /__proto__/);
throws(() => deserialize(serialize(own)));
console.log("ok");

/** Renders a Client Component with a value as its property, as a React Server Component does. */
async function render(name, value) {
  const Page = registerClientReference(() => {}, "Page.js", "Page");
  const errors = [];
  const manifest = { "Page.js#Page": { id: "Page.js", chunks: [], name: "Page" } };
  const { pipe } = renderToPipeableStream(createElement(Page, { value }), manifest, {
    onError: (error) => void errors.push(error),
  });
  const page = await text(pipe(new PassThrough()));
  deepStrictEqual(errors, [], `${name}: a property of a Client Component`);
  strictEqual(page.includes("value"), true);
}
