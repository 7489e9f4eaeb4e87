// @ts-check
/** The sign-in: exchanges the API key for a session, a cookie that scripts cannot read and all tabs share. */

import { Problem, problemOf } from './api.js'
import { byId, element } from './dom.js'
import { refresh } from './feed.js'
import { t } from './i18n.js'
import { problemBox } from './notice.js'
import { learnScope } from './scope.js'
import { openSession } from './service_api.js'
import { loadServicePart } from './service_part.js'

const USER = 'polymuse' // password managers file an entry under a name, and a service has only keys

const tabs = new BroadcastChannel('polymuse.session')

/** Resolves when this tab or another has signed in. The page shows nothing without, so it cannot be cancelled. */
export async function askForKey() {
  await loadServicePart()
  const dialog = byId('key-dialog')
  const said = element('div', { role: 'alert' })
  const key = element('input', {
    type: 'password',
    id: 'key',
    name: 'password',
    required: true,
    autocomplete: 'current-password',
    autofocus: true,
    'aria-describedby': 'key-hint',
  })
  const keep = element('input', { type: 'checkbox', name: 'keep' })
  const submit = element('button', { type: 'submit', class: 'main' }, t('key.submit'))
  await new Promise(resolve => {
    const form = element(
      'form',
      { method: 'post', onsubmit: event => trySigningIn(event).then(signedIn => signedIn && resolve(null)) },
      element('h2', { id: 'key-title' }, t('key.title')),
      element('p', { id: 'key-hint' }, t('key.hint')),
      element('label', { for: 'key-user' }, t('key.user')),
      element('input', {
        type: 'text',
        id: 'key-user',
        name: 'username',
        autocomplete: 'username',
        value: USER,
        readonly: true,
      }),
      element('label', { for: 'key' }, t('key.label')),
      key,
      element('label', { class: 'keep' }, keep, t('key.keep')),
      said,
      submit,
    )
    dialog.replaceChildren(form)
    dialog.oncancel = event => event.preventDefault()
    dialog.onclose = () => dialog.showModal() // browsers close it at a second Escape all the same
    tabs.onmessage = () => resolve(null)
    dialog.showModal()
  })
  dialog.onclose = null
  dialog.close()
  learnScope().catch(() => {})
  refresh() // without a session, the requests at intervals have stopped
  dialog.replaceChildren() // the form is gone: now password managers offer to save what it held

  async function trySigningIn(event) {
    event.preventDefault()
    submit.disabled = true
    said.replaceChildren()
    try {
      const response = await openSession(key.value.trim(), keep.checked)
      if (response.status === 401) throw new Problem({ type: 'wrong-key', detail: t('key.wrong') })
      if (!response.ok) throw await problemOf(response)
      tabs.postMessage('in')
      return true
    } catch (problem) {
      said.append(problemBox(problem))
      key.select()
      return false
    } finally {
      submit.disabled = false
    }
  }
}
