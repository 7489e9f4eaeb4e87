// @ts-check
/** The cover of a track, where it has one. */

import { coverUrl } from './api.js'
import { element } from './dom.js'

/** The picture, which takes itself away if the track has none. It has no text: the title stands beside it. */
export function coverImage(id, properties = {}) {
  const picture = element('img', { src: coverUrl(id), alt: '', loading: 'lazy', onerror: () => picture.remove(), ...properties })
  return picture
}
