// @ts-check
/** Global keyboard shortcuts and those of the list; ignored while the user types in a field. */

import { button, byId, element } from './dom.js'
import { t } from './i18n.js'
import { focusRow } from './results.js'

const ROW_KEYS = { '+': 'add', '=': 'add', '-': 'subtract', s: 'similar', e: 'more', x: 'select' }
const SKIP = 5 // seconds

const HELP = [
  ['/', 'help.search'],
  ['↓ ↑', 'help.move'],
  ['Enter', 'help.play'],
  ['Space', 'help.pause'],
  ['← →', 'help.skip'],
  ['N P', 'help.next'],
  ['M', 'help.mute'],
  ['Q', 'help.queue'],
  ['+ −', 'help.mix'],
  ['S', 'help.similar'],
  ['E', 'help.explain'],
  ['X', 'help.select'],
  ['Esc', 'help.back'],
  ['?', 'help.help'],
]

export function installKeyboard({ player, searchBox, results }) {
  const global = {
    '/': () => searchBox.focus(),
    '?': showHelp,
    ' ': () => player.toggle(),
    Escape: () => searchBox.focus(),
    ArrowDown: () => results.focusFirst(),
    n: () => player.next(),
    p: () => player.previous(),
    m: () => player.mute(),
    q: () => player.openQueue(),
    'Shift+ArrowRight': () => player.next(),
    'Shift+ArrowLeft': () => player.previous(),
  }

  const inRow = {
    ArrowDown: item => focusRow(item.nextElementSibling),
    ArrowUp: item => (item.previousElementSibling ? focusRow(item.previousElementSibling) : searchBox.focus()),
    ArrowLeft: () => player.skip(-SKIP),
    ArrowRight: () => player.skip(SKIP),
  }

  document.addEventListener('keydown', event => {
    const target = /** @type {HTMLElement} */ (event.target)
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      isTyping(target) ||
      document.querySelector('dialog[open]')
    )
      return
    const item = /** @type {any} */ (target.closest('.row'))
    const isArrow = event.key.startsWith('Arrow')
    const key = event.shiftKey && isArrow ? `Shift+${event.key}` : isArrow ? event.key : lower(event.key)
    const action = ROW_KEYS[key]
    if (item && inRow[key]) inRow[key](item)
    else if (item && action) item.querySelector(`[data-action=${action}]`).click()
    else if (global[key] && !(key === ' ' && isControl(target))) global[key]()
    else return
    event.preventDefault()
  })

  byId('help').addEventListener('click', showHelp)
}

const lower = key => (key.length === 1 ? key.toLowerCase() : key)
const isTyping = node => node.matches('input:not([type=checkbox]), select, textarea')
const isControl = node => node.matches('button, a, input, summary, [role=slider], canvas')

function showHelp() {
  const dialog = byId('help-dialog')
  const close = () => dialog.close()
  dialog.replaceChildren(
    element('h2', { id: 'help-title' }, t('help.title')),
    element(
      'dl',
      {},
      HELP.map(([keys, words]) =>
        element(
          'div',
          {},
          element(
            'dt',
            {},
            keys.split(' ').map(key => element('kbd', {}, key)),
          ),
          element('dd', {}, t(words)),
        ),
      ),
    ),
    element('p', {}, t('help.mouse')),
    button({ class: 'main', onclick: close, autofocus: true }, t('help.close')),
  )
  dialog.showModal()
}
