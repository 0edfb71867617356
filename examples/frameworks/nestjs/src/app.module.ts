import { FeatureflipClient } from "@featureflip/sdk";
import { Controller, Get, Inject, Module, Query } from "@nestjs/common";
import { FlagsModule } from "./flags.module.js";

@Controller()
class ThemeController {
  constructor(@Inject(FeatureflipClient) private readonly client: FeatureflipClient) {}

  @Get()
  theme(@Query("user") user: string | undefined): string {
    if (this.client.boolVariation("dark-mode", { user_id: user }, false)) return "dark";
    return "light";
  }
}

@Module({ imports: [FlagsModule], controllers: [ThemeController] })
export class AppModule {}
