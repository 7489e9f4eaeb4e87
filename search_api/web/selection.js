// @ts-check
/** The selected tracks, and the actions on all of them. */

import { track as fetchTrack } from './api.js'
import { button, byId, element, iconButton } from './dom.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { onDemand } from './on_demand.js'

const FORMATS = ['m3u', 'csv', 'json']

/** `openMenu(opener, tracks, heading)` opens the menu of several tracks. */
export function createSelection({ addTerms, onChange, openMenu }) {
  const chosen = new Map() // id → track
  const root = byId('selection')
  let note = () => '' // about the last export

  function changed() {
    note = () => ''
    render()
    onChange()
  }

  function render() {
    root.hidden = chosen.size === 0
    document.body.classList.toggle('selecting', chosen.size > 0)
    if (root.hidden) return
    root.replaceChildren(
      element('p', {}, t('selection.count', { n: chosen.size })),
      button({ onclick: () => addTerms([...chosen.values()]) }, t('selection.mix')),
      ...FORMATS.map(format => button({ onclick: () => save(format) }, format.toUpperCase())),
      iconButton('menu', t('selection.menu'), openAll, { 'aria-haspopup': 'menu', 'aria-expanded': 'false' }),
      button({ class: 'plain', onclick: clear }, t('selection.clear')),
      element('p', { class: 'note', role: 'status' }, note()),
    )
  }

  const openAll = event => openMenu(event.currentTarget, [...chosen.values()], t('selection.count', { n: chosen.size }))

  function clear() {
    chosen.clear()
    changed()
  }

  /** Points of the map have no path, so it is requested from the service. */
  async function save(format) {
    try {
      const { download, isPlayable } = await onDemand(import('./export.js'))
      const tracks = [...chosen.values()]
      const scores = format === 'm3u' ? tracks.filter(track => !isPlayable(track)).length : 0
      note = () => (scores ? t('selection.scores', { n: scores }) : '')
      render()
      download(format, await Promise.all(tracks.map(track => (track.paths ? track : fetchTrack(track.id)))))
    } catch (problem) {
      showProblem(problem)
    }
  }

  return {
    has: id => chosen.has(id),
    set(track, on) {
      if (on) chosen.set(track.id, track)
      else chosen.delete(track.id)
      changed()
    },
    setAll(tracks) {
      for (const track of tracks) chosen.set(track.id, track)
      changed()
    },
    render,
  }
}
