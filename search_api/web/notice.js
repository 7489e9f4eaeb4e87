// @ts-check
/** Notices: problems, progress, and short announcements for screen readers. */

import { button, byId, clean, element } from './dom.js'
import { t, tOr } from './i18n.js'

/** Shows a problem above the results. */
export function showProblem(problem, retry) {
  if (problem.name === 'AbortError') return
  byId('notice').replaceChildren(problemBox(problem, retry))
}

/**
 * A problem, with a button to try again if `retry` is given. The text of the service is English; if the page has a
 * text for the kind of problem, that is shown instead.
 */
export function problemBox(problem, retry) {
  if (problem.kind === undefined) console.error(problem) // a bug in the page
  const kind = problem.kind ?? 'internal'
  return element(
    'div',
    { class: 'problem', role: 'alert' },
    element('h2', {}, words(tOr(`problem.${kind}`, ''), problem.title) || t('problem.internal')),
    element(
      'p',
      {},
      words(tOr(`detail.${kind}`, '', problem), problem.detail ?? String(problem)),
      words(tOr(`advice.${kind}`, '', problem), problem.advice),
    ),
    retry && button({ onclick: retry }, t('problem.retry')),
  )
}

const words = (own, english) =>
  own ? element('span', {}, own) : english && element('span', { lang: 'en', dir: 'auto' }, english)

/** Shows that something is in progress; with `stop`, also a button to cancel it. */
export function showWaiting(text, stop) {
  byId('notice').replaceChildren(
    element(
      'div',
      { class: 'waiting', role: 'status' },
      element('span', { class: 'pulse' }),
      element('p', { dir: 'auto' }, text),
      stop && button({ onclick: stop }, t('upload.stop')),
    ),
  )
}

export const clearNotice = () => byId('notice').replaceChildren()

/** Announces a text to screen readers; it is not visible. */
export const say = text => {
  byId('said').textContent = clean(text)
}
