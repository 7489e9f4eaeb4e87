// @ts-check
/** A swipe across a row adds its track to the queue. The menu of the row offers the same. */

import { element, icon } from './dom.js'
import { t } from './i18n.js'
import { say } from './notice.js'
import { enqueue } from './queue.js'
import { trackOf } from './row.js'

const ENOUGH = 80 // CSS pixels; a shorter swipe does nothing
const MOST = 120
const STEEP = 10 // pixels up or down: the page is scrolled

let swipe = null // {item, pointer, x, y, by}

export function installSwipe() {
  document.body.classList.add('swipes')
  document.addEventListener('pointerdown', event => {
    const { pointerType, pointerId: pointer, clientX: x, clientY: y, target } = event
    const item = target instanceof Element ? target.closest('.row') : null
    const track = item && trackOf(item)
    if (pointerType === 'touch' && track && track.kind !== 'score') swipe = { item, track, pointer, x, y, by: 0 }
  })
  document.addEventListener('pointermove', event => {
    if (swipe?.pointer !== event.pointerId) return
    const [along, across] = [event.clientX - swipe.x, event.clientY - swipe.y]
    if (!swipe.by && Math.abs(across) > STEEP) return end(false)
    const isBegun = swipe.by !== 0 || Math.abs(along) > STEEP
    if (!isBegun) return
    swipe.by = Math.max(-MOST, Math.min(MOST, along))
    swipe.item.classList.add('swiped')
    swipe.item.style.setProperty('--by', `${swipe.by}px`)
    swipe.item.classList.toggle('enough', Math.abs(swipe.by) >= ENOUGH)
  })
  document.addEventListener('pointerup', event => swipe?.pointer === event.pointerId && end(true))
  document.addEventListener('pointercancel', event => swipe?.pointer === event.pointerId && end(false))
}

function end(isDone) {
  const { item, track, by } = swipe
  swipe = null
  item.classList.remove('swiped', 'enough')
  item.style.removeProperty('--by')
  if (!by) return
  const noClick = event => (event.preventDefault(), event.stopPropagation()) // the end of a swipe plays nothing
  item.addEventListener('click', noClick, { capture: true, once: true })
  setTimeout(() => item.removeEventListener('click', noClick, { capture: true }), 50)
  if (isDone && Math.abs(by) >= ENOUGH && enqueue([track])) added(item, track)
}

/** Says it, also to the eye. */
function added(item, track) {
  const words = t('player.added', { title: track.title })
  const mark = element('p', { class: 'added' }, icon('queue'), words)
  say(words)
  item.append(mark)
  setTimeout(() => mark.remove(), 1500)
}
