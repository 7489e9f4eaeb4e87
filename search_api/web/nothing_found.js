// @ts-check
/** What to do next when nothing was found: which limits to lift, and other ways into the library. */

import { button, element } from './dom.js'
import { t } from './i18n.js'
import { viewLink } from './names.js'
import { loadPart } from './parts.js'
import { isAsking } from './question.js'

/** Buttons that lift one kind of limit of the question each, and links. */
export async function waysOn(question, ask) {
  await loadPart('nothing')
  /** @type {[boolean, string, any][]} */
  const limits = [
    [question.where.length > 0, 'nothing.filters', { where: [] }],
    [question.minScore !== '', 'nothing.score', { minScore: '' }],
    [question.withoutSame.length > 0 || question.withoutDuplicates, 'nothing.options', { withoutSame: [], withoutDuplicates: false }],
    [isAsking(question), 'nothing.whole', { text: '', terms: [], minScore: '' }],
  ]
  const offered = limits.filter(([applies]) => applies)
  return [
    element('p', { class: 'buttons' }, offered.map(([, text, change], at) => button({ class: at ? '' : 'main', onclick: () => ask(change) }, t(text)))),
    element('p', { class: 'browse' }, ['artists', 'albums', 'genres', 'mixes'].map(view => viewLink(view, '', t(`nav.${view}`)))),
  ]
}
