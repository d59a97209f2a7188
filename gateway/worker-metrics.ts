import type { ChildProcess } from "node:child_process";
import { AggregatorRegistry, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

/** What one process has measured, as it travels from one to another. */
type Measured = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** A worker asks what all have measured; the parent asks each what it has, and answers with the sum. */
type FromWorker =
  | { readonly kind: "ask-all"; readonly id: number }
  | { readonly kind: "measured"; readonly id: number; readonly measured: Measured };
type FromParent =
  | { readonly kind: "measure"; readonly id: number }
  | { readonly kind: "all"; readonly id: number; readonly measured: Measured };

/** A worker that is too busy to answer in this time is counted as it last was. */
const WORKER_MS = 1_000;
/** Longer than the parent waits for its workers. */
const PARENT_MS = 3_000;

/** Questions under way on a channel, by their number. */
class Questions {
  readonly #waiting = new Map<number, (measured: Measured | null) => void>();
  #last = 0;

  /** Null where no answer came in time. */
  ask(send: (id: number) => void, withinMs: number): Promise<Measured | null> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answered(id, null), withinMs);
      this.#waiting.set(id, (measured) => {
        clearTimeout(timer);
        resolve(measured);
      });
      send(id);
    });
  }

  answered(id: number, measured: Measured | null): void {
    this.#waiting.get(id)?.(measured);
    this.#waiting.delete(id);
  }
}

/**
 * In a worker: metrics that count what happens here and show what all workers have counted. Reading them rejects where
 * the parent does not answer: a part of the sum would look like a fall.
 */
export function shownOfAll(metrics: Metrics, parent: NodeJS.Process): Metrics {
  const { registry } = metrics;
  const questions = new Questions();
  parent.on("message", (message: FromParent) => {
    if (message.kind === "all") return questions.answered(message.id, message.measured);
    if (message.kind !== "measure") return;
    const { id } = message;
    void registry.getMetricsAsJSON().then((measured) => tell(parent, { kind: "measured", id, measured }));
  });
  const all = async () => {
    const measured = await questions.ask((id) => tell(parent, { kind: "ask-all", id }), PARENT_MS);
    if (measured === null) throw new Error("the process that started this worker does not answer");
    return AggregatorRegistry.aggregate([measured]);
  };
  return {
    ...metrics,
    registry: {
      contentType: registry.contentType,
      metrics: async () => (await all()).metrics(),
      getMetricsAsJSON: async () => (await all()).getMetricsAsJSON(),
    },
  };
}

interface Worker {
  readonly channel: ChildProcess;
  readonly questions: Questions;
  last: Measured;
}

/** In the parent: answers workers who ask what all have measured. */
export class WorkerSum {
  readonly #workers = new Set<Worker>();
  /** What workers that are no more had counted: a sum that fell would be taken for a start from 0. */
  #ended: Promise<Measured> = Promise.resolve([]);

  /** Counts a worker in, until it exits. */
  add(channel: ChildProcess): void {
    const worker: Worker = { channel, questions: new Questions(), last: [] };
    this.#workers.add(worker);
    channel.on("message", (message: FromWorker) => {
      if (message.kind === "measured") {
        worker.last = message.measured;
        worker.questions.answered(message.id, message.measured);
      } else if (message.kind === "ask-all") {
        const { id } = message;
        void this.#all().then((measured) => tell(channel, { kind: "all", id, measured }));
      }
    });
    channel.on("exit", () => {
      this.#workers.delete(worker);
      this.#ended = this.#ended.then((before) => summed([before, worker.last.filter(isCount)]));
    });
  }

  async #all(): Promise<Measured> {
    const ended = this.#ended;
    const parts = await Promise.all([...this.#workers].map(measure));
    return summed([await ended, ...parts]);
  }
}

/** Not the state of a process that is gone, nor what all read alike from the store. */
function isCount({ type, aggregator }: Measured[number]): boolean {
  return aggregator === "sum" && ["counter", "histogram"].includes(String(type));
}

async function measure(worker: Worker): Promise<Measured> {
  const { channel, questions } = worker;
  return (await questions.ask((id) => tell(channel, { kind: "measure", id }), WORKER_MS)) ?? worker.last;
}

function summed(parts: readonly Measured[]): Promise<Measured> {
  return AggregatorRegistry.aggregate([...parts]).getMetricsAsJSON();
}

/** To a process that is just ending nothing can be told, and that is no fault of this one. */
function tell(channel: ChildProcess | NodeJS.Process, message: FromWorker | FromParent): void {
  channel.send?.(message, undefined, undefined, () => undefined);
}
