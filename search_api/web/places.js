// @ts-check
/**
 * Where the user was: what the browser's history leads back to. The lists of the latest places are kept, so that Back
 * needs no request; of others, and after loading the page again, the number of rows and the row at the top.
 */

const KEPT = 8 // lists
const STEPS = 10 // frames

/** @type {Map<string, any>} key of an entry of the history -> what was there */
const kept = new Map()
let here = history.state?.place ?? newKey()

history.scrollRestoration = 'manual'
history.replaceState({ ...history.state, place: here }, '')

function newKey() {
  return Math.random().toString(36).slice(2)
}

/** The rows of the view that is shown; another may hold the same tracks */
/** @type {() => any[]} */
const rows = () => [...document.querySelectorAll('.row')].filter(row => /** @type {any} */ (row).offsetParent !== null)

/** The row at the top of the window and how far it is from there, and the row with the focus. */
function view() {
  const top = rows().find(row => row.getBoundingClientRect().bottom > 0)
  const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest('.row') ?? null)
  return {
    y: scrollY,
    row: scrollY > 0 ? (top?.dataset.id ?? null) : null,
    above: top?.getBoundingClientRect().top ?? 0,
    focus: focused?.dataset.id ?? null,
  }
}

/** Keeps this place before another is shown. `shown`: the list and what else is needed to show it again. */
export function keepPlace(shown) {
  kept.delete(here)
  kept.set(here, { ...view(), ...shown })
  if (kept.size > KEPT) kept.delete(kept.keys().next().value)
}

/** A new entry of the history. */
export function newPlace(address) {
  here = newKey()
  history.pushState({ place: here }, '', address)
}

/** What was at the place that the history has gone to: null if nothing is known of it. */
export function placeAgain() {
  here = history.state?.place ?? newKey()
  return kept.get(here) ?? history.state?.left ?? null
}

/** Keeps the place for when the page is loaded again. */
export const leavePage = number => history.replaceState({ place: here, left: { ...view(), rows: number } }, '')

/** Scrolls to where the user was. Rows that were not drawn yet have a height that is estimated, so it takes a few steps. */
export function scrollBack(place) {
  const find = id => rows().find(row => row.dataset.id === id)
  const row = place.row && find(place.row)
  let steps = STEPS
  function scroll() {
    const far = row ? row.getBoundingClientRect().top - place.above : place.y - scrollY
    if (Math.abs(far) > 1) scrollBy(0, far)
    if (row && --steps) requestAnimationFrame(scroll)
  }
  scroll()
  const focused = place.focus && find(place.focus)?.querySelector('[data-action=play], [data-action=more]')
  if (focused) focused.focus({ preventScroll: true })
}
