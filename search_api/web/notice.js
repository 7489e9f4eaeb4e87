// @ts-check
/** Notices: problems, progress, and short announcements for screen readers. */

import { button, byId, clean, element } from './dom.js'
import { currentLanguage, loadTexts, t, tOr } from './i18n.js'

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
  const box = element('div', { class: 'problem', role: 'alert', 'data-kind': kind })
  const fill = () =>
    box.replaceChildren(
      element('h2', {}, words(tOr(`problem.${kind}`, ''), problem.title) || t('problem.internal')),
      element(
        'p',
        {},
        words(tOr(`detail.${kind}`, '', problem), problem.detail ?? String(problem)),
        words(tOr(`advice.${kind}`, '', problem), problem.advice),
      ),
      ...(retry ? [button({ onclick: retry }, t('problem.retry'))] : []),
    )
  if (tOr(`problem.${kind}`, '')) fill()
  else loadTexts('problems').then(fill, fill) // without them, in the words of the service
  return box
}

const words = (own, english) =>
  own ? element('span', {}, own) : english && element('span', { lang: 'en', dir: 'auto' }, english)

/**
 * Shows that something is in progress; with `stop`, also a button to cancel it, and with `part`, 0 to 1, how much is
 * done. Returns a function that shows another part.
 * @param {string} text
 * @param {() => void} [stop]
 * @param {number} [part]
 */
export function showWaiting(text, stop, part) {
  // Screen readers announce the text, but not every per cent.
  const percent = element('b', { 'aria-hidden': 'true' })
  const bar = element('progress', { max: 1, value: 0, 'aria-label': text })
  const show = done => {
    bar.value = done
    percent.textContent = done.toLocaleString(currentLanguage(), { style: 'percent' })
  }
  byId('notice').replaceChildren(
    element(
      'div',
      { class: 'waiting', role: 'status' },
      element('span', { class: 'pulse' }),
      element('p', { dir: 'auto' }, text),
      part !== undefined && [percent, bar],
      stop && button({ onclick: stop }, t('upload.stop')),
    ),
  )
  show(part ?? 0)
  return show
}

export const clearNotice = () => byId('notice').replaceChildren()

/** Announces a text to screen readers; it is not visible. */
export const say = text => {
  byId('said').textContent = clean(text)
}
