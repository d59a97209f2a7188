/** `npm run load:report`: every result that is kept, as one table. */
import { readResults, reportOf } from "./results.ts";

console.log(reportOf(readResults()));
