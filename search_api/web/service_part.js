// @ts-check
/** Texts and styles that a plain search does not need: those of the library view, the first run and the sign-in. */

import { signIn } from './api.js'
import { t } from './i18n.js'
import { loadPart } from './parts.js'
import { folders, session } from './service_api.js'

export const loadServicePart = () => loadPart('service')

/**
 * Loads it, and what the views need to know: the session, the folders, or null if this service does not index, and
 * whether one may change something, or else why not.
 */
export async function openServicePart() {
  await loadServicePart()
  let found = await session()
  if (!found.scope) {
    await signIn()
    found = await session()
  }
  const known = await folders().catch(problem => {
    if (problem.status === 404) return null
    throw problem
  })
  const reason = found.scope === 'admin' ? (known?.editable ? '' : t('library.elsewhere')) : t('library.readOnly')
  return { session: found, folders: known, may: !reason, reason }
}
