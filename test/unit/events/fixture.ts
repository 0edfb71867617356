import type { SdkEvent } from "../../../src/contract/wire.ts";
import { createEventProcessor } from "../../../src/events/event-processor.ts";
import type { EventProcessor, EventProcessorOptions } from "../../../src/events/event-processor.ts";
import type { Logger } from "../../../src/runtime/logger.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { EventPosts } from "../../support/service.ts";

/** A processor between a clock that stands still and an API in memory. */
export interface Fixture {
  readonly api: EventPosts;
  readonly scheduler: ManualScheduler;
  readonly events: EventProcessor;
  readonly warnings: string[];
  /** Records evaluations of flags named by numbers, from `first` on. */
  evaluate(count: number, first?: number): void;
}

/** Makes a fixture with the contract's defaults. */
export function createFixture(options: Partial<EventProcessorOptions> = {}): Fixture {
  const scheduler = new ManualScheduler();
  const api = new EventPosts(scheduler);
  const warnings: string[] = [];
  const events = createEventProcessor({
    http: api,
    scheduler,
    logger: collectingLogger(warnings),
    flushInterval: 30_000,
    flushBatchSize: 100,
    evaluationEvents: "all",
    privateAttributes: [],
    hasBackground: true,
    connectTimeout: 5_000,
    ...options,
  });
  const evaluate = (count: number, first = 0): void => {
    for (let number = first; number < first + count; number++) {
      events.recordEvaluation(String(number), undefined, "on", undefined);
    }
  };
  return { api, scheduler, events, warnings, evaluate };
}

/** Keeps warnings; everything else is a mistake in these tests. */
export function collectingLogger(warnings: string[]): Logger {
  const unexpected = (message: string): never => {
    throw new Error(`Unexpected log line: ${message}`);
  };
  return {
    debug: unexpected,
    info: unexpected,
    error: unexpected,
    warn: (message) => void warnings.push(message),
  };
}

/** The one event that has been received. */
export async function receiveOne(fixture: Fixture): Promise<SdkEvent> {
  await fixture.events.flush();
  const [event, ...others] = fixture.api.received;
  if (event === undefined || others.length > 0) {
    throw new Error(`${fixture.api.received.length} events, not one`);
  }
  return event;
}

/** Keys from `first` to before `end`. */
export function keys(first: number, end: number): string[] {
  return Array.from({ length: end - first }, (_, index) => String(first + index));
}
