/**
 * The shapes that travel between the server, the engine and the page. Nothing runs here.
 *
 * A header is one entry of a stack's "headers": what a frame's stored values mean, and nothing about
 * whose they are. Coordinates: x is the column, y is the row; (0, 0) is the centre of the first pixel.
 *
 * @typedef {{first: number, bits: number, name?: string, data: string}} Lut data: base64 of uint16 little-endian
 * @typedef {"LINEAR"|"LINEAR_EXACT"|"SIGMOID"} VoiFunction
 * @typedef {{center: number, width: number, function?: VoiFunction, name?: string}} Window in modality units
 * @typedef {{kind: "window"} & Window | {kind: "lut"} & Lut} FilePreset
 * @typedef {{slope: number, intercept: number, unit?: string, note?: string, lut?: Lut|null}} Modality
 * @typedef {{x0: number, y0: number, x1: number, y1: number, unitX: string, unitY: string,
 *   deltaX: number, deltaY: number, kind?: string, referenceX?: number|null, referenceY?: number|null}} Region
 *   a calibrated ultrasound region (PS3.3 C.8.5.5), both ends inclusive
 * @typedef {{rowMm: number|null, columnMm: number|null, source: string, aspect: number, note?: string,
 *   regions?: Region[]}} Spacing row spacing is vertical (PS3.3 10.7.1.3); aspect is vertical over horizontal
 * @typedef {{group: number, rows: number, columns: number, originRow: number, originColumn: number,
 *   frameOrigin: number, frames: number, label?: string, description?: string}} OverlayPlane
 * @typedef {{rows: number, columns: number, samples: number, photometric: string, bitsStored: number,
 *   signed: boolean, number: string, modality: Modality, presets: FilePreset[], inverted: boolean,
 *   padding: {low: number, high: number}|null, overlays: OverlayPlane[], spacing: Spacing,
 *   color: boolean, deep: boolean}} Header
 *
 * @typedef {{instance: string, frame: number, header: number, position?: number[]|null, slice?: number|null,
 *   orientation?: number|null, note?: string}} StackFrame frame is the 1-based number in the instance
 * @typedef {{frameTimeMs?: number|null, frameTimesMs?: number[]|null, rate?: number|null, source?: string,
 *   autoplay?: boolean, sweep?: boolean}} CineFacts
 * @typedef {{token: string, expiresAt: number, renewAfterSeconds: number}} Ticket
 * @typedef {{id: string, label: string, revision: string, frameCount: number,
 *   series: {modality: string, [key: string]: unknown}, headers: Header[], frames: StackFrame[],
 *   orientations: number[][], patientOrientation: string[]|null, cine: CineFacts|null,
 *   ticket?: Ticket, [key: string]: unknown}} Stack
 *
 * @typedef {number|"auto"|string|null} PresetChoice index in the file's presets, "auto", the name of a
 *   modality's preset, or null for a window that a person set
 * @typedef {object} ViewState
 * @property {string} stack
 * @property {number} index 0-based
 * @property {number|null} center null while a VOI LUT applies or the automatic window is not known yet
 * @property {number|null} width
 * @property {VoiFunction} function
 * @property {PresetChoice} preset
 * @property {boolean} invert
 * @property {number} x image point at the viewport's centre
 * @property {number} y
 * @property {number} zoom device pixels per image column
 * @property {0|1|2|3} rotation quarter turns clockwise
 * @property {boolean} flipH mirrored left to right on the screen, after the rotation
 * @property {boolean} flipV
 *
 * @typedef {{values: Int16Array|Uint16Array, width: number, height: number, signed: boolean,
 *   modalityValues: boolean, bitsStored: number}} DeepTile
 */
export {};
