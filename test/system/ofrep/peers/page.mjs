import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, OpenFeatureProvider, useFlag } from "@openfeature/react-sdk";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const { baseUrl, key } = globalThis.settings;

function Theme() {
  const { value } = useFlag("dark-mode", false);
  return createElement("p", null, value ? "dark" : "light");
}

await OpenFeature.setContext({ targetingKey: "u-123" });
OpenFeature.setProvider(new OFREPWebProvider({ baseUrl, headers: [["Authorization", `Bearer ${key}`]] }));
createRoot(document.body).render(
  createElement(OpenFeatureProvider, { suspend: true }, createElement(Theme)),
);
