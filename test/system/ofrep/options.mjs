/** The options of the endpoint on every host. */
export const OPTIONS = {
  clientKeys: ["client-checks"],
  flags: (key) => !key.startsWith("hidden"),
  origins: ["https://www.example.com"],
  rateLimit: false,
};
