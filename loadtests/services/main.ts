import { parseArgs } from "node:util";
import { startTaxService } from "./tax/service.ts";
import { startVaccineService } from "./vaccine/service.ts";

const usage =
  "Usage: tsx loadtests/services/main.ts tax|vaccine [--port N] [--carries N] [--seats-per-time N]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    carries: { type: "string", default: "200" },
    "seats-per-time": { type: "string", default: "100" },
  },
});

function whole(name: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  console.error(`--${name}: ${given} was given; a whole number from ${least} to ${most} is allowed`);
  process.exit(2);
}

const name = positionals[0];
if ((name !== "tax" && name !== "vaccine") || positionals.length > 1) {
  console.error(usage);
  process.exit(2);
}

const options = {
  port: whole("port", values.port ?? (name === "tax" ? "8091" : "8092"), 0, 65_535),
  host: "127.0.0.1",
  carries: whole("carries", values.carries, 1, 100_000),
};
const seatsPerTime = whole("seats-per-time", values["seats-per-time"], 1, 100_000);
const service = await (name === "tax"
  ? startTaxService(options)
  : startVaccineService({ ...options, seatsPerTime }));
console.log(
  JSON.stringify({ event: "listening", service: name, url: `http://127.0.0.1:${service.port}/${name}` }),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void service.close().then(() => process.exit(0)));
}
