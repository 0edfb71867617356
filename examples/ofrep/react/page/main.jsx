import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, OpenFeatureProvider, useFlag } from "@openfeature/react-sdk";
import { createRoot } from "react-dom/client";

await OpenFeature.setContext({ targetingKey: "u-123" });
OpenFeature.setProvider(
  new OFREPWebProvider({
    baseUrl: location.origin,
    headers: [["Authorization", "Bearer client-web"]],
    pollInterval: 30_000, // for Workers; where there is an event stream, the provider does not poll
  }),
);

function Theme() {
  const { value } = useFlag("dark-mode", false);
  return <p>{value ? "dark" : "light"}</p>;
}

createRoot(document.getElementById("root")).render(
  <OpenFeatureProvider suspend>
    <Theme />
  </OpenFeatureProvider>,
);
