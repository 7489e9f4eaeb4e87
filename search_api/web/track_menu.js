// @ts-check
/** The menu of a track or of several: a popover at its button, and on a phone a sheet at the foot of the page. */

import { button, element } from './dom.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { loadPart } from './parts.js'
import { TRACK_ACTIONS } from './track_actions.js'

const STEPS = { ArrowDown: 1, ArrowUp: -1 }

/** Opens it; `heading` is shown above the entries. */
export async function openMenu(opener, tracks, actions, heading) {
  await loadPart('menu')
  /** @param {import('./track_actions.js').TrackAction} action */
  const offered = ({ one, when }) => (!one || tracks.length === 1) && (!when || when(tracks, actions))
  const groups = TRACK_ACTIONS.map(group => group.filter(offered)).filter(group => group.length)
  const entry = ({ text, run }) => button({ role: 'menuitem', onclick: () => choose(run) }, t(text))
  const menu = element(
    'div',
    { class: 'menu', popover: 'auto', role: 'menu', 'aria-label': heading, onkeydown: move, ontoggle: toggled },
    element('p', { class: 'heading', 'aria-hidden': 'true', dir: 'auto' }, heading),
    groups.map(group => element('div', { role: 'group' }, group.map(entry))),
  )

  async function choose(run) {
    menu.hidePopover()
    try {
      await run(tracks, actions)
    } catch (problem) {
      showProblem(problem)
    }
  }

  function move(event) {
    /** @type {any[]} */
    const entries = [...menu.querySelectorAll('button')]
    const step = STEPS[event.key]
    const at = entries.indexOf(document.activeElement)
    const wanted = { Home: 0, End: entries.length - 1 }[event.key] ?? (step && (at + step + entries.length) % entries.length)
    if (wanted === undefined) return
    entries[wanted].focus()
    event.preventDefault()
    event.stopPropagation()
  }

  function toggled(event) {
    opener.setAttribute('aria-expanded', event.newState === 'open')
    if (event.newState === 'open') return
    menu.remove()
    if (document.activeElement === document.body) opener.focus()
  }

  document.body.append(menu)
  menu.showPopover()
  place(menu, opener)
  menu.querySelector('button').focus()
}

/** Below the button, or above it if there is more room; on a phone the style decides. */
function place(menu, opener) {
  const { top, bottom, left, right } = opener.getBoundingClientRect()
  const { width, height } = menu.getBoundingClientRect()
  const below = bottom + height < innerHeight || top < innerHeight - bottom
  menu.style.setProperty('--top', `${Math.max(8, below ? Math.min(bottom, innerHeight - height - 8) : top - height)}px`)
  const start = document.dir === 'rtl' ? left : right - width
  menu.style.setProperty('--left', `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`)
}
