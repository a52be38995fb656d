/**
 * What the server sends and what the parts of the page hand each other. Types only, no code.
 *
 * @typedef {{alphabetic: string, ideographic: string, phonetic: string}} PersonName
 * @typedef {{name: PersonName, id: string, issuer: string, birthDate: string, sex: string}} Patient
 * @typedef {{token: string, expiresAt: number, renewAfterSeconds: number}} Ticket
 * @typedef {{id: string, label: string, frameCount: number, position: number, warnings: number,
 *   thumbnail: {instance: string, frame: number} | null}} StackSummary
 * @typedef {{instance: string, reason: string, file: string | null}} OtherObject
 * @typedef {{id: string, number: number | null, modality: string, description: string, bodyPart: string,
 *   laterality: string, stacks: StackSummary[], others: OtherObject[]}} Series
 * @typedef {{id: string, date: string, time: string, description: string, accession: string,
 *   series: Series[]}} Study
 * @typedef {{id: string, title: string, question: string, patient: Patient | null, rights: string[],
 *   studies: Study[], ticket: Ticket}} Case
 * @typedef {{code: string, text: string}} Warning
 * @typedef {{lossy: {ratio: number | null, method: string, partly?: boolean} | null, burnedIn: boolean, received: number,
 *   expected: number | null, warnings: Warning[], notes: string[]}} Trust
 * @typedef {import("../model/types.js").Header} Header
 * @typedef {import("../model/types.js").ViewState} ViewState
 * @typedef {import("../model/types.js").Stack & {
 *   study: {id: string, date: string, time: string, description: string, accession: string},
 *   series: {id: string, number: number | null, modality: string, description: string,
 *     bodyPart: string, laterality: string},
 *   patient: Patient | null, spacingMm: number | null, thicknessMm?: number | null,
 *   laterality: string, view: string, trust: Trust}} Stack
 * @typedef {"preview" | "full" | "none"} Quality
 */

export {};
