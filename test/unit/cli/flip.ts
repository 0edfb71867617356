import { strictEqual } from "node:assert/strict";

/** Turns a flag on or off as the page of `featureflip dev` does, with the token that stands in it. */
export async function flip(url: string, key: string, enabled: boolean): Promise<void> {
  const page = await (await fetch(url)).text();
  const [, token = ""] = /name="featureflip-token" content="([^"]+)"/.exec(page) ?? [];
  const { status } = await fetch(`${url}/v1/local/flags`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ key, enabled }),
  });
  strictEqual(status, 200);
}
