// @ts-check
/**
 * The list of tracks, page by page: hits of a search, the library, or a selection on the map.
 *
 * `next` loads the page that follows; null at the end.
 * @typedef {{tracks: any[], next: (() => Promise<Page>) | null}} Page
 */

import { button, byId, element, icon } from './dom.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { inOrder, orderChoice } from './order.js'
import { row } from './row.js'

export function createResults(actions) {
  const root = byId('results')
  const list = element('ol', { class: 'rows' })
  /** @type {() => any[]} */
  const items = () => [...list.children]
  const heading = element('p', { class: 'count' })
  const more = button({ class: 'more' })
  let tracks = []
  /** @type {Page['next']} */
  let following = null
  let top = 1
  let playing = { id: null, paused: true }

  /** @param {Page} page */
  function append({ tracks: added, next }) {
    tracks = [...tracks, ...added]
    following = next
    list.append(...added.map(track => row(track, actions, top)))
    arrange()
    more.hidden = !next
    more.textContent = t('results.more')
    more.onclick = async () => {
      const last = list.lastElementChild
      const shown = tracks
      const page = await next().catch(showProblem)
      if (!page || tracks !== shown) return // another list is shown by now
      append(page)
      focusRow(last.nextElementSibling)
    }
    mark(playing)
  }

  /** Puts the rows in the chosen order. */
  function arrange() {
    const rows = new Map(items().map(item => [item.dataset.id, item]))
    list.append(...inOrder(tracks).map(track => rows.get(track.id)))
  }

  function mark(state) {
    playing = state
    for (const item of items()) {
      const current = item.dataset.id === state.id
      item.classList.toggle('current', current)
      item.querySelector('.sign')?.replaceChildren(icon(current && !state.paused ? 'pause' : 'play'))
    }
  }

  return {
    /** A new list; `count` is the line above it, `save` whether all of them can become a playlist. `near`: whether the best score fills the meter. */
    show(page, { count, near = true, save = false }) {
      const focused = list.contains(document.activeElement)
      const first = page.tracks
      tracks = []
      top = (near && first[0]?.score) || 1
      heading.replaceChildren(count, ...(save ? [button({ class: 'plain', onclick: actions.saveResults }, t('results.save'))] : []))
      list.replaceChildren()
      root.replaceChildren(...[orderChoice(first, arrange), heading, list, more].filter(Boolean))
      append(page)
      if (focused) focusRow(list.firstElementChild) // keep the focus in the list
    },
    mark,
    /** What is shown, in its order, as a queue that goes on with the pages that follow, whatever is shown by then. */
    queue: () => ({ tracks: inOrder(tracks), source: pagesFrom(following) }),
    clear() {
      tracks = []
      root.replaceChildren()
    },
    empty(text, ...children) {
      tracks = []
      root.replaceChildren(element('div', { class: 'empty' }, element('p', {}, text), ...children))
    },
    set busy(value) {
      root.setAttribute('aria-busy', value)
    },
    /** Updates the checkboxes after the selection has changed elsewhere. */
    syncSelection() {
      for (const item of items())
        item.querySelector('[data-action=select]').checked = actions.isSelected(item.dataset.id)
    },
    focusFirst: () => focusRow(list.firstElementChild),
  }
}

/** A source of the queue, see `queue.js`: page after page. */
function pagesFrom(next) {
  if (!next) return null
  return async () => {
    if (!next) return []
    const page = await next()
    next = page.next
    return inOrder(page.tracks)
  }
}

/** The first control of a row: a score has nothing to play, so that of its details. */
export const focusRow = item =>
  (item?.querySelector('[data-action=play]') ?? item?.querySelector('[data-action=more]'))?.focus()
