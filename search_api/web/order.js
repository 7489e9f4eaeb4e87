// @ts-check
/** The order of the tracks that are shown: as they were found, or by tempo, key, loudness or energy. */

import { element } from './dom.js'
import { t } from './i18n.js'

/** Around the Camelot wheel, so that neighbours mix. */
const onWheel = ({ camelot }) => (camelot ? 2 * parseInt(camelot) + Number(camelot.endsWith('B')) : null)

const VALUES = {
  bpm: track => track.bpm,
  key: onWheel,
  loudness: track => track.loudness,
  energy: track => track.energy,
}

let chosen = '' // kept for the next list; '': as found

/** The tracks in the chosen order; those without a value come last. */
export function inOrder(tracks) {
  if (!chosen) return tracks
  const value = track => VALUES[chosen](track) ?? Infinity
  return [...tracks].sort((one, two) => value(one) - value(two) || 0)
}

/** The control, or null if none of the tracks has such a value. `onchange` is called after a choice. */
export function orderChoice(tracks, onchange) {
  const names = Object.keys(VALUES).filter(name => tracks.some(track => (VALUES[name](track) ?? null) !== null))
  if (!names.includes(chosen)) chosen = ''
  if (!names.length) return null
  const option = name => element('option', { value: name, selected: name === chosen }, t(`sort.${name || 'found'}`))
  const select = element('select', { onchange: () => ((chosen = select.value), onchange()) }, ['', ...names].map(option))
  return element('label', { class: 'choice order' }, t('sort.label'), ' ', select)
}
