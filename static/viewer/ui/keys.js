/** Key events to commands. */

import { commandFor } from "./keymap.js";

/**
 * @param {{characterKeys: () => boolean, run: (command: string) => void}} app
 */
export function listenToKeys({ characterKeys, run }) {
  // The frame of the focus is for those who work with keys; after a click or a tap it only disturbs.
  const by = (/** @type {"keys" | "pointer"} */ kind) => (document.documentElement.dataset.input = kind);
  document.addEventListener("pointerdown", () => by("pointer"), true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab") by("keys");
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const inPopover = event.target instanceof Element && event.target.closest("[popover]");
    if (inPopover) return;
    const command = commandFor(
      { key: event.key, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey },
      { characterKeys: characterKeys(), focus: focusOf(event.target) },
    );
    if (!command) return;
    event.preventDefault();
    run(command);
  });
}

/** What kind of control has the focus, and so keeps some keys. @param {EventTarget | null} target @returns {"text" | "range" | "control" | "none"} */
function focusOf(target) {
  if (!(target instanceof Element)) return "none";
  if (target instanceof HTMLInputElement) return target.type === "range" ? "range" : "text";
  if (target.matches("textarea, select, [contenteditable=true]")) return "text";
  return target.matches("button, a[href], summary, [role=button]") ? "control" : "none";
}
