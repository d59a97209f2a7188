import { storeConformance } from "./conformance.ts";
import { memoryStore } from "./memory-store.ts";

storeConformance("memory", async ({ now, runId }) => memoryStore({ now, runId }));
