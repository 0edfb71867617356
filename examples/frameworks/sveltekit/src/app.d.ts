import type { ContextClient } from "@featureflip/sdk";

declare global {
  namespace App {
    interface Locals {
      flags: ContextClient;
    }
  }
}
