import fc from "fast-check";
import { expect, test } from "vitest";
import { statusDocument } from "../page-fixture.ts";
import { highestNews, isCalled, peopleAhead, placeAfter, placeAtJoin, progressSinceJoin } from "./place.ts";

const at = (serving: number, generation = 1) => statusDocument({ serving, generation });

test("number 10 of a line that has called 4 has 5 people ahead", () => {
  const place = placeAtJoin(10, at(4), null);
  expect(peopleAhead(place)).toBe(5);
  expect(isCalled(place)).toBe(false);
  expect(progressSinceJoin(place)).toBe(0);
});

test("the next one has nobody ahead; called is called", () => {
  const place = placeAtJoin(10, at(4), null);
  expect(peopleAhead(placeAfter(place, at(9)))).toBe(0);
  expect(isCalled(placeAfter(place, at(9)))).toBe(false);
  expect(isCalled(placeAfter(place, at(10)))).toBe(true);
  expect(progressSinceJoin(placeAfter(place, at(7)))).toBe(0.5);
  expect(progressSinceJoin(placeAfter(place, at(99)))).toBe(1);
});

test("a shown place never goes up, whatever news comes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 2 }))), (news) => {
      let place = placeAtJoin(150, at(10), null);
      for (const [serving, generation] of news) {
        const next = placeAfter(place, at(serving, generation));
        expect(peopleAhead(next)).toBeLessThanOrEqual(peopleAhead(place));
        expect(progressSinceJoin(next)).toBeGreaterThanOrEqual(progressSinceJoin(place));
        place = next;
      }
    }),
  );
});

test("a reload goes on where the ticket was, also when the first news is older", () => {
  const before = placeAfter(placeAtJoin(100, at(0), null), at(60));
  const after = placeAtJoin(100, at(58), before);
  expect(after).toEqual(before);
  expect(progressSinceJoin(after)).toBe(0.6);
});

test("what is remembered of another ticket or another generation does not count", () => {
  const before = placeAtJoin(100, at(0), null);
  expect(placeAtJoin(101, at(60), before).servingAtJoin).toBe(60);
  expect(placeAtJoin(100, at(60, 2), before).servingAtJoin).toBe(60);
});

test("the news whose seal is kept is the one of the longer line", () => {
  const known = statusDocument({ generation: 2, serving: 50, issued: 90 });
  const wiped = statusDocument({ generation: 2, serving: 0, issued: 0 });
  const further = statusDocument({ generation: 2, serving: 51, issued: 90 });
  const reset = statusDocument({ generation: 3, serving: 0, issued: 0 });
  expect(highestNews(null, known)).toBe(known);
  expect(highestNews(known, wiped)).toBe(known);
  expect(highestNews(known, further)).toBe(further);
  expect(highestNews(known, reset)).toBe(reset);
  expect(highestNews(reset, known)).toBe(reset);
});
