/** Icons from the one sprite (Lucide). They are decoration: the control that holds one has the words. */

const SVG = "http://www.w3.org/2000/svg";
let sprite = "";

/** @param {string} url the sprite's address, with its hash */
export function useSprite(url) {
  sprite = url;
}

/** @param {string} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

/** Changes the picture of an icon made here or by the template. @param {Element | null} svg @param {string} name */
export function setIcon(svg, name) {
  svg?.querySelector("use")?.setAttribute("href", `${sprite}#${name}`);
}
