/** An invented person, with what the year's papers say. Amounts are whole kroner. */
export interface Person {
  id: string;
  name: string;
  salary: number;
  taxPaid: number;
  transport: number;
  unionFee: number;
}

export const people: readonly Person[] = [
  { id: "asta", name: "Asta Holm", salary: 412_000, taxPaid: 137_900, transport: 9_450, unionFee: 5_520 },
  { id: "noah", name: "Noah Friis", salary: 538_500, taxPaid: 169_200, transport: 0, unionFee: 6_960 },
  { id: "ella", name: "Ella Krogh", salary: 296_300, taxPaid: 84_600, transport: 21_780, unionFee: 0 },
];

const personalAllowance = 51_600;
const taxPercent = 37;

/** The most that may be given as one deduction, in kroner. */
export const deductionLimit = 200_000;

/** The tax of the year and what is paid back; `refund` is negative where tax is still owed. */
export function settleYear(person: Person): { tax: number; refund: number } {
  const taxable = Math.max(0, person.salary - person.transport - person.unionFee - personalAllowance);
  const tax = Math.round((taxable * taxPercent) / 100);
  return { tax, refund: person.taxPaid - tax };
}

/** Whole kroner as people write them (`9450`, `9.450`, `9 450`), or undefined when it is no such amount. */
export function readAmount(text: string): number | undefined {
  const digits = text.trim().replace(/[\s.,]/g, "");
  if (!/^\d{1,7}$/.test(digits)) return undefined;
  const amount = Number(digits);
  return amount <= deductionLimit ? amount : undefined;
}
