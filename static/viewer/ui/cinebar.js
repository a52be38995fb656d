/** Play, rate and frame slider of a stack that moves. */

import { planCine } from "../model/cine.js";
import { el, setText } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { figure, secondsText } from "./text.js";

/** @typedef {import("./types.js").Stack} Stack */

const RATES = [1, 2, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60];

export class CineBar {
  /**
   * @param {HTMLElement} bar
   * @param {{toggle: () => void, goTo: (index: number) => void, rate: (fps: number | null) => void}} actions
   */
  constructor(bar, actions) {
    this.bar = bar;
    this.icon = icon("play");
    this.play = el("button", { type: "button", class: "cine-play", "aria-label": "Play" }, this.icon);
    this.play.addEventListener("click", () => actions.toggle());
    this.range = el("input", { type: "range", class: "cine-range", min: 0, step: 1, "aria-label": "Frame" });
    this.range.addEventListener("input", () => actions.goTo(Number(this.range.value)));
    this.time = el("span", { class: "cine-time" });
    this.rates = el("select", { class: "cine-rate", "aria-label": "Frames a second" });
    this.rates.addEventListener("change", () => actions.rate(this.rates.value ? Number(this.rates.value) : null));
    bar.append(this.play, this.range, this.time, this.rates);
    this.playing = false;
    this.frames = 1;
  }

  /** @param {Stack} stack */
  open(stack) {
    const { cine, frameCount } = stack;
    const timed = Boolean(cine?.frameTimesMs ?? cine?.frameTimeMs ?? cine?.rate);
    this.plan = planCine(cine, frameCount);
    this.frames = frameCount;
    this.range.max = String(Math.max(0, frameCount - 1));
    const own = `${figure(this.plan.rate)} /s${timed ? " (file)" : ""}`;
    this.rates.replaceChildren(
      el("option", { value: "" }, own),
      ...RATES.map((rate) => el("option", { value: rate }, `${rate} /s`)),
    );
    this.rates.title = timed ? ["The file's own timing", cine?.source].filter(Boolean).join(": ") : "The file gives no rate; this one is usual";
  }

  /** @param {number} index @param {boolean} playing */
  update(index, playing) {
    this.range.value = String(index);
    const frame = `Frame ${index + 1} of ${this.frames}`;
    const at = secondsText(this.plan?.starts[index] ?? 0);
    setText(this.time, `${at} / ${secondsText(this.plan?.period ?? 0)}`);
    this.range.setAttribute("aria-valuetext", `${frame}, ${at}`);
    const part = this.frames > 1 ? index / (this.frames - 1) : 0;
    this.range.style.setProperty("--part", String(part));
    if (this.playing === playing) return;
    this.playing = playing;
    setIcon(this.icon, playing ? "pause" : "play");
    this.play.setAttribute("aria-label", playing ? "Stop" : "Play");
  }
}
