// @ts-check
/**
 * The entries of the queue, to play, reorder and take out. Only those in view are in the page: there may be 10,000.
 *
 * Reordering: by dragging the handle, by Alt and the arrow keys anywhere in an entry, by the arrow keys on the handle, or by
 * the menu, which a click on the handle opens, too.
 */

import { coverImage } from './cover_image.js'
import { button, element, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { say } from './notice.js'
import { openTrackMenu } from './on_demand.js'
import { goTo, moveEntry, queueDetails, removeEntry } from './queue.js'

const HEIGHT = 60 // CSS pixels of an entry, as in queue.css
const MARGIN = 8 // entries above and below those in view
const EDGE = 56 // pixels from the edge of the list where dragging scrolls it
const SCROLL = 12 // pixels per frame
const STEPS = { ArrowUp: -1, ArrowDown: 1 }

/** `scroller`: the element that scrolls. `actions`: those of the menu of a track. */
export function createQueueList(scroller, actions) {
  const list = element('ol', { class: 'entries', 'aria-label': t('queue.label') })
  /** @type {Map<number, HTMLLIElement>} */
  const shown = new Map() // by key
  let { entries, at } = queueDetails()
  let all = false // whether those before the current one are shown
  let paused = true // the current entry
  let drag = null // {key, from, to, y} while an entry is dragged
  let frame = 0

  /** The first place that is shown. */
  const base = () => (all ? 0 : Math.max(0, at))

  /** Where an entry may be moved to: not among those that are not shown. */
  function allowed(from, to) {
    const first = all || from <= at ? base() : at + 1
    return Math.max(first, Math.min(entries.length - 1, to))
  }

  /** Brings the list up to date; called after every change, and when it scrolls. */
  function render() {
    const details = queueDetails()
    const isNew = details.entries !== entries
    ;({ entries, at } = details)
    if (isNew && drag) drag = null
    list.style.setProperty('--height', `${(entries.length - base()) * HEIGHT}px`)
    const top = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top
    const first = Math.max(base(), base() + Math.floor(top / HEIGHT) - MARGIN)
    const last = Math.min(entries.length, base() + Math.ceil((top + scroller.clientHeight) / HEIGHT) + MARGIN)
    const wanted = new Map()
    for (let place = first; place < last; place += 1) wanted.set(entries[place].key, place)
    const held = drag?.key ?? focusedKey()
    for (const [key, item] of shown) {
      if (key === held && !wanted.has(key)) {
        const place = entries.findIndex(entry => entry.key === key)
        if (place >= base()) wanted.set(key, place)
      }
      if (wanted.has(key)) continue
      item.remove()
      shown.delete(key)
    }
    for (const [key, place] of wanted) {
      if (!shown.has(key)) {
        const item = entryItem(entries[place])
        shown.set(key, item)
        list.append(item)
      }
      arrange(shown.get(key), key, place)
    }
  }

  const focusedKey = () => Number(document.activeElement?.closest('.entry')?.getAttribute('data-key') ?? 0)

  function arrange(item, key, place) {
    const isDragged = drag?.key === key
    item.style.setProperty('--y', `${isDragged ? drag.y : (shifted(place) - base()) * HEIGHT}px`)
    item.setAttribute('aria-posinset', String(place + 1))
    item.setAttribute('aria-setsize', String(entries.length))
    item.classList.toggle('dragged', isDragged)
    item.classList.toggle('current', place === at)
    item.classList.toggle('played', place < at)
    const sign = place === at && !paused ? 'pause' : 'play'
    if (item.dataset.sign !== sign) {
      item.dataset.sign = sign
      const { title } = entries[place].track
      item.querySelector('.song .icon').replaceWith(icon(sign))
      item.querySelector('.song').setAttribute('aria-label', t(sign === 'pause' ? 'queue.pause' : 'queue.play', { title }))
    }
    if (place === at) item.setAttribute('aria-current', 'true')
    else item.removeAttribute('aria-current')
  }

  /** Where an entry is drawn while another is dragged over it. */
  function shifted(place) {
    if (!drag) return place
    if (place > drag.from && place <= drag.to) return place - 1
    return place < drag.from && place >= drag.to ? place + 1 : place
  }

  /** @param {import('./queue.js').QueueEntry} entry */
  function entryItem({ key, track }) {
    const { title, artist, duration } = track
    const picture = coverImage(track.id)
    const grip = iconButton('grip', t('queue.move', { title }), event => openMenu(event.currentTarget, key, track), {
      class: 'quiet grip',
      onpointerdown: event => startDrag(event, key),
      onkeydown: event => STEPS[event.key] && move(event, key, STEPS[event.key]),
    })
    return element(
      'li',
      { class: 'entry', 'data-key': key, onkeydown: event => onKey(event, key) },
      grip,
      button(
        { class: 'song', 'aria-label': t('queue.play', { title }), onclick: () => (placeOf(key) === at && actions.toggleIfCurrent(track)) || goTo(key) },
        element('span', { class: 'cover other' }, icon('play'), picture),
        element('span', { class: 'now' }, element('b', { dir: 'auto' }, title), element('span', { dir: 'auto' }, artist ?? '')),
      ),
      element('span', { class: 'time' }, duration ? clock(duration) : ''),
      iconButton('menu', t('row.menu', { title }), event => openMenu(event.currentTarget, key, track), {
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
      }),
      iconButton('close', t('queue.remove', { title }), () => remove(key), { class: 'quiet remove' }),
    )
  }

  const placeOf = key => entries.findIndex(entry => entry.key === key)

  function onKey(event, key) {
    if (event.altKey && STEPS[event.key]) return move(event, key, STEPS[event.key])
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'Delete') remove(key)
    else if (STEPS[event.key]) focusPlace(placeOf(key) + STEPS[event.key])
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function move(event, key, step) {
    event.preventDefault()
    event.stopPropagation()
    const from = placeOf(key)
    const place = allowed(from, from + step)
    moveEntry(key, place)
    reveal(place)
    say(t('queue.moved', { place: place + 1, n: entries.length }))
  }

  function remove(key) {
    const place = placeOf(key)
    removeEntry(key)
    focusPlace(Math.min(place, entries.length - 1))
  }

  function focusPlace(place) {
    if (place < base() || place >= entries.length) return
    reveal(place)
    shown.get(entries[place].key)?.querySelector('button.song')?.['focus']()
  }

  /** Scrolls an entry into view. */
  function reveal(place) {
    const box = scroller.getBoundingClientRect()
    const y = list.getBoundingClientRect().top - box.top + (place - base()) * HEIGHT
    if (y < EDGE) scroller.scrollTop += y - EDGE
    else if (y + HEIGHT > box.height) scroller.scrollTop += y + HEIGHT - box.height
    render()
  }

  function openMenu(opener, key, track) {
    const place = placeOf(key)
    const to = wanted => () => {
      moveEntry(key, wanted)
      reveal(Math.max(base(), Math.min(entries.length - 1, wanted)))
    }
    const queued = {
      up: allowed(place, place - 1) < place && to(place - 1),
      down: place < entries.length - 1 && to(place + 1),
      next: place !== at && place !== at + 1 && to(place < at ? at : at + 1),
      remove: () => remove(key),
    }
    openTrackMenu(opener, [track], { ...actions, queued }, track.title)
  }

  function startDrag(event, key) {
    if (event.button !== 0) return
    const grip = event.currentTarget
    const from = placeOf(key)
    const begun = event.clientY
    const offset = event.clientY - grip.closest('.entry').getBoundingClientRect().top
    let pointer = begun
    grip.setPointerCapture(event.pointerId)

    const follow = () => {
      if (!drag) return
      const box = scroller.getBoundingClientRect()
      if (pointer < box.top + EDGE) scroller.scrollTop -= SCROLL
      if (pointer > box.bottom - EDGE) scroller.scrollTop += SCROLL
      drag.y = pointer - offset - list.getBoundingClientRect().top
      drag.to = allowed(from, base() + Math.round(drag.y / HEIGHT))
      render()
      frame = requestAnimationFrame(follow)
    }
    const onMove = ({ clientY }) => {
      pointer = clientY
      if (drag || Math.abs(clientY - begun) < 4) return // a click opens the menu
      drag = { key, from, to: from, y: (from - base()) * HEIGHT }
      list.classList.add('dragging')
      follow()
    }
    const end = ({ type }) => {
      cancelAnimationFrame(frame)
      grip.removeEventListener('pointermove', onMove)
      for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) grip.removeEventListener(name, end)
      list.classList.remove('dragging')
      const dropped = drag
      drag = null
      if (!dropped) return
      grip.addEventListener('click', stop, { capture: true, once: true }) // what ends a drag is no click
      setTimeout(() => grip.removeEventListener('click', stop, { capture: true }), 0)
      if (type === 'pointerup' && dropped.to !== from) moveEntry(key, dropped.to)
      render()
    }
    grip.addEventListener('pointermove', onMove)
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) grip.addEventListener(name, end)
  }

  scroller.addEventListener('scroll', render, { passive: true })

  return {
    node: list,
    render,
    /** @param {boolean} value whether the current entry is paused */
    set paused(value) {
      paused = value
      render()
    },
    /** Shows what has been played, too, or only what plays and what follows. */
    set all(wanted) {
      all = wanted
      render()
    },
  }
}

function stop(event) {
  event.preventDefault()
  event.stopImmediatePropagation()
}
