/**
 * The library as a map: tracks that sound alike lie close together, coloured by a category of tags.
 *
 * Click plays, dragging draws a lasso around tracks to list, the wheel zooms. With the keyboard, arrows go from point
 * to point and Enter plays; the list below the map has the same tracks for those who cannot see it.
 */

import { CATEGORIES, tagName } from './descriptors.js'
import { button, byId, element, iconButton, keepingFocus } from './dom.js'
import { bounds, inside, nearest, next } from './geometry.js'
import { t } from './i18n.js'
import { say } from './notice.js'
import { onThemeChange } from './theme.js'

const HUES = 8 // tags with a colour of their own; the style sheet has as many
const REACH = 14 // CSS pixels around a point that are the point
const EDGE = 24 // CSS pixels kept free around the points
const CLICK = 5 // a drag that is shorter is a click
const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/** `onPlay(point)`, `onLasso(points or null)`, `onColour(category)`. */
export function createMap({ onPlay, onLasso, onColour }) {
  const root = byId('map')
  const canvas = element('canvas', { tabindex: 0, role: 'application' })
  const tip = element('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' })
  const legend = element('div', { class: 'legend' })
  const stage = element('div', { class: 'stage' }, canvas, tip)
  root.append(legend, stage)

  let points = [] // of the service, with their place on the canvas in x and y
  let legendTags = []
  let only = null // the tag of the legend that is shown alone
  let colourBy = CATEGORIES[0]
  let view = { zoom: 1, x: 0, y: 0 } // CSS pixels
  let hovered = null
  let lasso = []
  let hits = new Set()
  let playing = null

  function setPoints(answered) {
    const box = bounds(answered)
    points = answered.map(point => ({
      ...point,
      unit: { x: (point.x - box.left) / box.width, y: 1 - (point.y - box.top) / box.height },
    }))
    view = { zoom: 1, x: 0, y: 0 }
    canvas.setAttribute('aria-label', t('map.canvas', { n: points.length }))
  }

  function setColour(category) {
    colourBy = CATEGORIES.includes(category) ? category : CATEGORIES[0]
    only = null
    const counts = new Map()
    for (const point of points) {
      const tag = point.tags[colourBy]
      if (tag) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    }
    legendTags = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, HUES)
    keepingFocus(legend, renderLegend)
    draw()
  }

  function renderLegend() {
    const select = element(
      'select',
      { onchange: () => onColour(select.value) },
      CATEGORIES.map(category =>
        element('option', { value: category, selected: category === colourBy }, t(`category.${category}`)),
      ),
    )
    const entry = ([tag, count], index) =>
      button(
        {
          class: `hue-${index}`,
          'aria-pressed': only === tag,
          onclick: () => {
            only = only === tag ? null : tag
            keepingFocus(legend, renderLegend)
            draw()
          },
        },
        tagName(tag),
        ' ',
        element('small', {}, count),
      )
    legend.replaceChildren(
      element('label', { class: 'choice' }, t('map.colour'), select),
      ...legendTags.map(entry),
      zoomButtons(),
    )
  }

  function zoomButtons() {
    const middle = () => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 })
    return element(
      'div',
      { class: 'zoom' },
      iconButton('plus', t('map.zoomIn'), () => zoomAt(middle(), 1.5)),
      iconButton('minus', t('map.zoomOut'), () => zoomAt(middle(), 1 / 1.5)),
    )
  }

  function zoomAt(place, factor) {
    const zoom = Math.max(1, Math.min(40, view.zoom * factor))
    const by = zoom / view.zoom
    const [width, height] = [canvas.clientWidth, canvas.clientHeight]
    const held = (at, offset, size) => Math.min(0, Math.max(size - size * zoom, at - (at - offset) * by))
    view = { zoom, x: held(place.x, view.x, width), y: held(place.y, view.y, height) }
    draw()
  }

  function place() {
    const [width, height] = [canvas.clientWidth - 2 * EDGE, canvas.clientHeight - 2 * EDGE]
    for (const point of points) {
      point.x = view.x + (EDGE + point.unit.x * width) * view.zoom
      point.y = view.y + (EDGE + point.unit.y * height) * view.zoom
    }
  }

  function draw() {
    const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio]
    if (!width) return
    place()
    canvas.width = width * ratio
    canvas.height = height * ratio
    const context = canvas.getContext('2d')
    context.scale(ratio, ratio)
    const style = getComputedStyle(canvas)
    const palette = new Map(legendTags.map(([tag], index) => [tag, style.getPropertyValue(`--hue-${index}`)]))
    const [rest, ink, ground] = ['--rest', '--ink', '--card'].map(name => style.getPropertyValue(name))
    const size = Math.max(3.5, Math.min(7, 120 / Math.sqrt(points.length || 1)))
    const visible = point => (!only || point.tags[colourBy] === only) && (!hits.size || hits.has(point.id))

    const disc = (point, radius, colour) => {
      context.beginPath()
      context.arc(point.x, point.y, radius, 0, 2 * Math.PI)
      context.fillStyle = colour
      context.fill()
    }
    for (const point of points) {
      context.globalAlpha = visible(point) ? 0.85 : 0.15
      disc(point, size, palette.get(point.tags[colourBy]) ?? rest)
    }
    context.globalAlpha = 1
    for (const point of points.filter(({ id }) => id === playing || id === hovered?.id)) {
      disc(point, size + 4, ink)
      disc(point, size + 2, ground)
      disc(point, size, palette.get(point.tags[colourBy]) ?? rest)
    }
    drawLasso(context, ink)
  }

  function drawLasso(context, colour) {
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
  }

  function hover(point) {
    if (point === hovered) return
    hovered = point
    canvas.classList.toggle('over', Boolean(point))
    tip.hidden = !point
    if (point) {
      tip.replaceChildren(element('b', { dir: 'auto' }, point.title), element('span', { dir: 'auto' }, point.artist))
      draw()
      tip.style.setProperty('left', `${Math.min(point.x, canvas.clientWidth - tip.offsetWidth - 8)}px`)
      tip.style.setProperty('top', `${Math.max(4, point.y - tip.offsetHeight - 12)}px`)
    } else draw()
  }

  const at = event => ({ x: event.offsetX, y: event.offsetY })

  function onDown(event) {
    canvas.setPointerCapture(event.pointerId)
    lasso = [at(event)]
  }

  function onMove(event) {
    if (canvas.hasPointerCapture(event.pointerId)) {
      lasso.push(at(event))
      if (isDrag()) {
        hover(null)
        draw()
      }
    } else hover(nearest(points, at(event), REACH))
  }

  const isDrag = () => lasso.some(({ x, y }) => Math.hypot(x - lasso[0].x, y - lasso[0].y) > CLICK)

  function onUp(event) {
    if (!lasso.length) return
    const point = nearest(points, at(event), REACH)
    if (isDrag()) onLasso(points.filter(each => inside(lasso, each)))
    else if (point) {
      hover(point)
      onPlay(point)
    } else {
      lasso = []
      onLasso(null)
      draw()
    }
    if (!isDrag()) lasso = []
  }

  function onKey(event) {
    if (event.key in ARROWS)
      go(
        hovered
          ? next(points, hovered, ARROWS[event.key])
          : nearest(points, { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 }),
      )
    else if ((event.key === 'Enter' || event.key === ' ') && hovered) onPlay(hovered)
    else if (event.key === '+' || event.key === '-')
      zoomAt(hovered ?? { x: 0, y: 0 }, event.key === '+' ? 1.5 : 1 / 1.5)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function go(point) {
    if (!point) return
    hover(point)
    const tags = Object.values(point.tags).map(tagName)
    say([point.title, point.artist, ...tags].filter(Boolean).join(', '))
  }

  canvas.addEventListener('pointerdown', onDown)
  canvas.addEventListener('pointermove', onMove)
  canvas.addEventListener('pointerup', onUp)
  canvas.addEventListener('pointercancel', () => {
    lasso = []
    draw()
  })
  canvas.addEventListener('pointerleave', () => hover(null))
  canvas.addEventListener(
    'wheel',
    event => {
      event.preventDefault()
      zoomAt(at(event), 1.0015 ** -event.deltaY)
    },
    { passive: false },
  )
  canvas.addEventListener('keydown', onKey)
  new ResizeObserver(draw).observe(canvas)
  onThemeChange(draw)

  return {
    show(answered, category, hitIds) {
      root.hidden = false
      lasso = []
      hits = new Set(hitIds)
      setPoints(answered)
      setColour(category)
    },
    hide() {
      root.hidden = true
    },
    mark(id) {
      playing = id
      draw()
    },
  }
}

/** A point as a row shows it: its top tag of each category. */
export const asTrack = point => ({
  ...point,
  tags: CATEGORIES.filter(category => point.tags[category]).map(category => ({ category, slug: point.tags[category] })),
})
