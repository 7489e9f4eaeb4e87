// @ts-check
/** The library view: what the service does, its folders, what failed, and the session of this browser. */

import { createAccess } from './access.js'
import { element } from './dom.js'
import { createFailures } from './failures.js'
import { activeJob, follow } from './feed.js'
import { createFolders } from './folders.js'
import { createGoneFiles } from './gone_files.js'
import { t } from './i18n.js'
import { createJobCard } from './job_card.js'
import { openServicePart } from './service_part.js'

export const title = () => t('nav.library')

/** Fills the section `root`; returns a function that ends its updates. */
export async function show(root) {
  const { session, folders: known, may, reason } = await openServicePart()
  const heading = element('h1', {}, t('library.title'))
  const access = session.needed ? [createAccess(session)] : []
  if (!known) {
    root.replaceChildren(heading, element('p', { class: 'hint' }, t('library.none')), ...access)
    return () => {}
  }
  const job = createJobCard(may)
  const folders = createFolders(may)
  const gone = createGoneFiles(may)
  const failures = createFailures(may)
  root.replaceChildren(
    heading,
    ...(may ? [] : [element('p', { class: 'hint' }, reason)]),
    job.root,
    gone.root,
    folders.root,
    failures.root,
    ...access,
  )
  folders.show(known)
  await failures.load()
  let last = ''
  return follow(
    state => {
      job.update(state)
      gone.update(state)
      const now = activeJob(state)
      const outcome = JSON.stringify([now?.id, now?.phase, state.jobs[0]?.state, now?.files.failed])
      if (last && outcome !== last) Promise.all([folders.load(), failures.load()])
      last = outcome
    },
    { closely: true },
  )
}
