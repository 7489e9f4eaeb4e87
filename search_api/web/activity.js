// @ts-check
/** The line at the top: that the service is indexing, with a link to the library view, or that it is away. */

import { byId, element } from './dom.js'
import { activeJob, follow, refresh } from './feed.js'
import { t } from './i18n.js'
import { say } from './notice.js'

/**
 * `open()` shows the library view. `onBack()`: the service answers again. `onTracks()`: there are more tracks than
 * before. Returns a function that checks the service now.
 */
export function installActivity({ open, onBack, onTracks }) {
  const root = byId('activity')
  let away = false
  let indexed = null

  follow(state => {
    const words = state.away ? t('activity.away') : workOf(state)
    if (root.textContent !== words)
      root.replaceChildren(...(words ? [state.away ? element('p', {}, words) : link(words, open)] : []))
    if (state.away && !away) say(words)
    if (away && !state.away) onBack()
    away = state.away
    const now = state.jobs.reduce((sum, { files, forgotten }) => sum + files.indexed + files.updated + forgotten, 0)
    if (indexed !== null && now !== indexed) onTracks()
    indexed = now
  })
  return refresh
}

function link(words, open) {
  const go = event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open()
  }
  return element('a', { href: '?view=library', onclick: go }, words)
}

/** @param {Feed} state */
function workOf(state) {
  const job = activeJob(state)
  if (!job || job.state === 'waiting') return ''
  if (job.state === 'paused') return t('activity.paused')
  if (job.phase === 'analysing' && job.files.total)
    return t('activity.indexing', { done: job.files.done, n: job.files.total })
  if (job.phase === 'measuring')
    return t('activity.measuring', { done: job.files.measured, n: job.files.to_measure })
  return job.phase === 'weights' ? t('activity.weights') : ''
}
