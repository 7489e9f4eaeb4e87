// @ts-check
/** Chooses a folder of the machine that the service runs on: browses the allowed roots, or takes a path. */

import { button, byId, element, icon } from './dom.js'
import { t } from './i18n.js'
import { browse } from './service_api.js'
import { rejection } from './trouble.js'

/** Opens the dialog. `choose(path)` stores the folder; if it throws, the dialog stays open and shows why. */
export function openFolderPicker(choose) {
  const dialog = byId('service-dialog')
  const path = element('input', {
    id: 'folder-path',
    type: 'text',
    spellcheck: false,
    autocapitalize: 'none',
    autocomplete: 'off',
    dir: 'auto',
    enterkeyhint: 'go',
  })
  const up = button({ class: 'up', onclick: () => go(parent) }, icon('more'), t('picker.up'))
  const list = element('ul', { class: 'choices', 'aria-label': t('picker.folders') })
  const files = element('p', { class: 'hint', role: 'status' })
  const trouble = element('div')
  const take = button({ class: 'main', onclick: submit }, t('picker.choose'))
  let here = null // the folder that is shown; null above the roots
  let parent = null
  let written = '' // its path as the field shows it, without line breaks
  let turn = 0

  /** Shows a folder. If it cannot be shown, the one before stays. */
  async function go(wanted) {
    const own = ++turn
    try {
      const found = await browse(wanted)
      if (own !== turn) return
      here = found.path || null
      parent = found.parent
      path.value = here ?? ''
      written = path.value
      up.hidden = here === null
      files.textContent = here === null ? '' : t('picker.files', { n: found.audio_files })
      list.replaceChildren(...found.folders.map(entry))
      trouble.replaceChildren()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
    enable()
  }

  const entry = ({ name, path: its }) =>
    element('li', {}, button({ dir: 'auto', onclick: () => go(its).then(() => focus()) }, name))

  const focus = () => (list.querySelector('button') ?? take).focus()
  const enable = () => (take.disabled = !path.value.trim())

  async function submit() {
    take.disabled = true
    try {
      await choose(path.value === written ? here : path.value.trim())
      dialog.close()
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
      enable()
    }
  }

  path.addEventListener('input', enable)
  const form = element(
    'form',
    {
      onsubmit: event => {
        event.preventDefault()
        if (path.value.trim()) go(path.value.trim())
      },
    },
    element('h2', { id: 'service-title' }, t('picker.title')),
    element('p', {}, t('picker.hint')),
    element('label', { for: 'folder-path' }, t('picker.path')),
    element('div', { class: 'line' }, path, element('button', { type: 'submit' }, t('picker.open'))),
    trouble,
    up,
    list,
    files,
    element('p', { class: 'buttons' }, take, button({ onclick: () => dialog.close() }, t('picker.cancel'))),
  )
  dialog.replaceChildren(form)
  dialog.showModal()
  return go(null).then(focus)
}
