// @ts-check
/** Draws the map: the points on one canvas, and what changes more often on another above it. */

import { REST } from './map_colours.js'

const FEW = 3000 // points that are drawn as round and translucent; more are written pixel by pixel
const SHARPEST = 2 // device pixels per CSS pixel for many points
const DIM = 0.15 // opacity of points that are not meant

/** The colours of a style class, for canvases. */
export const colourOf = (node, name) => getComputedStyle(node).getPropertyValue(name)

/** A canvas in the size in which it is shown, cleared. */
export function cleared(canvas, ratio) {
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)]
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  return context
}

/** The radius of a point: smaller if many are visible. */
const radius = count => Math.max(1.1, Math.min(7, 160 / Math.sqrt(count || 1)))

/**
 * @param {HTMLCanvasElement} canvas
 * @param {MapScene} scene
 */
export function drawPoints(canvas, scene) {
  const { xs, ys, isMeant } = scene
  const [width, height] = [canvas.clientWidth, canvas.clientHeight]
  const seen = visible(scene, width, height)
  const size = (scene.radius = radius(seen.length))
  if (seen.length > FEW) return writePixels(canvas, scene, seen, size)
  const context = cleared(canvas, devicePixelRatio)
  for (const index of seen) {
    context.globalAlpha = isMeant[index] ? 0.85 : DIM
    context.beginPath()
    context.arc(xs[index], ys[index], size, 0, 2 * Math.PI)
    context.fillStyle = scene.palette[scene.colouring.of[index]] ?? scene.palette[REST]
    context.fill()
  }
}

/** The points in sight, those that are meant last: they are above the others. */
function visible({ xs, ys, isMeant }, width, height) {
  const seen = []
  for (const meant of [0, 1])
    for (let index = 0; index < xs.length; index++)
      if (isMeant[index] === meant && xs[index] > -9 && xs[index] < width + 9 && ys[index] > -9 && ys[index] < height + 9)
        seen.push(index)
  return seen
}

function writePixels(canvas, { xs, ys, isMeant, colouring, palette }, seen, size) {
  const ratio = Math.min(devicePixelRatio, SHARPEST)
  const context = cleared(canvas, ratio)
  const [width, height] = [canvas.width, canvas.height]
  const image = context.createImageData(width, height)
  const pixels = new Uint32Array(image.data.buffer)
  const colours = pixelColours(palette)
  const disc = discOf(size * ratio)
  for (const index of seen) {
    const colour = colours[isMeant[index] ? 1 : 0][colouring.of[index]]
    const [left, top] = [Math.round(xs[index] * ratio), Math.round(ys[index] * ratio)]
    for (let at = 0; at < disc.length; at += 2) {
      const [x, y] = [left + disc[at], top + disc[at + 1]]
      if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = colour
    }
  }
  context.putImageData(image, 0, 0)
}

/** Offsets of the pixels of a disc: x, y, x, y … */
function discOf(size) {
  const reach = Math.ceil(size)
  const found = []
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) if (x * x + y * y <= size * size) found.push(x, y)
  return Int8Array.from(found)
}

/** The palette as pixels, dimmed and in full. */
function pixelColours(palette) {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  return [DIM, 1].map(alpha => {
    const found = new Uint32Array(256)
    for (let code = 0; code < 256; code++) {
      context.clearRect(0, 0, 1, 1)
      context.globalAlpha = alpha
      context.fillStyle = palette[code] ?? palette[REST]
      context.fillRect(0, 0, 1, 1)
      found[code] = new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0]
      if (palette[code] === undefined && code < REST) found[code] = 0
    }
    return found
  })
}

/**
 * What is above the points: names of regions, the path of a journey, marked points, and the lasso.
 * @param {HTMLCanvasElement} canvas
 * @param {MapScene} scene
 */
export function drawAbove(canvas, scene) {
  const { xs, ys, playing, hovered, ink, ground, accent } = scene
  const context = cleared(canvas, devicePixelRatio)
  const disc = (index, size, colour) => {
    context.beginPath()
    context.arc(xs[index], ys[index], size, 0, 2 * Math.PI)
    context.fillStyle = colour
    context.fill()
  }
  for (const { text, x, y, font } of scene.labels) drawText(context, text, x, y, font, ink, ground)
  drawPath(context, scene)
  for (const index of new Set([playing, hovered])) {
    if (index < 0) continue
    const size = Math.max(4, scene.radius)
    disc(index, size + 4, index === playing ? accent : ink)
    disc(index, size + 2, ground)
    disc(index, size, scene.palette[scene.colouring.of[index]] ?? scene.palette[REST])
  }
  drawLasso(context, scene.lasso, ink)
}

/** Text with a rim in the colour of the ground, so that it can be read above points of any colour. */
function drawText(context, text, x, y, font, ink, ground) {
  context.font = font
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = 4
  context.strokeStyle = ground
  context.strokeText(text, x, y)
  context.fillStyle = ink
  context.fillText(text, x, y)
}

/** A line through the tracks of a journey, with their numbers where there is room. */
function drawPath(context, { path, xs, ys, ink, ground, accent }) {
  const stops = path.filter(index => index >= 0)
  if (!stops.length) return
  for (const [width, colour] of [[6, ground], [2.5, accent]]) {
    context.beginPath()
    for (const index of stops) context.lineTo(xs[index], ys[index])
    context.lineWidth = width
    context.lineJoin = 'round'
    context.strokeStyle = colour
    context.stroke()
  }
  const taken = []
  const isFree = index => taken.every(other => Math.hypot(xs[index] - xs[other], ys[index] - ys[other]) > 18)
  for (const [number, index] of path.entries()) {
    if (index < 0) continue
    const isEnd = index === stops[0] || index === stops.at(-1)
    context.beginPath()
    context.arc(xs[index], ys[index], isEnd || isFree(index) ? 10 : 4, 0, 2 * Math.PI)
    context.fillStyle = isEnd ? accent : ground
    context.fill()
    context.lineWidth = 1.5
    context.strokeStyle = accent
    context.stroke()
    if (!isEnd && !isFree(index)) continue
    taken.push(index)
    context.font = '600 11px system-ui, sans-serif'
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.fillStyle = isEnd ? ground : ink
    context.fillText(String(number + 1), xs[index], ys[index])
  }
}

function drawLasso(context, lasso, colour) {
  if (lasso.length < 2) return
  context.beginPath()
  for (const { x, y } of lasso) context.lineTo(x, y)
  context.closePath()
  context.strokeStyle = context.fillStyle = colour
  context.globalAlpha = 0.08
  context.fill()
  context.globalAlpha = 1
  context.setLineDash([5, 4])
  context.lineWidth = 1.5
  context.stroke()
  context.setLineDash([])
}
