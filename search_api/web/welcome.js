// @ts-check
/** The start page: example searches, or for an empty library the first run. */

import { button, byId, element } from './dom.js'
import { currentLanguage, t } from './i18n.js'
import { viewLink } from './names.js'
import { showProblem } from './notice.js'
import { onDemand } from './on_demand.js'

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

const inOwnLanguageFirst = () =>
  EXAMPLES.toSorted(([one], [other]) => Number(other === currentLanguage()) - Number(one === currentLanguage()))

/** `stats`: the response of GET /v1/stats. `onSearch(text)`: an example was chosen. `ask(change)`: changes the question. */
export function showWelcome(stats, onSearch, ask) {
  if (!stats.tracks) return showFirstRun(null)
  closeFirstRun()
  byId('welcome').replaceChildren(...examples(stats, onSearch), browse(ask))
  byId('welcome').hidden = false
}

export const hideWelcome = () => {
  closeFirstRun()
  byId('welcome').hidden = true
}

let closeFirstRun = () => {}

/** `missing`: the problem that the service lacks its weights; null if it has them. */
export async function showFirstRun(missing) {
  byId('welcome').hidden = false
  try {
    const first = await onDemand(import('./first_run.js'))
    const close = await first.fillFirstRun(byId('welcome'), missing)
    closeFirstRun()
    closeFirstRun = close
  } catch (problem) {
    showProblem(problem, problem.reload ?? (() => showFirstRun(missing)))
  }
}

function size({ tracks, scores, hours }) {
  const parts = Object.entries({ tracks: tracks - scores, scores, hours: Math.round(hours * 10) / 10 })
  return parts.map(([what, n]) => n && t(`welcome.${what}`, { n })).filter(Boolean).join(' · ')
}

/** Other ways into the library than a search. */
function browse(ask) {
  const links = ['artists', 'albums', 'genres', 'mixes'].map(view => viewLink(view, '', t(`nav.${view}`)))
  const recent = button({ class: 'plain', onclick: () => ask({ sort: '-added' }) }, t('welcome.recent'))
  return element('nav', { class: 'browse', 'aria-label': t('welcome.browse') }, recent, links)
}

function examples(stats, onSearch) {
  const chip = ([language, text]) =>
    element(
      'li',
      {},
      button({ class: 'chip example', lang: language, dir: 'auto', onclick: () => onSearch(text) }, text),
    )
  return [
    element('p', { class: 'lead' }, t('welcome.lead', { size: size(stats) })),
    element('ul', { class: 'chips', 'aria-label': t('welcome.examples') }, inOwnLanguageFirst().map(chip)),
    element('p', { class: 'hint' }, t(matchMedia('(hover: none)').matches ? 'welcome.hintTouch' : 'welcome.hint')),
    ...(stats.score_suffixes.length ? [element('p', { class: 'hint' }, t('upload.scores'))] : []),
  ]
}
