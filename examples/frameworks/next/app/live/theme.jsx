"use client";

import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, OpenFeatureProvider, useFlag } from "@openfeature/react-sdk";
import { useEffect } from "react";

/** Shows the server's value until the endpoint has answered, and then the endpoint's. */
export function LiveTheme({ user, darkMode }) {
  useEffect(() => {
    OpenFeature.setProvider(
      new OFREPWebProvider({
        baseUrl: location.origin,
        headers: [["Authorization", "Bearer client-web"]],
        cacheMode: "disabled", // the server's value is newer than one of an earlier visit
      }),
      { targetingKey: user },
    );
  }, [user]);
  return (
    <OpenFeatureProvider>
      <Theme darkMode={darkMode} />
    </OpenFeatureProvider>
  );
}

function Theme({ darkMode }) {
  return useFlag("dark-mode", darkMode).value ? <p>dark</p> : <p>light</p>;
}
