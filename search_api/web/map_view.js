// @ts-check
/** Positions of the points on the canvas, and the visible part of the map. Lengths are CSS pixels. */

const EDGE = 24 // margin around the points
const MAX_ZOOM = 40

/** @type {MapView} */
export const WHOLE = { zoom: 1, x: 0, y: 0 }

/**
 * Where a place from 0 to 1 is on the canvas.
 * @param {MapView} view
 * @param {HTMLCanvasElement} canvas
 */
export function onCanvas(view, canvas) {
  const [width, height] = [canvas.clientWidth - 2 * EDGE, canvas.clientHeight - 2 * EDGE]
  return {
    x: unit => view.x + (EDGE + unit * width) * view.zoom,
    y: unit => view.y + (EDGE + unit * height) * view.zoom,
  }
}

/** Fills `xs` and `ys` with the positions of the points on the canvas. */
export function place({ points, xs, ys }, view, canvas) {
  const at = onCanvas(view, canvas)
  for (let index = 0; index < points.length; index++) {
    xs[index] = at.x(points.x[index])
    ys[index] = at.y(points.y[index])
  }
}

/**
 * The view after zooming by a factor around `at` and moving by `by`, limited to the edges of the map.
 * @returns {MapView}
 */
export function changed(view, canvas, { at = { x: 0, y: 0 }, factor = 1, by = { x: 0, y: 0 } }) {
  const zoom = Math.max(1, Math.min(MAX_ZOOM, view.zoom * factor))
  const held = (from, offset, moved, size) =>
    Math.min(0, Math.max(size - size * zoom, from - ((from - offset) * zoom) / view.zoom + moved))
  return {
    zoom,
    x: held(at.x, view.x, by.x, canvas.clientWidth),
    y: held(at.y, view.y, by.y, canvas.clientHeight),
  }
}

export const sameView = (a, b) => a.zoom === b.zoom && a.x === b.x && a.y === b.y
export const middle = canvas => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 })
