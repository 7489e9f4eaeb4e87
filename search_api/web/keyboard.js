// @ts-check
/** Global keyboard shortcuts and those of the list; ignored while the user types in a field. */

import { byId } from './dom.js'
import { loadTexts } from './i18n.js'
import { showProblem } from './notice.js'
import { onDemand } from './on_demand.js'
import { focusRow } from './results.js'

const ROW_KEYS = { '+': 'add', '=': 'add', '-': 'subtract', s: 'similar', e: 'more', x: 'select', f: 'favourite' }
const SKIP = 5 // seconds

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
      document.querySelector('dialog[open], .menu')
    )
      return
    const item = /** @type {any} */ (target.closest('.row'))
    const isArrow = event.key.startsWith('Arrow')
    const key = event.shiftKey && isArrow ? `Shift+${event.key}` : isArrow ? event.key : lower(event.key)
    const action = ROW_KEYS[key]
    if (item && inRow[key]) inRow[key](item)
    else if (item && action) item.querySelector(`[data-action=${action}]:not([data-reads] [data-changes])`)?.click()
    else if (global[key] && !(key === ' ' && isControl(target))) global[key]()
    else return
    event.preventDefault()
  })

  byId('help').addEventListener('click', showHelp)
}

const lower = key => (key.length === 1 ? key.toLowerCase() : key)
const isTyping = node => node.matches('input:not([type=checkbox]), select, textarea')
const isControl = node => node.matches('button, a, input, summary, [role=slider], canvas')

async function showHelp() {
  try {
    const [{ openHelp }] = await onDemand(Promise.all([import('./help.js'), loadTexts('help')]))
    openHelp()
  } catch (problem) {
    showProblem(problem, problem.reload)
  }
}
