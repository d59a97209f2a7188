import { describe, expect, it } from "vitest";
import { LiveFeed, readBand } from "./live-feed.ts";
import type { Status } from "./status.ts";

const status = (json: string, urgency = "calm", serving = 0): Status => ({
  json,
  serving,
  outflowPerMinute: 300,
  bytes: Buffer.from(json),
  lastMember: Buffer.from(""),
  waits: [],
  urgency,
});

/** Runs so many ms of virtual time and gives what was published, in order. */
function openFeed() {
  const published: [topic: string, text: string][] = [];
  let next: (() => void) | null = null;
  const feed = new LiveFeed({
    room: "tax",
    publish: (topic, text) => published.push([topic, text]),
    setTimer: (call) => {
      next = call;
    },
  });
  feed.opened({ end: () => {} });
  const run = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      const call = next;
      next = null;
      if (call) call();
      else feed.start();
    }
  };
  return { feed, published, run };
}

describe("live feed", () => {
  it("sends to each page near the front once a second, mid each 5 s, far each 20 s", () => {
    const { feed, published, run } = openFeed();
    feed.update(status("{}"));
    const [near, mid, far] = [feed.topicFor("near"), feed.topicFor("mid"), feed.topicFor("far")];
    run(20_000);
    const sent = (topic: string) => published.filter(([to]) => to === topic).length;
    expect([sent(near), sent(mid), sent(far)]).toEqual([20, 4, 1]);
  });

  it("spreads pages over the turns, so that no turn sends to all", () => {
    const { feed } = openFeed();
    const topics = new Set(Array.from({ length: 400 }, () => feed.topicFor("far")));
    expect(topics.size).toBe(200);
  });

  it("tells everybody at once when what matters changes, and not otherwise", async () => {
    const { feed, published } = openFeed();
    const far = feed.topicFor("far");
    feed.update(status("1"));
    feed.update(status("2"));
    expect(published).toEqual([]);
    feed.update(status("3", "held"));
    for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(published.filter(([topic]) => topic === far)).toEqual([[far, "3"]]);
    expect(new Set(published.map(([topic]) => topic)).size).toBe(260);
  });

  // PROTOCOL: or the line leaps to where those of the band may stand
  it("tells those whom a leap of the line may have called, at once, whether it was one leap or several", async () => {
    const { feed, published, run } = openFeed();
    const [mid, far] = [feed.topicFor("mid"), feed.topicFor("far")];
    const heard = async (topic: string) => {
      for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve));
      return published.filter(([to]) => to === topic).map(([, text]) => text);
    };
    feed.update(status("0"));
    run(20_000);
    published.length = 0;
    feed.update(status("299", "calm", 299));
    expect([await heard(mid), await heard(far)]).toEqual([[], []]);
    feed.update(status("4,000", "calm", 4_000));
    expect([await heard(mid), await heard(far)]).toEqual([["4,000"], []]);
    feed.update(status("4,200", "calm", 4_200));
    feed.update(status("5,000", "calm", 5_000));
    expect([await heard(mid), await heard(far)]).toEqual([["4,000", "5,000"], ["5,000"]]);
  });

  it("tells nobody before their time of what the outflow takes", async () => {
    const { feed, published, run } = openFeed();
    feed.update({ ...status("0"), outflowPerMinute: 60_000 });
    run(20_000);
    published.length = 0;
    for (let second = 1; second <= 20; second += 1) {
      feed.update({ ...status("", "calm", second * 1_000), outflowPerMinute: 60_000 });
      run(1_000);
    }
    expect(published).toHaveLength(20 * 10 * 3);
  });

  it("reads a band, near where it is none", () => {
    expect(["near", "mid", "far", "x", null].map(readBand)).toEqual(["near", "mid", "far", "near", "near"]);
  });
});
