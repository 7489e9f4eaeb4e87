// @ts-check
/** The views of the page. Search and map are in app.js; the others are modules that are loaded when they are opened. */

/**
 * A module exports `show(root, question, ask)`, which fills `root` and returns a function that ends its updates, and
 * `title(question)`, for the title of the window. `ask(change)` changes the question, as everywhere.
 * @typedef {{show(root: HTMLElement, question: Question, ask: (change: any) => void): Promise<() => void>,
 *   title(question: Question): string}} View
 */

/** @type {Record<string, () => Promise<View>>} name of the view -> its module */
const MODULES = {
  journey: () => import('./journey.js'),
  library: () => import('./library.js'),
  playlists: () => import('./playlists.js'),
}

/** The views that have a button in the header. */
export const TABS = ['search', 'map', 'library', 'playlists']

/** The module of a view, or null for those of app.js and unknown ones. */
export const viewModule = name => (Object.hasOwn(MODULES, name) ? MODULES[name]() : null)
