// @ts-check
/** What the page has to say: problems, waiting, and short announcements for screen readers. */

import { button, byId, element } from './dom.js'
import { t, tOr } from './i18n.js'

/**
 * In plain words, with a button to try again where that may help. The service writes English; where the page has words
 * of its own for the kind of problem, these are shown instead.
 */
export function showProblem(problem, retry) {
  if (problem.name === 'AbortError') return
  if (problem.kind === undefined) console.error(problem) // a bug of ours
  const kind = problem.kind ?? 'internal'
  byId('notice').replaceChildren(
    element(
      'div',
      { class: 'problem', role: 'alert' },
      element('h2', {}, tOr(`problem.${kind}`, problem.title || t('problem.internal'))),
      element(
        'p',
        {},
        words(tOr(`detail.${kind}`, '', problem), problem.detail ?? String(problem)),
        words(tOr(`advice.${kind}`, '', problem), problem.advice),
      ),
      retry && button({ onclick: retry }, t('problem.retry')),
    ),
  )
}

const words = (own, english) =>
  own ? element('span', {}, own) : english && element('span', { lang: 'en', dir: 'auto' }, english)

/** That something takes a while; with `stop`, a button that ends it. */
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

/** Read out by screen readers; nothing to see. */
export const say = text => {
  byId('said').textContent = text
}
