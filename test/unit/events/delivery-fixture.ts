import { EventQueue } from "../../../src/events/event-queue.ts";
import { createPacedWarnings } from "../../../src/events/paced-warnings.ts";
import { Sender } from "../../../src/events/sender.ts";
import { createEvaluation } from "../../../src/events/serialize.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { EventPosts } from "../../support/service.ts";
import { collectingLogger } from "./fixture.ts";

/** The parts that a delivery works with. */
export interface DeliveryParts {
  readonly scheduler: ManualScheduler;
  readonly api: EventPosts;
  readonly queue: EventQueue;
  readonly sender: Sender;
  /** Adds evaluations to the queue. */
  add(many: number): void;
}

/** A queue, a sender with the contract's defaults, an API in memory and a clock that is moved by hand. */
export function createParts(): DeliveryParts {
  const scheduler = new ManualScheduler();
  const api = new EventPosts(scheduler);
  const queue = new EventQueue();
  const options = { http: api, scheduler, flushInterval: 30_000, flushBatchSize: 100, connectTimeout: 5_000 };
  const warnings = createPacedWarnings({ ...options, logger: collectingLogger([]) });
  const sender = new Sender(queue, options, warnings);
  let count = 0;
  const add = (many: number): void => {
    for (let index = 0; index < many; index++) {
      queue.add(createEvaluation(String(count++), undefined, "on", undefined, scheduler.now()));
    }
  };
  return { scheduler, api, queue, sender, add };
}
