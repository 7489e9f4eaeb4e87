// @ts-check
/** What is playing: one <audio>, its waveform and its controls at the foot of the page. */

import { audioUrl, Problem, probeAudio, waveform as fetchWaveform } from './api.js'
import { button, byId, element, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { createWaveform } from './waveform.js'

/** `onChange({id, paused})`: another track, or the same one started or stopped. */
export function createPlayer(onChange) {
  const root = byId('player')
  const audio = element('audio', { preload: 'auto' })
  const waveform = createWaveform(seek)
  const toggleButton = button({ class: 'cover', onclick: toggle })
  const name = element('p', { class: 'now' })
  const time = element('p', { class: 'time', 'aria-hidden': 'true' })
  const best = element('div', { class: 'best' })
  root.append(toggleButton, name, waveform.node, time, best, audio)

  let track = null
  let isCopy = false
  let loading = new AbortController()

  /** From the moment that fits best, or goes on or stops if it is this track already and not asked for `again`. */
  function play(wanted, { again = false } = {}) {
    if (track?.id === wanted.id && !again) return toggle()
    const start = wanted.moment?.start ?? 0
    if (track?.id === wanted.id) {
      track = wanted
      seek(start)
      return begin()
    }
    load(wanted, { start })
    return begin()
  }

  function load(wanted, { start, copy = false }) {
    loading.abort()
    loading = new AbortController()
    track = wanted
    isCopy = copy
    audio.src = audioUrl(track.id, { copy })
    audio.currentTime = start // before anything is there to play: nothing from the beginning is heard
    waveform.show({ peaks: [], seconds: track.duration ?? 0, at: start, moment: track.moment ?? null })
    describe()
    loadPeaks(track.id, loading.signal)
    root.hidden = false
    document.body.classList.add('playing')
  }

  /** The music does not wait for its picture. */
  async function loadPeaks(id, signal) {
    try {
      waveform.show(await fetchWaveform(id, signal))
    } catch (problem) {
      if (problem.name !== 'AbortError') console.warn(problem) // the audio says what is wrong with the file
    }
  }

  function describe() {
    name.replaceChildren(element('b', { dir: 'auto' }, track.title), element('span', { dir: 'auto' }, track.artist))
    const start = track.moment?.start
    best.replaceChildren(
      ...(start === undefined
        ? []
        : [iconButton('moment', t('player.best', { start: clock(start) }), () => play(track, { again: true }))]),
    )
    if ('mediaSession' in navigator) {
      navigator.mediaSession.metadata = new MediaMetadata({
        title: track.title,
        artist: track.artist,
        album: track.album ?? '',
      })
    }
  }

  /** Browsers reject when a click is too long ago or another track was chosen meanwhile: neither is an error here. */
  function begin() {
    return audio.play().catch(error => {
      if (!['NotAllowedError', 'AbortError', 'NotSupportedError'].includes(error.name)) throw error
    })
  }

  function toggle() {
    if (audio.paused) begin()
    else audio.pause()
  }

  function seek(seconds) {
    audio.currentTime = seconds
    waveform.show({ at: seconds })
  }

  function changed() {
    if (!track) return
    toggleButton.replaceChildren(icon(audio.paused ? 'play' : 'pause'))
    toggleButton.setAttribute('aria-label', t(audio.paused ? 'player.play' : 'player.pause', { title: track.title }))
    onChange({ id: track.id, paused: audio.paused })
  }

  function advanced() {
    const seconds = Number.isFinite(audio.duration) ? audio.duration : (track.duration ?? 0)
    time.textContent = `${clock(audio.currentTime)} / ${clock(seconds)}`
    waveform.show({ at: audio.currentTime, seconds })
  }

  /** An <audio> does not say why: the service does, or else the browser does not know the format. */
  async function failed() {
    const wanted = track
    try {
      await probeAudio(wanted.id)
      if (isCopy) throw new Problem({ type: 'unplayable', detail: wanted.title })
      load(wanted, { start: wanted.moment?.start ?? 0, copy: true })
      begin()
    } catch (problem) {
      showProblem(problem, () => {
        track = null
        play(wanted)
      })
    }
  }

  for (const event of ['play', 'pause', 'ended', 'loadstart']) audio.addEventListener(event, changed)
  for (const event of ['timeupdate', 'durationchange']) audio.addEventListener(event, advanced)
  audio.addEventListener('error', failed)

  return {
    play,
    toggle: () => {
      if (track) toggle()
    },
    skip: seconds => {
      if (track) seek(Math.max(0, audio.currentTime + seconds))
    },
    translate: () => {
      if (track) {
        describe()
        changed()
      }
    },
  }
}
