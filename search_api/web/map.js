// @ts-check
/**
 * The library as a map: similar tracks are close together, and regions are named by their tags.
 *
 * `map_pointer.js` says what mouse, fingers and keys do. The list below has the same tracks, for users who cannot see
 * the map. Loaded when the map is opened.
 */

import { button, byId, element, iconButton, keepingFocus } from './dom.js'
import { currentLanguage, kindName, t } from './i18n.js'
import { journeyPath, onPath } from './journey_path.js'
import { COLOURINGS, colouring, REST } from './map_colours.js'
import { colourOf, drawAbove, drawPoints } from './map_draw.js'
import { placeLabels } from './map_labels.js'
import { installPointer } from './map_pointer.js'
import { tagsOf } from './map_points.js'
import { changed, middle, place, sameView, WHOLE } from './map_view.js'
import { tagName } from './descriptors.js'
import { say } from './notice.js'
import { onThemeChange } from './theme.js'

const STEP = 1.5 // zoom factor of a button
const MANY = 20_000 // points whose picture is moved as a whole, and drawn again when the map rests
const REST_MS = 120 // until then

/** `onPlay(index)`, `onLasso(indices or null)`, `onColour(name)`. */
export function createMap({ onPlay, onLasso, onColour }) {
  const root = byId('map')
  const below = element('canvas', { class: 'points', 'aria-hidden': 'true' })
  const canvas = element('canvas', { tabindex: 0, role: 'application', 'aria-describedby': 'map-hint' })
  const tip = element('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' })
  const legend = element('div', { class: 'legend' })
  const hint = element('p', { class: 'hint', id: 'map-hint' })
  root.append(legend, element('div', { class: 'stage' }, below, canvas, tip), hint)

  let view = WHOLE
  let drawnView = WHOLE // of the points
  let only = -1 // the only class that is shown
  let hits = new Set() // of points; if there are any, all others are dimmed
  let playingId = null
  let waiting = 0
  /** @type {MapScene} */
  const scene = {
    points: { length: 0, version: '', x: new Float32Array(), y: new Float32Array(), regions: [], tags: {}, bpm: [], key: [], energy: [], year: [], ids: null, kinds: null, titles: null, artists: null, at: new Map() },
    xs: new Float32Array(),
    ys: new Float32Array(),
    colourBy: COLOURINGS[0],
    colouring: { classes: [], of: new Uint8Array() },
    palette: [],
    isMeant: new Uint8Array(),
    labels: [],
    path: [],
    playing: -1,
    hovered: -1,
    radius: 4,
    lasso: [],
    drawing: false,
    listed: false,
    ink: '',
    ground: '',
    accent: '',
  }

  const isShown = () => canvas.clientWidth > 0 && !root.hidden
  const redraw = () => isShown() && drawAbove(canvas, scene)

  /** Draws all again, such as after a change of colours. */
  function render() {
    if (!isShown()) return
    clearTimeout(waiting)
    scene.ink = colourOf(canvas, '--ink')
    scene.ground = colourOf(canvas, '--card')
    scene.accent = colourOf(canvas, '--accent')
    readPalette()
    arrange()
    renderPoints()
  }

  function arrange() {
    place(scene, view, canvas)
    scene.labels = placeLabels(scene.points, view, canvas)
    redraw()
  }

  function renderPoints() {
    drawPoints(below, scene)
    drawnView = view
    below.style.setProperty('transform', 'none')
    redraw() // the size of points may be another
  }

  /** Moves the view; returns whether it has changed. */
  function move(by) {
    const wanted = changed(view, canvas, by)
    if (sameView(wanted, view)) return false
    view = wanted
    hideTip()
    arrange()
    clearTimeout(waiting)
    if (scene.points.length < MANY) renderPoints()
    else {
      const scale = view.zoom / drawnView.zoom
      const [x, y] = [view.x - drawnView.x * scale, view.y - drawnView.y * scale]
      below.style.setProperty('transform', `matrix(${scale}, 0, 0, ${scale}, ${x}, ${y})`)
      waiting = setTimeout(renderPoints, REST_MS)
    }
    return true
  }

  /** The colours of the classes, as the style sheet has them for their place in the legend. */
  function readPalette() {
    const colours = [...legend.querySelectorAll('[data-code]')].map(node => [
      Number(/** @type {HTMLElement} */ (node).dataset.code),
      colourOf(node, '--own'),
    ])
    scene.palette = []
    scene.palette[REST] = colourOf(canvas, '--rest')
    for (const [code, colour] of colours) scene.palette[code] = colour
  }

  function setColour(name) {
    scene.colourBy = COLOURINGS.includes(name) ? name : COLOURINGS[0]
    scene.colouring = colouring(scene.points, scene.colourBy)
    only = -1
    keepingFocus(legend, renderLegend)
    emphasise()
  }

  function emphasise() {
    const { of } = scene.colouring
    scene.isMeant = Uint8Array.from(of, (code, index) =>
      Number((only < 0 || code === only) && (!hits.size || hits.has(index))),
    )
    render()
  }

  function renderLegend() {
    const select = element(
      'select',
      { onchange: () => onColour(select.value) },
      COLOURINGS.map(name =>
        element('option', { value: name, selected: name === scene.colourBy }, t(`map.by.${name}`)),
      ),
    )
    const entry = ({ name, style, count }, code) =>
      count > 0 &&
      button(
        {
          class: style,
          'data-code': code,
          'aria-pressed': only === code,
          onclick: () => {
            only = only === code ? -1 : code
            keepingFocus(legend, renderLegend)
            emphasise()
          },
        },
        name,
        ' ',
        element('small', {}, count.toLocaleString(currentLanguage())),
      )
    const tools = element(
      'div',
      { class: 'zoom' },
      iconButton('lasso', t('map.draw'), setDrawing, { 'aria-pressed': scene.drawing }),
      iconButton('plus', t('map.zoomIn'), () => move({ at: middle(canvas), factor: STEP })),
      iconButton('minus', t('map.zoomOut'), () => move({ at: middle(canvas), factor: 1 / STEP })),
    )
    legend.replaceChildren(
      element('label', { class: 'choice' }, t('map.colour'), select),
      tools,
      element('div', { class: 'classes' }, scene.colouring.classes.map(entry)),
    )
    describe()
  }

  function setDrawing() {
    scene.drawing = !scene.drawing
    canvas.classList.toggle('drawing', scene.drawing)
    keepingFocus(legend, renderLegend)
  }

  function describe() {
    const isTouch = matchMedia('(pointer: coarse)').matches
    hint.textContent = t(scene.drawing ? 'map.hintDraw' : isTouch ? 'map.hintTouch' : 'map.hintMouse')
  }

  const hideTip = () => {
    tip.hidden = true
  }

  function hover(index) {
    if (index === scene.hovered && tip.hidden === index < 0) return
    scene.hovered = index
    canvas.classList.toggle('over', index >= 0)
    redraw()
    const { titles, artists, kinds } = scene.points
    tip.hidden = index < 0 || !titles
    if (tip.hidden) return
    const facts = [kinds[index] === 'score' && kindName('score'), artists[index], measured(index)]
    tip.replaceChildren(
      element('b', { dir: 'auto' }, titles[index]),
      element('span', { dir: 'auto' }, facts.filter(Boolean).join(' · ')),
    )
    const [x, y] = [scene.xs[index], scene.ys[index]]
    tip.style.setProperty('left', `${Math.max(4, Math.min(x, canvas.clientWidth - tip.offsetWidth - 8))}px`)
    tip.style.setProperty('top', `${y > tip.offsetHeight + 16 ? y - tip.offsetHeight - 12 : y + 14}px`)
  }

  /** What the colour of a point stands for, if it is a number or a key. */
  function measured(index) {
    const value = scene.points[scene.colourBy]?.[index] ?? ''
    if (value === '') return ''
    if (scene.colourBy === 'bpm') return `${value} bpm`
    return scene.colourBy === 'energy' ? `${Math.round(value * 100)} %` : String(value)
  }

  /** Marks a point on the way of the keyboard, brings it into view, and announces it. */
  function reach(index) {
    const [x, y] = [scene.xs[index], scene.ys[index]]
    const centre = middle(canvas)
    const isOut = x < 0 || y < 0 || x > 2 * centre.x || y > 2 * centre.y
    if (isOut) move({ by: { x: centre.x - x, y: centre.y - y } })
    hover(index)
    const { titles, artists, kinds } = scene.points
    if (!titles) return
    const facts = [titles[index], kinds[index] === 'score' && kindName('score'), artists[index]]
    say([...facts, ...Object.values(tagsOf(scene.points, index)).map(tagName)].filter(Boolean).join(', '))
  }

  const indexOf = id => scene.points.at.get(id) ?? -1

  function showPath() {
    scene.path = journeyPath().map(indexOf)
    redraw()
  }

  function mark(id) {
    playingId = id
    scene.playing = indexOf(id)
    redraw()
  }

  installPointer(canvas, scene, { hover, reach, move, redraw, onPlay, onLasso })
  new ResizeObserver(render).observe(canvas)
  onThemeChange(render)
  onPath(showPath)

  return {
    /** @param {MapPoints} points */
    show(points, colour) {
      root.hidden = false
      scene.lasso = []
      scene.listed = false
      hits = new Set()
      if (points.version !== scene.points.version) {
        view = WHOLE
        hover(-1)
        scene.points = points
        scene.xs = new Float32Array(points.length)
        scene.ys = new Float32Array(points.length)
      }
      canvas.setAttribute('aria-label', t('map.canvas', { n: points.length }))
      setColour(colour)
    },
    /** The same points, with names. */
    name(points) {
      scene.points = points
      showPath()
      mark(playingId)
    },
    showHits(ids) {
      hits = new Set(ids.map(indexOf).filter(index => index >= 0))
      emphasise()
    },
    /** Whether the list below has a part of the points, which a click beside them ends. */
    set listed(value) {
      scene.listed = value
    },
    hide() {
      root.hidden = true
    },
    mark,
  }
}
