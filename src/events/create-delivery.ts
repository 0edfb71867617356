import { BackgroundDelivery } from "./background-delivery.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import type { EventSource } from "./event-queue.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { RequestDelivery } from "./request-delivery.ts";
import { Sender } from "./sender.ts";
import type { SenderOptions } from "./sender.ts";

/** Options of a delivery of events. Times are in ms. */
export interface EventDeliveryOptions extends SenderOptions, DeliveryOptions {
  readonly scheduler: DeliveryOptions["scheduler"];
  /** Whether timers and promises outlive the request that made them. */
  readonly hasBackground: boolean;
}

/** Creates the delivery of what waits in `source`, as the runtime allows it (contract §5). It has no timers or requests yet. */
export function createDelivery(
  source: EventSource,
  options: EventDeliveryOptions,
  warnings: PacedWarnings,
): Delivery {
  const sender = new Sender(source, options, warnings);
  const Delivery = options.hasBackground ? BackgroundDelivery : RequestDelivery;
  return new Delivery(source, sender, options);
}
