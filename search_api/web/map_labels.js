// @ts-check
/** Names of the regions on the canvas: large regions first, smaller ones from nearer, none above another. */

import { clean } from './dom.js'
import { tagName } from './descriptors.js'
import { onCanvas } from './map_view.js'

const NEAR = [1, 1.8, 4] // zoom from which on a level is named
const SIZES = [15, 13, 12] // CSS pixels, by level
const GAP = 10 // CSS pixels between two names
const APART = 220 // CSS pixels between two that are the same
const FAMILY = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'

/**
 * @param {MapPoints} points
 * @param {MapView} view
 * @param {HTMLCanvasElement} canvas
 * @returns {MapLabel[]}
 */
export function placeLabels({ regions }, view, canvas) {
  const context = canvas.getContext('2d')
  const at = onCanvas(view, canvas)
  /** @type {MapLabel[]} */
  const placed = []
  const shown = regions.filter(({ level }) => view.zoom >= NEAR[level])
  shown.sort((a, b) => a.level - b.level || b.tracks - a.tracks)
  for (const { x, y, level, tags } of shown) {
    const text = clean(tags.map(tagName).join(' · '))
    const font = `600 ${SIZES[level]}px ${FAMILY}`
    context.font = font
    const label = { text, font, x: at.x(x), y: at.y(y), width: context.measureText(text).width, height: SIZES[level] }
    if (isInside(label, canvas) && placed.every(other => !collide(label, other))) placed.push(label)
  }
  return placed
}

const isInside = ({ x, y, width, height }, canvas) =>
  x > width / 2 && x < canvas.clientWidth - width / 2 && y > height && y < canvas.clientHeight - height

function collide(a, b) {
  const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)]
  if (a.text === b.text && Math.hypot(dx, dy) < APART) return true
  return dx < (a.width + b.width) / 2 + GAP && dy < (a.height + b.height) / 2 + GAP
}
