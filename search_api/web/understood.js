// @ts-check
/**
 * What the service has understood of the text: its parts, each of which can be turned round, taken as plain words, or
 * removed. Each change is another text, which the service has written. Loaded with the first answer that has anything
 * to show.
 */

import { tagName } from './descriptors.js'
import { button, byId, element, iconButton } from './dom.js'
import { loadTexts, t, tOr } from './i18n.js'
import { onDemand } from './on_demand.js'

const FEW = 6 // concepts that are named

/**
 * `answer`: that of a search; `text`: the one in the search box. `search(text)`: searches for another text.
 * @param {any} answer
 * @param {string} text
 * @param {(text: string) => void} search
 */
export async function showUnderstood({ understood, match }, text, search) {
  await onDemand(loadTexts('understood'))
  const typed = text ? understood[0] : null
  const parts = typed && isMore(typed) ? typed.parts.map(part => chip(part, typed, search)) : []
  byId('understood').replaceChildren(
    ...(parts.length ? [element('ul', { class: 'terms', 'aria-label': t('understood.label') }, parts)] : []),
    ...(typed?.meaning && isGuessed(typed.meaning) ? [note(meaningOf(typed.meaning))] : []),
    ...(match === 'chance' || match === 'weak' ? [note(t(`understood.${match}`))] : []),
  )
}

const note = words => element('p', { class: 'note', dir: 'auto' }, words)

/** Whether there is more to a text than sound that hits should be like. */
const isMore = ({ parts }) => parts.some(part => part.kind !== 'sound' || !part.wanted)

/** Whether a meaning was found by likeness: names of concepts all weigh the same. */
const isGuessed = meaning => new Set(meaning.map(({ weight }) => Math.abs(weight).toFixed(2))).size > 1

function meaningOf(meaning) {
  const names = meaning.slice(0, FEW).map(({ slug, weight }) => `${weight < 0 ? '−' : ''}${tagName(slug)}`)
  return t('understood.meaning', { names: names.join(', ') })
}

function chip(part, typed, search) {
  const label = wordsOf(part, typed)
  const act = (name, text) => [t(`understood.${name}`, { label }), () => search(text)]
  return element(
    'li',
    { class: `term ${part.wanted ? 'near' : 'away'}` },
    iconButton(part.wanted ? 'plus' : 'minus', ...act(part.wanted ? 'makeAway' : 'makeNear', part.turned)),
    element(
      'span',
      { class: 'what', dir: 'auto', title: part.value },
      element('span', { class: 'kind' }, kindOf(part)),
      element('span', { dir: 'auto' }, label),
    ),
    part.kind !== 'sound' && literally(...act('literally', part.literal)),
    iconButton('close', ...act('remove', part.without)),
  )
}

const literally = (label, onclick) =>
  button({ class: 'quiet', 'aria-label': label, title: label, onclick }, '“ ”')

const kindOf = ({ kind, field }) =>
  kind === 'name' ? tOr(`understood.${field}`, field) : t(`understood.${kind}`)

/** Names as the library spells them; limits as they were typed: their filter term is the tooltip. */
function wordsOf({ kind, value, start, end }, { text }) {
  return kind === 'limit' ? [...text].slice(start, end).join('') : value
}
