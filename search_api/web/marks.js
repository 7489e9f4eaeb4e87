// @ts-check
/** Marks of tracks: favourites, hidden tracks and wrong tags. What disappears can be brought back. */

import { request } from './api.js'
import { button, byId, element } from './dom.js'
import { loadTexts, t } from './i18n.js'
import { say, showProblem } from './notice.js'

const MOST = 1000 // tracks of a request

/** Changes the marks of tracks, `change` as in POST /v1/marks, and of their rows. */
export async function mark(tracks, change) {
  for (let at = 0; at < tracks.length; at += MOST) {
    const some = tracks.slice(at, at + MOST)
    const ids = some.map(({ id }) => id)
    const { marks } = await request('/v1/marks', { method: 'POST', body: JSON.stringify({ ids, ...change }) })
    for (const track of some) {
      track.marks = marks[track.id]
      for (const row of rowsOf(track)) show(row, track)
    }
  }
}

const rowsOf = ({ id }) => document.querySelectorAll(`.row[data-id="${CSS.escape(id)}"]`)

function show(row, { marks }) {
  row.querySelector('[data-action=favourite]')?.setAttribute('aria-pressed', String(Boolean(marks.favourite_since)))
  for (const chip of row.querySelectorAll('.chip[data-slug]')) chip.hidden = marks.wrong_tags.includes(chip.dataset.slug)
}

export async function setFavourite(tracks, favourite) {
  await Promise.all([mark(tracks, { favourite }), loadTexts('marks')])
  say(t(favourite ? 'marks.favourite' : 'marks.noFavourite', { n: tracks.length }))
}

/** Hides tracks or shows them again; their rows go, and a notice takes it back. */
export async function setHidden(tracks, hidden) {
  await Promise.all([mark(tracks, { hidden }), loadTexts('marks')])
  const rows = tracks.flatMap(track => [...rowsOf(track)]).filter(row => !row.closest('.queue'))
  for (const row of rows) row.hidden = true
  const undo = async () => {
    try {
      await mark(tracks, { hidden: !hidden })
      for (const row of rows) row.hidden = false
      byId('notice').replaceChildren()
    } catch (problem) {
      showProblem(problem, undo)
    }
  }
  byId('notice').replaceChildren(
    element(
      'div',
      { class: 'waiting', role: 'status' },
      element('p', {}, t(hidden ? 'marks.hidden' : 'marks.shown', { n: tracks.length })),
      button({ onclick: undo }, t('marks.undo')),
    ),
  )
}
