/** The command line as a program: `npx sluse` builds and runs it (sluse.mjs). */
import { runInTerminal } from "./main.ts";

await runInTerminal();
