// `… await-using.mjs DIST`: a client that the end of a block closes, in the syntax itself.
const { createEvaluationApi } = await import(`${process.argv[2]}/server.js`);
const { FeatureflipClient } = await import(`${process.argv[2]}/mod.js`);
const api = createEvaluationApi({ sdkKeys: ["sdk-block"], environment: { flags: [] } });
let client;
{
  await using scoped = await FeatureflipClient.create({
    sdkKey: "sdk-block",
    baseUrl: "http://localhost",
    fetch: (url, init) => api.fetch(new Request(url, init)),
  });
  client = scoped;
  if (client.status.isClosed) throw new Error("It was closed before the end of its block");
}
if (!client.status.isClosed) throw new Error("It was not closed at the end of its block");
await api.close();
console.log("closed");
