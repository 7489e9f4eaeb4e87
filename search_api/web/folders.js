// @ts-check
/** The folders that the service keeps up to date, to add to and to remove from. */

import { button, element, keepingFocus } from './dom.js'
import { refresh } from './feed.js'
import { openFolderPicker } from './folder_picker.js'
import { t } from './i18n.js'
import { chooseFolders, folders } from './service_api.js'
import { rejection, troubleBox } from './trouble.js'

/** `may`: whether changes are permitted. `onShow()`: the folders are known. `onChoose()`: one was added. */
export function createFolders(may, { onShow = () => {}, onChoose = () => {} } = {}) {
  const list = element('ul', { class: 'folders' })
  const trouble = element('div')
  const add = button({ onclick: () => openFolderPicker(choose) }, t('folders.add'))
  const root = element(
    'section',
    { class: 'card', 'aria-label': t('folders.title') },
    element('h2', {}, t('folders.title')),
    list,
    trouble,
    may && element('p', { class: 'buttons' }, add),
  )
  /** @type {Folder[]} */
  let shown = []
  let elsewhere = false // another service keeps them up to date

  const own = () => shown.filter(({ origin }) => origin === 'page').map(({ path }) => path)

  async function store(paths) {
    show(await chooseFolders(paths))
    refresh() // a scan begins
  }

  async function choose(path) {
    await store([...own(), path])
    onChoose()
  }

  async function remove(folder) {
    try {
      await store(own().filter(path => path !== folder.path))
    } catch (problem) {
      trouble.replaceChildren(rejection(problem))
    }
  }

  function show(answer) {
    trouble.replaceChildren()
    shown = answer.folders
    elsewhere = !answer.editable
    keepingFocus(root, () =>
      list.replaceChildren(...(shown.length ? shown.map(row) : [element('li', { class: 'none' }, t('folders.none'))])),
    )
    onShow()
  }

  /** @param {Folder} folder */
  const row = folder =>
    element(
      'li',
      {},
      element('span', { class: 'path', dir: 'auto' }, folder.path),
      element(
        'span',
        { class: `state ${folder.state}` },
        elsewhere && folder.state === 'off' ? t('folder.elsewhere') : t(`folder.${folder.state}`),
        folder.files === null ? '' : ` · ${t('folder.files', { n: folder.files })}`,
        folder.origin === 'settings' ? ` · ${t('folder.settings')}` : '',
      ),
      may &&
        folder.origin === 'page' &&
        button(
          { 'aria-label': t('folder.removeOf', { path: folder.path }), onclick: () => remove(folder) },
          t('folder.remove'),
        ),
      folder.problem && troubleBox(folder.problem),
    )

  /** Requests the folders again: their states change while the service works. */
  async function load() {
    try {
      show(await folders())
    } catch (problem) {
      trouble.replaceChildren(rejection(problem, load))
    }
  }

  return { root, load, show, add, count: () => shown.length }
}
