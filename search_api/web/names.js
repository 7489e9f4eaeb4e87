// @ts-check
/** Links from names to the pages of artists, albums and genres. */

import { element } from './dom.js'
import { EMPTY } from './question.js'
import { toQueryString } from './url_state.js'

/** A link to a view; a click changes the view without loading the page again. */
export const viewLink = (view, about, text, properties = {}) =>
  element(
    'a',
    { href: toQueryString({ ...EMPTY, view, about }), 'data-view': view, 'data-about': about, ...properties },
    text,
  )

export const artistLink = (name, text = name) => viewLink('artist', name, text, { dir: 'auto' })

/** Albums of the same name are told apart by whose they are. */
export const albumLink = ({ album, album_artist: by, artist }) =>
  viewLink('album', [album, by || artist].filter(Boolean).join('\n'), album, { dir: 'auto' })

/** Follows such links. */
export function followLinks(ask) {
  document.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    const link = event.target instanceof Element && event.target.closest('a[data-view]')
    if (!(link instanceof HTMLElement)) return
    event.preventDefault()
    ask({ ...EMPTY, view: link.dataset.view, about: link.dataset.about })
  })
}
