// @ts-check
/** A waveform to seek in: a slider drawn from the peaks of the audio. */

import { element } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { onThemeChange } from './theme.js'

const BAR = 3 // CSS pixels from one bar to the next
const STEP = 5 // seconds per arrow key
const PAGE = 30 // seconds per page key

/** `onSeek(seconds)`: the user seeks to another position. */
export function createWaveform(onSeek) {
  const canvas = element('canvas', { 'aria-hidden': 'true' })
  const slider = element('div', { class: 'waveform', role: 'slider', tabindex: 0, 'aria-valuemin': 0 }, canvas)
  let shown = { peaks: [], seconds: 0, at: 0, moment: null }

  function draw() {
    const ratio = devicePixelRatio
    const [width, height] = [slider.clientWidth, slider.clientHeight]
    if (!width) return
    canvas.width = width * ratio
    canvas.height = height * ratio
    const context = canvas.getContext('2d')
    context.scale(ratio, ratio)
    const style = getComputedStyle(slider)
    const { seconds, at, moment } = shown
    if (moment && seconds) {
      context.fillStyle = style.getPropertyValue('--moment')
      context.fillRect((moment.start / seconds) * width, 0, ((moment.end - moment.start) / seconds) * width, height)
    }
    const [played, rest] = [style.color, style.borderTopColor]
    const count = Math.floor(width / BAR)
    for (let bar = 0; bar < count; bar += 1) {
      context.fillStyle = bar / count < at / seconds ? played : rest
      const tall = Math.max(2, peak(bar / count, (bar + 1) / count) * (height - 4))
      context.fillRect(bar * BAR, (height - tall) / 2, BAR - 1, tall)
    }
  }

  /** The highest peak between two fractions of the track. */
  function peak(from, to) {
    const { peaks } = shown
    return Math.max(0, ...peaks.slice(Math.floor(from * peaks.length), Math.ceil(to * peaks.length)))
  }

  function show(change) {
    shown = { ...shown, ...change }
    slider.setAttribute('aria-label', t('player.position'))
    slider.setAttribute('aria-valuemax', String(Math.round(shown.seconds)))
    slider.setAttribute('aria-valuenow', String(Math.round(shown.at)))
    slider.setAttribute('aria-valuetext', t('player.at', { at: clock(shown.at), seconds: clock(shown.seconds) }))
    draw()
  }

  const seek = seconds => onSeek(Math.max(0, Math.min(shown.seconds, seconds)))

  function seekToPointer(event) {
    const { left, width } = slider.getBoundingClientRect()
    seek(((event.clientX - left) / width) * shown.seconds)
  }

  function onKey(event) {
    const { at, seconds } = shown
    const target = {
      ArrowLeft: at - STEP,
      ArrowDown: at - STEP,
      ArrowRight: at + STEP,
      ArrowUp: at + STEP,
      PageDown: at - PAGE,
      PageUp: at + PAGE,
      Home: 0,
      End: seconds,
    }[event.key]
    if (target === undefined) return
    event.preventDefault()
    event.stopPropagation()
    seek(target)
  }

  slider.addEventListener('pointerdown', event => {
    slider.setPointerCapture(event.pointerId)
    seekToPointer(event)
  })
  slider.addEventListener('pointermove', event => {
    if (slider.hasPointerCapture(event.pointerId)) seekToPointer(event)
  })
  slider.addEventListener('keydown', onKey)
  new ResizeObserver(draw).observe(slider)
  onThemeChange(draw)

  return { node: slider, show }
}
