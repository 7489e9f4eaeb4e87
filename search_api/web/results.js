// @ts-check
/**
 * A list of tracks, page by page: hits of a search, the library, or a selection on the map. Further pages are loaded when
 * the end comes near, and by a button.
 *
 * `next` loads the page that follows; null at the end.
 * @typedef {{tracks: any[], next: (() => Promise<Page>) | null}} Page
 */

import { button, byId, element, icon } from './dom.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { asTheyCome, inOrder, isReordered } from './order.js'
import { row } from './row.js'

const NEAR_END = '900px' // from the button of the next page, when that is loaded

export function createResults(actions, root = byId('results')) {
  const list = element('ol', { class: 'rows' })
  /** @type {() => any[]} */
  const items = () => [...list.children]
  const heading = element('p', { class: 'count' })
  const more = button({ class: 'more', onclick: () => load({ focus: true }) })
  let tracks = []
  /** @type {Page['next']} */
  let following = null
  let options = null
  let top = 1
  let loading = false
  let playing = { id: null, paused: true }

  const watcher = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && load(), { rootMargin: NEAR_END })

  /** @param {Page} page */
  function append({ tracks: added, next }) {
    tracks = [...tracks, ...added]
    following = next
    const rows = added.map(track => row(track, actions, top))
    list.append(...rows)
    if (isReordered()) arrange()
    more.hidden = !next
    more.textContent = t('results.more')
    watcher.disconnect() // it speaks again only of an element that is observed anew
    if (next && !savesData()) watcher.observe(more)
    for (const item of rows) markRow(item)
  }

  /** Appends the next page. `focus`: on its first row. */
  async function load({ focus = false } = {}) {
    if (loading || !following) return
    loading = true
    const [last, shown] = [list.lastElementChild, tracks]
    const page = await following().catch(problem => {
      watcher.disconnect() // the button is left
      showProblem(problem)
    })
    loading = false
    if (!page || tracks !== shown) return // another list is shown by now
    append(page)
    if (focus) focusRow(last?.nextElementSibling)
  }

  /** Puts the rows in the chosen order. */
  function arrange() {
    const rows = new Map(items().map(item => [item.dataset.id, item]))
    list.append(...inOrder(tracks).map(track => rows.get(track.id)))
  }

  function markRow(item) {
    const current = item.dataset.id === playing.id
    item.classList.toggle('current', current)
    item.querySelector('.sign')?.replaceChildren(icon(current && !playing.paused ? 'pause' : 'play'))
  }

  function mark(state) {
    const changed = [playing.id, state.id]
    playing = state
    for (const item of items()) if (changed.includes(item.dataset.id)) markRow(item)
  }

  return {
    /**
     * A new list. `count`: the line above it. `near`: whether the best score fills the meter. `order(tracks, arrange)`:
     * makes the control of its order. `save`: whether all of them can become a playlist.
     */
    show(page, { count, near = true, order = null, save = false }) {
      const focused = list.contains(document.activeElement)
      const first = page.tracks
      options = { count, near, order, save }
      tracks = []
      loading = false
      top = (near && first[0]?.score) || 1
      heading.replaceChildren(count, ...(save ? [button({ class: 'plain', 'data-changes': true, onclick: actions.saveResults }, t('results.save'))] : []))
      list.replaceChildren()
      if (!order) asTheyCome()
      root.replaceChildren(...[order?.(first, arrange), heading, list, more].filter(Boolean))
      append(page)
      if (focused) focusRow(list.firstElementChild) // keep the focus in the list
    },
    /** What is shown, for `show` when the user comes back. */
    state: () => tracks.length > 0 && { page: { tracks, next: following }, options },
    get length() {
      return tracks.length
    },
    mark,
    /** What is shown, in its order, as a queue that goes on with the pages that follow, whatever is shown by then. */
    queue: () => ({ tracks: inOrder(tracks), source: pagesFrom(following) }),
    clear() {
      tracks = []
      watcher.disconnect()
      root.replaceChildren()
    },
    empty(text, ...children) {
      tracks = []
      watcher.disconnect()
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

/** Whether the user wants no more data than what was asked for. */
const savesData = () => /** @type {any} */ (navigator).connection?.saveData === true

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
