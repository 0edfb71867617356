import type { ContextClient } from "@featureflip/sdk";

declare module "fastify" {
  interface FastifyRequest {
    flags: ContextClient;
  }
}
