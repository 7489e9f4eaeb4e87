// @ts-check
/** The views of the page. Search and map are in app.js; the others are modules that are loaded when they are opened. */

/**
 * A module exports `show(root, question, ask, actions)`, which fills `root` and returns a function that ends its updates, and
 * `title(question)`, for the title of the window. `ask(change)` changes the question, as everywhere; `actions` are those of
 * lists of tracks.
 * @typedef {{show(root: HTMLElement, question: Question, ask: (change: any) => void, actions: any): Promise<() => void>,
 *   title(question: Question): string}} View
 */

/** @type {Record<string, () => Promise<View>>} name of the view -> its module */
const MODULES = {
  journey: () => import('./journey.js'),
  library: () => import('./library.js'),
  playlists: () => import('./playlists.js'),
  mixes: () => import('./mixes.js'),
  artist: () => import('./about_name.js'),
  album: () => import('./about_name.js'),
  genre: () => import('./about_name.js'),
  artists: () => import('./browse.js'),
  albums: () => import('./browse.js'),
  genres: () => import('./browse.js'),
}

/** The views that have a button in the header. */
export const TABS = ['search', 'map', 'library', 'playlists']

/** The module of a view, or null for those of app.js and unknown ones. */
export const viewModule = name => (Object.hasOwn(MODULES, name) ? MODULES[name]() : null)
