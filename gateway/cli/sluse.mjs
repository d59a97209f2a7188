#!/usr/bin/env node
/** `npx sluse`: the command line is TypeScript, which tsx runs as it is. */
import { register } from "tsx/esm/api";

register();
const { runInTerminal } = await import("./main.ts");
await runInTerminal();
