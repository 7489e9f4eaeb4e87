// @ts-check
/** Errors of the service's work, in its own words: they name folders and files, which no text of the page can. */

import { element } from './dom.js'
import { problemBox } from './notice.js'

const OF_THE_PAGE = ['offline', 'no-network', 'timeout', 'busy', 'starting', 'wrong-key', 'too-many-attempts', undefined]

/** @param {Trouble} trouble */
export const troubleBox = ({ message, advice }) =>
  element(
    'div',
    { class: 'trouble', lang: 'en', dir: 'auto' },
    element('p', {}, message),
    advice && element('p', {}, advice),
  )

/** A rejected change. */
export function rejection(problem, retry) {
  if (OF_THE_PAGE.includes(problem.kind) || retry) return problemBox(problem, retry)
  const box = troubleBox({ message: problem.detail || problem.title, advice: problem.advice })
  box.setAttribute('role', 'alert')
  return box
}
