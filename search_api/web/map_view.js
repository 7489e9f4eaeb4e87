// @ts-check
/** Positions of the points on the canvas, and the visible part of the map. Lengths are CSS pixels. */

import { bounds } from './geometry.js'

const EDGE = 24 // margin around the points
const MAX_ZOOM = 40

/** @type {MapView} */
export const WHOLE = { zoom: 1, x: 0, y: 0 }

/** The points of the service, stretched over the whole map. */
export function spread(answered) {
  const box = bounds(answered)
  return answered.map(point => ({
    ...point,
    unit: { x: (point.x - box.left) / box.width, y: 1 - (point.y - box.top) / box.height },
  }))
}

/**
 * Sets the position of every point on the canvas.
 * @param {MapPoint[]} points
 * @param {MapView} view
 * @param {HTMLCanvasElement} canvas
 */
export function place(points, view, canvas) {
  const [width, height] = [canvas.clientWidth - 2 * EDGE, canvas.clientHeight - 2 * EDGE]
  for (const point of points) {
    point.x = view.x + (EDGE + point.unit.x * width) * view.zoom
    point.y = view.y + (EDGE + point.unit.y * height) * view.zoom
  }
}

/**
 * The view after zooming by a factor around `at`, limited to the edges of the map.
 * @returns {MapView}
 */
export function zoomed(view, canvas, at, factor) {
  const zoom = Math.max(1, Math.min(MAX_ZOOM, view.zoom * factor))
  const by = zoom / view.zoom
  const held = (from, offset, size) => Math.min(0, Math.max(size - size * zoom, from - (from - offset) * by))
  return { zoom, x: held(at.x, view.x, canvas.clientWidth), y: held(at.y, view.y, canvas.clientHeight) }
}

export const middle = canvas => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 })
