import { FeatureflipClient } from "@featureflip/sdk";
import { Global, Inject, Module } from "@nestjs/common";
import type { OnApplicationShutdown } from "@nestjs/common";

/** One client for the application, ready before the first request where the service answers. */
@Global()
@Module({
  providers: [{
    provide: FeatureflipClient,
    async useFactory() {
      const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY
      await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
      return client;
    },
  }],
  exports: [FeatureflipClient],
})
export class FlagsModule implements OnApplicationShutdown {
  constructor(@Inject(FeatureflipClient) private readonly client: FeatureflipClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
