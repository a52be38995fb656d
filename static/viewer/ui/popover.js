/** Popovers beside their control on wide screens, as a sheet from the bottom edge on phones. */

const MARGIN_PX = 8;

/**
 * @param {HTMLElement} popover with the attribute `popover`
 * @param {HTMLElement} anchor
 */
export function openPopover(popover, anchor) {
  if (popover.matches(":popover-open")) {
    popover.hidePopover();
    return;
  }
  popover.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  popover.addEventListener("toggle", function closed(event) {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    popover.removeEventListener("toggle", closed);
    anchor.setAttribute("aria-expanded", "false");
    // Light dismissal leaves the focus on the page's body: bring it back to where it came from.
    if (document.activeElement === document.body) anchor.focus({ preventScroll: true });
  });
  place(popover, anchor);
  const first = /** @type {HTMLElement | null} */ (popover.querySelector("[data-autofocus], [aria-checked=true], button, input, a[href]"));
  (first ?? popover).focus({ preventScroll: true });
}

/** @param {HTMLElement} popover @param {HTMLElement} anchor */
function place(popover, anchor) {
  const at = anchor.getBoundingClientRect();
  const box = popover.getBoundingClientRect();
  const left = Math.max(MARGIN_PX, Math.min(at.left, innerWidth - box.width - MARGIN_PX));
  const below = at.bottom + 6;
  const top = below + box.height + MARGIN_PX <= innerHeight ? below : Math.max(MARGIN_PX, at.top - box.height - 6);
  popover.style.setProperty("--at-left", `${Math.round(left)}px`);
  popover.style.setProperty("--at-top", `${Math.round(top)}px`);
}

/** Arrow keys walk through the items of a menu. @param {HTMLElement} menu */
export function walkWithArrows(menu) {
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target instanceof HTMLInputElement) return;
    const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button:not(:disabled)")]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items[(at + step + items.length) % items.length]?.focus();
    event.preventDefault();
  });
}
