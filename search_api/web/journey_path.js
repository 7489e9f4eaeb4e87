// @ts-check
/** The path of the last journey, for the map: what computes one dispatches `polymuse:journey` with its track ids. */

let ids = []
const listeners = new Set()

document.addEventListener('polymuse:journey', event => setPath(/** @type {CustomEvent} */ (event).detail?.ids ?? []))

export const journeyPath = () => ids

export function setPath(wanted) {
  if (!wanted.length && !ids.length) return
  ids = [...wanted]
  for (const listener of listeners) listener()
}

export const onPath = listener => listeners.add(listener)
