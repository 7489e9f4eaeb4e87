// @ts-check
/** Files that are gone, but so many at once that the service keeps them until somebody agrees to forget them. */

import { button, element } from './dom.js'
import { refresh } from './feed.js'
import { t } from './i18n.js'
import { say } from './notice.js'
import { forgetFiles } from './service_api.js'
import { rejection } from './trouble.js'

/** `may`: whether the key permits changes. `update(state)` shows a state of the feed. */
export function createGoneFiles(may) {
  const title = element('h2')
  const trouble = element('div')
  const forget = button({ onclick: act })
  const root = element(
    'section',
    { class: 'card', 'aria-label': t('gone.title'), hidden: true },
    title,
    element('p', {}, t('gone.why')),
    trouble,
    may && element('p', { class: 'buttons' }, forget),
  )
  let gone = 0

  async function act() {
    try {
      await forgetFiles(gone)
      trouble.replaceChildren()
      say(t('gone.forgetting'))
      refresh()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
  }

  /** @param {Feed} state */
  function update(state) {
    if (state.gone === gone) return
    gone = state.gone
    root.hidden = !gone
    title.textContent = t('gone.count', { n: gone })
    forget.textContent = t('gone.forget', { n: gone })
  }

  return { root, update }
}
