// @ts-check
/**
 * The library as a map: similar tracks are close together, coloured by a category of tags.
 *
 * A click plays, dragging draws a lasso around tracks to list, the wheel zooms. On the keyboard, arrow keys move from
 * point to point and Enter plays. The list below has the same tracks, for users who cannot see the map.
 */

import { CATEGORIES, tagName } from './descriptors.js'
import { button, byId, element, iconButton, keepingFocus } from './dom.js'
import { kindName, t } from './i18n.js'
import { draw } from './map_draw.js'
import { installPointer } from './map_pointer.js'
import { middle, place, spread, WHOLE, zoomed } from './map_view.js'
import { say } from './notice.js'
import { onThemeChange } from './theme.js'

const HUES = 8 // tags with their own colour; the style sheet defines the colours
const STEP = 1.5 // zoom factor of a button

/** `onPlay(point)`, `onLasso(points or null)`, `onColour(category)`. */
export function createMap({ onPlay, onLasso, onColour }) {
  const root = byId('map')
  const canvas = element('canvas', { tabindex: 0, role: 'application' })
  const tip = element('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' })
  const legend = element('div', { class: 'legend' })
  root.append(legend, element('div', { class: 'stage' }, canvas, tip))

  let view = WHOLE
  let counts = [] // [tag, number of points] of the tags with a colour
  /** @type {MapScene} */
  const scene = {
    points: [],
    colourBy: CATEGORIES[0],
    coloured: [],
    only: null,
    hits: new Set(),
    playing: null,
    hovered: null,
    lasso: [],
  }

  function redraw() {
    if (!canvas.clientWidth) return
    place(scene.points, view, canvas)
    draw(canvas, scene)
  }

  function zoom(at, factor) {
    view = zoomed(view, canvas, at, factor)
    redraw()
  }

  function setColour(category) {
    scene.colourBy = CATEGORIES.includes(category) ? category : CATEGORIES[0]
    scene.only = null
    const found = new Map()
    for (const point of scene.points) {
      const tag = point.tags[scene.colourBy]
      if (tag) found.set(tag, (found.get(tag) ?? 0) + 1)
    }
    counts = [...found].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, HUES)
    scene.coloured = counts.map(([tag]) => tag)
    keepingFocus(legend, renderLegend)
    redraw()
  }

  function renderLegend() {
    const select = element(
      'select',
      { onchange: () => onColour(select.value) },
      CATEGORIES.map(category =>
        element('option', { value: category, selected: category === scene.colourBy }, t(`category.${category}`)),
      ),
    )
    const entry = ([tag, count], index) =>
      button(
        {
          class: `hue-${index}`,
          'aria-pressed': scene.only === tag,
          onclick: () => {
            scene.only = scene.only === tag ? null : tag
            keepingFocus(legend, renderLegend)
            redraw()
          },
        },
        tagName(tag),
        ' ',
        element('small', {}, count),
      )
    const zoomButtons = element(
      'div',
      { class: 'zoom' },
      iconButton('plus', t('map.zoomIn'), () => zoom(middle(canvas), STEP)),
      iconButton('minus', t('map.zoomOut'), () => zoom(middle(canvas), 1 / STEP)),
    )
    legend.replaceChildren(
      element('label', { class: 'choice' }, t('map.colour'), select),
      ...counts.map(entry),
      zoomButtons,
    )
  }

  function hover(point) {
    if (point === scene.hovered) return
    scene.hovered = point
    canvas.classList.toggle('over', Boolean(point))
    tip.hidden = !point
    redraw()
    if (!point) return
    const facts = [point.kind === 'score' && kindName('score'), point.artist].filter(Boolean).join(' · ')
    tip.replaceChildren(element('b', { dir: 'auto' }, point.title), element('span', { dir: 'auto' }, facts))
    tip.style.setProperty('left', `${Math.min(point.x, canvas.clientWidth - tip.offsetWidth - 8)}px`)
    tip.style.setProperty('top', `${Math.max(4, point.y - tip.offsetHeight - 12)}px`)
  }

  const announce = ({ title, artist, kind, tags }) =>
    say([title, kind === 'score' && kindName(kind), artist, ...Object.values(tags).map(tagName)].filter(Boolean).join(', '))

  installPointer(canvas, scene, { hover, announce, zoom, redraw, onPlay, onLasso })
  new ResizeObserver(redraw).observe(canvas)
  onThemeChange(redraw)

  return {
    show(answered, category, hitIds) {
      root.hidden = false
      scene.lasso = []
      scene.hits = new Set(hitIds)
      scene.points = spread(answered)
      view = WHOLE
      canvas.setAttribute('aria-label', t('map.canvas', { n: answered.length }))
      setColour(category)
    },
    hide() {
      root.hidden = true
    },
    mark(id) {
      scene.playing = id
      redraw()
    },
  }
}

/** A point in the form of a track, for a row: its top tag of each category. */
export const asTrack = point => ({
  ...point,
  tags: CATEGORIES.filter(category => point.tags[category]).map(category => ({ category, slug: point.tags[category] })),
})
