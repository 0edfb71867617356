import { describe, expect, it } from "vitest";
import { redisOverHttp } from "../../../../src/adapters/redis/mod.ts";

describe("redisOverHttp()", () => {
  it("posts the command with the token, and resolves with the result, null too", async () => {
    const requests: Request[] = [];
    const results = [{ result: "OK" }, { result: null }];
    const send = redisOverHttp({
      url: "https://redis.example/",
      token: "a-token",
      fetch: (input, init) => {
        requests.push(new Request(input, init));
        return Promise.resolve(Response.json(results.shift()));
      },
    });
    expect([await send(["SET", "a", "b"]), await send(["GET", "a"])]).toEqual(["OK", null]);
    const [request] = requests;
    expect([request!.method, request!.url, request!.headers.get("authorization"), request!.redirect]).toEqual(
      [
        "POST",
        "https://redis.example/",
        "Bearer a-token",
        "manual",
      ],
    );
    expect(await request!.json()).toEqual(["SET", "a", "b"]);
  });

  it.each<[Response, string]>([
    [Response.json({ error: "WRONGPASS" }, { status: 401 }), "Redis answered 401: WRONGPASS"],
    [Response.json({}, { status: 200 }), "Redis answered 200"],
    [new Response("<html>", { status: 502 }), "Redis answered 502"],
  ])("rejects what is not a result", async (response, message) => {
    const fetch = () => Promise.resolve(response);
    await expect(redisOverHttp({ url: "https://redis.example", token: "t", fetch })(["PING"])).rejects
      .toThrow(message);
  });

  it("refuses a missing url or token by its name", () => {
    const make = (options: object) => () => redisOverHttp(options as Parameters<typeof redisOverHttp>[0]);
    expect(make({ token: "t" })).toThrow(/'url' is missing, it must be an absolute http: or https: URL/);
    expect(make({ url: "https://redis.example", token: "" })).toThrow(/'token' must be a string/);
  });
});
