// @ts-check
/** Asks for the API key of a service that requires one. */

import { byId, element } from './dom.js'
import { t } from './i18n.js'

/** Resolves to the key. The page shows nothing without one, so the dialog cannot be cancelled. */
export function askForKey(wrong) {
  const dialog = byId('key-dialog')
  const input = element('input', {
    type: 'password',
    id: 'key',
    required: true,
    autocomplete: 'off',
    autofocus: true,
    'aria-describedby': 'key-hint',
  })
  return new Promise(resolve => {
    const form = element(
      'form',
      {
        onsubmit: event => {
          event.preventDefault()
          dialog.close()
          resolve(input.value.trim())
        },
      },
      element('h2', { id: 'key-title' }, t('key.title')),
      element('p', { id: 'key-hint' }, t(wrong ? 'key.wrong' : 'key.hint')),
      element('label', { for: 'key' }, t('key.label')),
      input,
      element('button', { type: 'submit', class: 'main' }, t('key.submit')),
    )
    dialog.replaceChildren(form)
    dialog.oncancel = event => event.preventDefault()
    dialog.showModal()
  })
}
