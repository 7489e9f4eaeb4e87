// @ts-check
/** What the service does now, or did last: progress, time left, and the buttons to pause, stop and scan again. */

import { button, clean, element } from './dom.js'
import { activeJob, refresh, shownJob } from './feed.js'
import { t } from './i18n.js'
import { moment, outcomesOf, paceOf, partOf, progressOf, titleOf } from './job_words.js'
import { say } from './notice.js'
import { pauseJobs, startJob, stopJob } from './service_api.js'
import { rejection, troubleBox } from './trouble.js'

/** `may`: whether the key permits changes. `update(state)` shows a state of the feed; the nodes stay, and the focus. */
export function createJobCard(may) {
  const title = element('h2')
  const bar = element('progress', { max: 1, 'aria-label': t('job.progress') })
  const facts = element('p', { class: 'facts' })
  const current = element('p', { class: 'current', dir: 'auto' })
  const outcomes = element('p', { class: 'facts' })
  const bottleneck = element('p', { class: 'hint', lang: 'en' })
  const notes = element('ul', { class: 'remarks', 'aria-label': t('job.notes'), lang: 'en' })
  const trouble = element('div')
  const pause = button({ onclick: () => act(() => pauseJobs(!held)) })
  const stop = button({ onclick: () => act(() => stopJob(job.id)) }, t('job.stop'))
  const scan = button({ class: 'main', onclick: () => act(() => startJob(needsModels() ? 'weights' : 'scan')) })
  const root = element(
    'section',
    { class: 'card', 'aria-label': t('job.label') },
    title,
    bar,
    facts,
    current,
    outcomes,
    bottleneck,
    notes,
    trouble,
    may && element('p', { class: 'buttons' }, scan, pause, stop),
  )
  let job, held

  const needsModels = () => job?.kind === 'weights' && job.state !== 'done'

  async function act(change) {
    try {
      trouble.replaceChildren()
      await change()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
    refresh()
  }

  /** @param {Feed} state */
  function update(state) {
    job = shownJob(state)
    const active = job && job === activeJob(state) ? job : null
    held = state.paused
    const paused = held || active?.state === 'paused'
    const words = titleOf(job, paused)
    if (title.textContent && title.textContent !== words) say(words)
    put(title, words)
    const part = active ? partOf(active) : null
    bar.hidden = !active
    if (part === null) bar.removeAttribute('value')
    else bar.value = part
    list(
      facts,
      active ? [progressOf(active), ...(paused ? [] : paceOf(active))] : job?.ended ? [moment(job.ended)] : [],
    )
    put(current, active?.current ? active.current.split(/[/\\]/).at(-1) : '')
    list(outcomes, job ? outcomesOf(job) : [])
    put(bottleneck, active?.bottleneck ?? '')
    notes.hidden = !job?.notes.length
    if (notes.textContent !== job?.notes.join(''))
      notes.replaceChildren(...(job?.notes ?? []).map(note => element('li', {}, note)))
    showTrouble(job?.problem)
    put(pause, t(held ? 'job.resume' : 'job.pause'))
    stop.hidden = !active
    put(scan, active ? '' : t(needsModels() ? 'job.again' : 'job.scan'))
  }

  let shown = null

  function showTrouble(problem) {
    const words = problem ? problem.message + problem.advice : ''
    if (words === shown) return
    shown = words
    trouble.replaceChildren(...(problem ? [troubleBox(problem)] : []))
  }

  return { root, update }
}

/** Sets a text if it differs, and hides the node without one. */
function put(node, text) {
  node.hidden = !text
  if (node.textContent !== clean(text)) node.textContent = clean(text)
}

function list(node, facts) {
  const known = facts.filter(Boolean)
  node.hidden = !known.length
  if (node.textContent !== known.join(' · ')) node.replaceChildren(...known.flatMap((fact, at) => [at ? ' · ' : '', element('span', {}, fact)]))
}
