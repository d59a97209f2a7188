import type { View } from "./view.ts";

/** The element with this id; the page is built together with this script, so a missing one is a bug. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/** Sets a text only where it changes (assistive technology is told of every change); null hides the part. */
export function setText(id: string, text: string | null): void {
  const target = element(id);
  const unbroken = text?.replace(NUMBER_AND_WORD, "$1\u00a0");
  if (unbroken !== undefined && target.textContent !== unbroken) target.textContent = unbroken;
  target.hidden = text === null;
}

/** A number stays on the line of its word: "under 1 / minut" and "kl. / 20.00" are hard to read. */
const NUMBER_AND_WORD = /(\d\.?|\b(?:kl|nr|no)\.) (?=[\d\p{L}])/gu;

/** Puts a view on the page. Parts named `x-box` frame the text `x`. */
export function render(view: View, phase: string): void {
  document.documentElement.dataset.phase = phase;
  if (document.title !== view.title) document.title = view.title;
  setText("heading", view.heading);
  setText("lead", view.lead);
  setText("ahead", view.ahead);
  setText("wait", view.wait);
  setText("updated", view.updated);
  setText("trouble", view.trouble);
  setText("notice", view.notice);
  setText("message", view.message?.text ?? null);
  if (view.message) element("message").lang = view.message.lang;
  setText("action", view.action);
  element("action-box").hidden = view.action === null;
  setText("kept", view.kept);
  element("line-box").hidden = view.ahead === null;
  element("message-box").hidden = view.message === null;
  element("safe-box").hidden = !view.safe;
  element("leave").hidden = !view.canLeave;
  element("more").hidden = !view.canExtend;
  if (view.progress !== null) (element("progress") as HTMLProgressElement).value = view.progress;
}
