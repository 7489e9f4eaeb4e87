// @ts-check
/** Mouse, touch and keyboard input on the map. */

import { inside, nearest, next } from './geometry.js'
import { middle } from './map_view.js'

const REACH = 14 // CSS pixels; the hit radius of a point
const CLICK = 5 // CSS pixels; a shorter drag is a click
const STEP = 1.5 // zoom factor of a key
const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/**
 * Calls `hover(point or null)`, `announce(point)` after a move by keyboard, `zoom(position, factor)`, `redraw()`,
 * `onPlay(point)` and `onLasso(points or null)`.
 * @param {HTMLCanvasElement} canvas
 * @param {MapScene} scene
 */
export function installPointer(canvas, scene, { hover, announce, zoom, redraw, onPlay, onLasso }) {
  const at = event => ({ x: event.offsetX, y: event.offsetY })
  const isDrag = () => scene.lasso.some(({ x, y }) => Math.hypot(x - scene.lasso[0].x, y - scene.lasso[0].y) > CLICK)

  function onDown(event) {
    canvas.setPointerCapture(event.pointerId)
    scene.lasso = [at(event)]
  }

  function onMove(event) {
    if (canvas.hasPointerCapture(event.pointerId)) {
      scene.lasso.push(at(event))
      if (isDrag()) {
        hover(null)
        redraw()
      }
    } else hover(nearest(scene.points, at(event), REACH))
  }

  function onUp(event) {
    if (!scene.lasso.length) return
    const point = nearest(scene.points, at(event), REACH)
    if (isDrag()) onLasso(scene.points.filter(each => inside(scene.lasso, each)))
    else if (point) {
      hover(point)
      onPlay(point)
    } else {
      scene.lasso = []
      onLasso(null)
      redraw()
    }
    if (!isDrag()) scene.lasso = []
  }

  function onCancel() {
    scene.lasso = []
    redraw()
  }

  function onWheel(event) {
    event.preventDefault()
    zoom(at(event), 1.0015 ** -event.deltaY)
  }

  function onKey(event) {
    const { points, hovered } = scene
    if (event.key in ARROWS) go(hovered ? next(points, hovered, ARROWS[event.key]) : nearest(points, middle(canvas)))
    else if ((event.key === 'Enter' || event.key === ' ') && hovered) onPlay(hovered)
    else if (event.key === '+' || event.key === '-')
      zoom(hovered ?? { x: 0, y: 0 }, event.key === '+' ? STEP : 1 / STEP)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function go(point) {
    if (!point) return
    hover(point)
    announce(point)
  }

  canvas.addEventListener('pointerdown', onDown)
  canvas.addEventListener('pointermove', onMove)
  canvas.addEventListener('pointerup', onUp)
  canvas.addEventListener('pointercancel', onCancel)
  canvas.addEventListener('pointerleave', () => hover(null))
  canvas.addEventListener('wheel', onWheel, { passive: false })
  canvas.addEventListener('keydown', onKey)
}
