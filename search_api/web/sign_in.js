// @ts-check
/** Signs in the device that has opened a one-time link. Only a click uses the link up: previews fetch addresses too. */

import { byId } from './dom.js'
import { currentLanguage, loadLanguage, t, tOr } from './i18n.js'

const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname) // the link is not for the history of the device

/** The text for the kind of a problem document, or else its own. */
const textOf = problem => tOr(`link.${problem.type?.split(':').at(-1)}`, problem.detail ?? t('problem.internal'))

async function signIn() {
  byId('sign-in').disabled = true
  try {
    const body = JSON.stringify({ link: token })
    const response = await fetch('v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    if (response.ok) return location.replace('./')
    byId('said').textContent = textOf(await response.json())
    byId('sign-in').hidden = response.status === 401
  } catch {
    byId('said').textContent = t('problem.offline')
  }
  byId('sign-in').disabled = false
}

await loadLanguage(currentLanguage(), ['sign_in'])
byId('sign-in').addEventListener('click', signIn)
if (!token) {
  byId('said').textContent = t('link.unauthorized')
  byId('sign-in').hidden = true
}
