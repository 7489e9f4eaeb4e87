// @ts-check
/**
 * The one control of the order of a list. The library is ordered by the service, as a whole; hits come by relevance,
 * and those that are shown can be ordered on the page.
 */

import { element, iconButton } from './dom.js'
import { t } from './i18n.js'

/** Around the Camelot wheel, so that neighbours mix. */
const onWheel = ({ camelot }) => (camelot ? 2 * parseInt(camelot) + Number(camelot.endsWith('B')) : null)

const SHOWN = {
  bpm: track => track.bpm,
  key: onWheel,
  loudness: track => track.loudness,
  energy: track => track.energy,
}
const LIBRARY = ['artist', 'title', 'album', 'year', 'added', 'bpm', 'key', 'loudness', 'energy', 'duration', 'random']

let chosen = '' // order of what is shown, kept for the next list; '': as found

/** The tracks that are shown in the chosen order; those without a value come last. */
export function inOrder(tracks) {
  if (!chosen) return tracks
  const value = track => SHOWN[chosen](track) ?? Infinity
  return [...tracks].sort((one, two) => value(one) - value(two) || 0)
}

export const isReordered = () => chosen !== ''

/** The tracks are shown as they come: what orders them is another control. */
export const asTheyCome = () => (chosen = '')

/**
 * For hits: the best first, varied, or only those that are shown by a value that some of them have. `arrange` is called
 * after a choice of the latter.
 */
export function hitOrder(question, ask, tracks, arrange) {
  const names = Object.keys(SHOWN).filter(name => tracks.some(track => (SHOWN[name](track) ?? null) !== null))
  if (!names.includes(chosen)) chosen = ''
  const now = chosen || (question.varied ? 'varied' : 'best')
  const option = name => element('option', { value: name, selected: name === now }, t(`sort.${name}`))
  const select = element(
    'select',
    { onchange: () => choose(select.value) },
    ['best', 'varied'].map(option),
    names.length > 0 && element('optgroup', { label: t('sort.onlyShown') }, names.map(option)),
  )
  function choose(name) {
    chosen = name in SHOWN ? name : ''
    arrange()
    if (!chosen && question.varied !== (name === 'varied')) ask({ varied: name === 'varied' })
  }
  return element('label', { class: 'choice order' }, t('sort.label'), ' ', select)
}

/** The parts of `question.sort`: "-added", "random:SEED". */
export function sortOf({ sort }) {
  const [name, seed = ''] = sort.replace(/^-/, '').split(':')
  return LIBRARY.includes(name)
    ? { sort: name, order: sort.startsWith('-') ? 'desc' : 'asc', seed }
    : { sort: LIBRARY[0], order: 'asc', seed: '' }
}

const randomSort = () => `random:${Math.random().toString(36).slice(2, 10)}`

/** For the library: the order of the whole list, and its direction. */
export function libraryOrder(question, ask) {
  const now = sortOf(question)
  const select = element(
    'select',
    { onchange: () => ask({ sort: first(select.value) }) },
    LIBRARY.map(name => element('option', { value: name, selected: name === now.sort }, t(`sort.${name}`))),
  )
  const turned = now.order === 'desc' ? now.sort : `-${now.sort}`
  const again = now.sort === 'random'
  return element(
    'div',
    { class: 'choice order' },
    element('label', { class: 'choice' }, t('sort.label'), ' ', select),
    iconButton('more', t(again ? 'sort.again' : 'sort.turn'), () => ask({ sort: again ? randomSort() : turned }), {
      class: `quiet turn ${again ? '' : now.order}`,
      'data-action': 'turn',
    }),
  )
}

/** People expect the newest first. */
const first = name => (name === 'random' ? randomSort() : name === 'added' ? '-added' : name)
