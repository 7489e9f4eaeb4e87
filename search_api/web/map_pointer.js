// @ts-check
/**
 * Mouse, touch and keyboard input on the map.
 *
 * The page keeps what it needs to be scrolled: one finger, and the wheel. Two fingers, a mouse that drags, and the wheel
 * with Ctrl or once the map has the focus, move and zoom the map. With `scene.drawing`, or Shift, dragging draws.
 */

import { enclosed, nearest, next } from './geometry.js'
import { middle } from './map_view.js'

const REACH = { mouse: 14, touch: 22 } // CSS pixels; the hit radius of a point
const CLICK = 5 // CSS pixels; a shorter drag is a click
const STEP = 1.5 // zoom factor of a key
const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/**
 * Calls `hover(point)`, `reach(point)` after a move by keyboard, `move({at, factor, by})`, which returns whether the view
 * has changed, `redraw()`, `onPlay(point)` and `onLasso(points or null)`. A point is an index, -1 for none.
 * @param {HTMLCanvasElement} canvas
 * @param {MapScene} scene
 */
export function installPointer(canvas, scene, { hover, reach, move, redraw, onPlay, onLasso }) {
  const fingers = new Map() // pointer id → position
  /** @type {Place | null} */
  let pressed = null // where a press began that may be a click
  let isDrawing = false

  const at = event => {
    const box = canvas.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const found = event => nearest(scene.xs, scene.ys, at(event), REACH[event.pointerType] ?? REACH.mouse)
  const isFar = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) > CLICK

  function onDown(event) {
    if (event.button > 0) return
    fingers.set(event.pointerId, at(event))
    if (fingers.size > 1) {
      pressed = null
      endDrawing()
      return
    }
    pressed = at(event)
    isDrawing = scene.drawing || event.shiftKey
    if (isDrawing) scene.lasso = [pressed]
    if (isDrawing || event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId)
  }

  function onMove(event) {
    const before = fingers.get(event.pointerId)
    if (!before) return event.pointerType === 'touch' ? null : hover(found(event))
    const now = at(event)
    if (pressed && isFar(pressed, now)) {
      pressed = null
      hover(-1)
    }
    if (isDrawing) {
      scene.lasso.push(now)
      redraw()
    } else if (fingers.size > 1) pinch(event.pointerId, now)
    else if (event.pointerType === 'mouse' && !pressed) move({ by: { x: now.x - before.x, y: now.y - before.y } })
    fingers.set(event.pointerId, now)
  }

  /** Two fingers: what was between them stays between them. */
  function pinch(id, now) {
    const [a, b] = [...fingers.values()]
    const [c, d] = [...fingers].map(([other, position]) => (other === id ? now : position))
    const centre = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
    const factor = Math.hypot(c.x - d.x, c.y - d.y) / (Math.hypot(a.x - b.x, a.y - b.y) || 1)
    move({ at: centre, factor, by: { x: (c.x + d.x) / 2 - centre.x, y: (c.y + d.y) / 2 - centre.y } })
  }

  function onUp(event) {
    if (!fingers.delete(event.pointerId)) return
    if (pressed) return click(event)
    if (isDrawing) {
      isDrawing = false
      onLasso(enclosed(scene.xs, scene.ys, scene.lasso))
      redraw()
    }
  }

  function click(event) {
    pressed = null
    const point = found(event)
    const hadLasso = scene.lasso.length > 1
    endDrawing()
    if (point >= 0) {
      hover(point)
      onPlay(point)
    } else {
      hover(-1)
      if (hadLasso || scene.listed) onLasso(null)
    }
  }

  function endDrawing() {
    isDrawing = false
    if (scene.lasso.length) {
      scene.lasso = []
      redraw()
    }
  }

  function onCancel(event) {
    fingers.delete(event.pointerId)
    pressed = null
    if (isDrawing) endDrawing()
  }

  function onWheel(event) {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return
    if (move({ at: at(event), factor: 1.0015 ** -event.deltaY }) || event.ctrlKey) event.preventDefault()
  }

  /** The browser would scroll or zoom the page. */
  function onTouch(event) {
    if (event.touches.length > 1 || scene.drawing) event.preventDefault()
  }

  function onKey(event) {
    const { xs, ys, hovered } = scene
    if (event.key in ARROWS)
      go(hovered < 0 ? nearest(xs, ys, middle(canvas)) : next(xs, ys, hovered, ARROWS[event.key]))
    else if ((event.key === 'Enter' || event.key === ' ') && hovered >= 0) onPlay(hovered)
    else if (event.key === '+' || event.key === '-') {
      const from = hovered < 0 ? middle(canvas) : { x: xs[hovered], y: ys[hovered] }
      move({ at: from, factor: event.key === '+' ? STEP : 1 / STEP })
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  const go = point => {
    if (point >= 0) reach(point)
  }

  canvas.addEventListener('pointerdown', onDown)
  canvas.addEventListener('pointermove', onMove)
  canvas.addEventListener('pointerup', onUp)
  canvas.addEventListener('pointercancel', onCancel)
  canvas.addEventListener('pointerleave', event => event.pointerType === 'mouse' && hover(-1))
  canvas.addEventListener('wheel', onWheel, { passive: false })
  canvas.addEventListener('touchstart', onTouch, { passive: false })
  canvas.addEventListener('touchmove', onTouch, { passive: false })
  canvas.addEventListener('keydown', onKey)
}
