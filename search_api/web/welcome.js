// @ts-check
/** The start page: example searches, or how to fill an empty library. */

import { button, byId, element } from './dom.js'
import { t } from './i18n.js'

const EXAMPLES = [
  // [language, text]
  ['en', 'calm piano'],
  ['zh', '平静的钢琴'],
  ['es', 'música electrónica de baile'],
  ['de', 'schwerer Metal mit Gitarren'],
  ['ja', '琴の静かな音楽'],
  ['ar', 'موسيقى هادئة'],
  ['fr', 'valse à l’accordéon'],
  ['ru', 'спокойная гитара'],
]

/** `stats`: the response of GET /v1/stats. `onSearch(text)`: an example was chosen. */
export function showWelcome(stats, onSearch) {
  const root = byId('welcome')
  root.hidden = false
  root.replaceChildren(...(stats.tracks ? examples(stats, onSearch) : firstRun()))
}

export const hideWelcome = () => {
  byId('welcome').hidden = true
}

function examples(stats, onSearch) {
  const chip = ([language, text]) =>
    element(
      'li',
      {},
      button({ class: 'chip example', lang: language, dir: 'auto', onclick: () => onSearch(text) }, text),
    )
  return [
    element('p', { class: 'lead' }, t('welcome.lead', { n: stats.tracks, hours: Math.round(stats.hours * 10) / 10 })),
    element('ul', { class: 'chips', 'aria-label': t('welcome.examples') }, EXAMPLES.map(chip)),
    element('p', { class: 'hint' }, t('welcome.hint')),
  ]
}

function firstRun() {
  return [
    element('h2', {}, t('first.title')),
    element('p', {}, t('first.do')),
    element('pre', {}, element('code', {}, 'polymuse index ~/Music')),
    element('p', {}, t('first.demo')),
    element('pre', {}, element('code', {}, 'polymuse index data/demo')),
    element('p', {}, t('first.then')),
  ]
}
