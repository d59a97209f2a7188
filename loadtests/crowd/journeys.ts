import { type Random, wholeBelow } from "./random.ts";

/** One thing that a visitor does inside: open a page, or send a form. */
export interface Step {
  method: "GET" | "POST";
  path: string;
  form?: string;
}

/**
 * A visitor's way through a service. `next` is told how many steps are done and where the last form led, and
 * gives the next step, or undefined when the visitor has what they came for and has logged out.
 */
export interface Journey {
  next(stepsDone: number, ledTo: string | undefined, random: Random): Step | undefined;
  /** The front page where an inner one was asked for: the service lost the visit, and it begins anew. */
  frontPage?: string;
}

const people = ["asta", "noah", "ella"];
const centres = ["havnen", "skolen", "hallen", "biblioteket"];
const times = ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"];

/** Log in, look, change a deduction, approve, log out. */
const tax: Journey = {
  frontPage: "/tax",
  next(stepsDone, _ledTo, random) {
    const steps: Step[] = [
      { method: "GET", path: "/tax" },
      { method: "POST", path: "/tax/login", form: `person=${people[wholeBelow(people.length, random)]}` },
      { method: "GET", path: "/tax/deduction" },
      {
        method: "POST",
        path: "/tax/deduction",
        form: `transport=${wholeBelow(20_000, random)}&unionFee=${wholeBelow(7_000, random)}`,
      },
      { method: "POST", path: "/tax/submit", form: "" },
      { method: "POST", path: "/tax/logout", form: "" },
    ];
    return steps[stepsDone];
  },
};

/** Choose a centre, then times until one is still free or all are taken, and finish. */
const vaccine: Journey = {
  next(stepsDone, ledTo, random) {
    const centre = centres[wholeBelow(centres.length, random)];
    const time = times[wholeBelow(times.length, random)];
    if (stepsDone === 0) return { method: "GET", path: "/vaccine" };
    if (ledTo === "/vaccine/finish") return undefined;
    const isOver = ledTo === "/vaccine/confirmation" || ledTo === "/vaccine/full" || stepsDone > 8;
    if (isOver) return { method: "POST", path: "/vaccine/finish", form: "" };
    if (stepsDone === 1) return { method: "GET", path: `/vaccine/times?centre=${centre}` };
    return { method: "POST", path: "/vaccine/book", form: `centre=${centre}&time=${time}` };
  },
};

/** A service that nothing is known about: five looks at the same page. */
function looksAt(path: string): Journey {
  return { next: (stepsDone) => (stepsDone < 5 ? { method: "GET", path } : undefined) };
}

export function journeyThrough(room: string, path: string): Journey {
  if (room === "tax" && path === "/tax") return tax;
  if (room === "vaccine" && path === "/vaccine") return vaccine;
  return looksAt(path);
}
