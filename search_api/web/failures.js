// @ts-check
/** The files that could not be indexed: why, what to do, and a button to try again. */

import { button, element } from './dom.js'
import { refresh } from './feed.js'
import { t } from './i18n.js'
import { say } from './notice.js'
import { failures, retryFailures } from './service_api.js'
import { rejection } from './trouble.js'

const PAGE = 10

/** `may`: whether the key permits changes. */
export function createFailures(may) {
  const title = element('h2')
  const list = element('ul', { class: 'failures' })
  const trouble = element('div')
  const more = button({ onclick: () => page(next) }, t('failures.more'))
  const all = button({ onclick: () => retry(null) }, t('failures.retryAll'))
  const root = element(
    'section',
    { class: 'card', 'aria-label': t('failures.title'), hidden: true },
    title,
    list,
    trouble,
    element('p', { class: 'buttons' }, may && all, more),
  )
  let next = null

  async function page(cursor) {
    try {
      const answer = await failures(PAGE, cursor)
      const rows = answer.failures.map(row)
      if (cursor) list.append(...rows)
      else list.replaceChildren(...rows)
      if (cursor) rows[0]?.querySelector('button')?.focus()
      next = answer.cursor
      more.hidden = next === null
      root.hidden = answer.total === 0
      title.textContent = t('failures.count', { n: answer.total })
      trouble.replaceChildren()
    } catch (problem) {
      root.hidden = false
      trouble.replaceChildren(rejection(problem, () => page(cursor)))
    }
  }

  async function retry(paths) {
    try {
      await retryFailures(paths)
      say(t('failures.retrying'))
      refresh()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
  }

  const row = ({ path, name, stage, cause, advice }) =>
    element(
      'li',
      {},
      element('b', { dir: 'auto' }, name),
      element('span', { class: 'path', dir: 'auto' }, path),
      element('span', { lang: 'en', dir: 'auto' }, stage ? `${stage}: ${cause}` : cause),
      advice && element('span', { class: 'hint', lang: 'en', dir: 'auto' }, advice),
      may &&
        button({ 'aria-label': t('failures.retryOf', { name }), onclick: () => retry([path]) }, t('failures.retry')),
    )

  return { root, load: () => page(null) }
}
