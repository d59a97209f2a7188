import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, OPERATOR_TOKEN, startGatewayProcess } from "#gateway/testing/gateway-process";
import { BOUNDS, type BoundedField } from "./bounds.ts";

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess({
    rooms: [
      {
        id: "tax",
        name: { da: "Skat", en: "Tax" },
        match: { host: "*", path: "/tax" },
        origin: "http://127.0.0.1:9",
        outflowPerMinute: 600,
      },
    ],
    env: { REDIS_URL: "memory:" },
  });
});

afterAll(async () => {
  await gateway?.stop();
});

async function statusOfChange(field: BoundedField, value: number): Promise<number> {
  const reply = await fetch(`${gateway.operatorUrl}/api/rooms/tax`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    body: JSON.stringify({ [field]: value }),
  });
  return reply.status;
}

describe("the bounds that the console states are those of the gateway", () => {
  it.each(Object.keys(BOUNDS) as BoundedField[])("%s", async (field) => {
    const { least, most } = BOUNDS[field];
    const statuses = [];
    for (const value of [least - 1, least, most, most + 1]) statuses.push(await statusOfChange(field, value));
    expect(statuses).toEqual([400, 200, 200, 400]);
  });
});
