// @ts-check
/** The start page of an empty library: asks for the music, says what happens, fetches the models, shows the progress. */

import { button, element } from './dom.js'
import { activeJob, follow, refresh, shownJob } from './feed.js'
import { createFolders } from './folders.js'
import { t } from './i18n.js'
import { createJobCard } from './job_card.js'
import { startJob } from './service_api.js'
import { openServicePart } from './service_part.js'
import { rejection } from './trouble.js'

const STEPS = ['first.folder', 'first.models', 'first.search']

/**
 * Fills `root`; returns a function that ends its updates. `missing`: the problem that the service lacks its weights; null
 * if it has them.
 */
export async function fillFirstRun(root, missing) {
  const { folders: known, may, reason } = await openServicePart()
  const title = element('h2')
  const lead = element('p', { class: 'lead' })
  if (!known) {
    title.textContent = t('first.title')
    root.replaceChildren(title, element('p', {}, t('library.none')))
    return () => {}
  }
  const steps = element(
    'ol',
    { class: 'steps' },
    STEPS.map(step => element('li', {}, t(step))),
  )
  const trouble = element('div')
  const start = button({ class: 'main', onclick: fetchModels }, t('first.start'))
  const job = createJobCard(may)
  const folders = createFolders(may, { onShow: update, onChoose: fetchModels })
  root.replaceChildren(
    title,
    lead,
    steps,
    folders.root,
    trouble,
    element('p', { class: 'buttons' }, start),
    job.root,
  )
  /** @type {Feed} */
  let state = null

  /** The first choice of a folder starts everything. */
  async function fetchModels() {
    if (!missing) return
    try {
      await startJob('weights')
      trouble.replaceChildren()
      refresh()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem, fetchModels))
    }
  }

  function update() {
    const shown = state && shownJob(state)
    const busy = shown && shown === activeJob(state)
    if (shown?.kind === 'weights' && shown.state === 'done') missing = null
    const fetching = shown?.kind === 'weights'
    title.textContent = t(busy ? 'first.running' : 'first.title')
    lead.textContent = busy ? t('first.wait') : may ? t('first.lead') : `${reason} ${t('first.readOnly')}`
    steps.hidden = Boolean(busy)
    folders.add.classList.toggle('main', !folders.count())
    start.hidden = !may || !missing || !folders.count() || Boolean(fetching)
    job.root.hidden = !shown && !state?.paused
    if (state) job.update(state)
  }

  folders.show(known)
  return follow(
    news => {
      state = news
      update()
    },
    { closely: true },
  )
}
