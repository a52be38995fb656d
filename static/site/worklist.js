/** A picture that cannot be shown leaves its dark place empty, without the browser's broken sign. */

for (const image of document.querySelectorAll(".case-picture img")) {
  const picture = /** @type {HTMLImageElement} */ (image);
  picture.addEventListener("error", () => picture.remove());
  if (picture.complete && picture.naturalWidth === 0 && picture.currentSrc) picture.remove();
}
