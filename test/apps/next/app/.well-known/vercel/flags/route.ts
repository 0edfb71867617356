import { getProviderData } from "@featureflip/sdk/flags-sdk";
import { createFlagsDiscoveryEndpoint } from "flags/next";

export const GET = createFlagsDiscoveryEndpoint(() => getProviderData());
