import "reflect-metadata";
import type { Server } from "node:http";
import { NestFactory } from "@nestjs/core";
import { AppModule } from "./app.module.js";

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks(); // SIGTERM closes the client, once open requests have ended
  const server: Server = await app.listen(process.env.PORT ?? 3000, "127.0.0.1");
  process.once("SIGTERM", () => {
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}

void main();
