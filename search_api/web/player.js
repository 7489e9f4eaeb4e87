// @ts-check
/** The player: one <audio>, its waveform and its controls at the bottom of the page. */

import { audioUrl, Problem, probeAudio, waveform as fetchWaveform } from './api.js'
import { button, byId, element, icon, iconButton } from './dom.js'
import { clock } from './format.js'
import { t } from './i18n.js'
import { showProblem } from './notice.js'
import { following, goTo, onStart, queueDetails } from './queue.js'
import { createWaveform } from './waveform.js'

/** `onChange({id, paused})`: the track has changed, or playback was started or stopped. */
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

  onStart(({ start }) => {
    load(queueDetails().current.track, { start })
    begin()
  })

  function load(wanted, { start, copy = false }) {
    loading.abort()
    loading = new AbortController()
    track = wanted
    isCopy = copy
    audio.src = audioUrl(track.id, { copy })
    audio.currentTime = start // set before data arrive, so that playback does not start at the beginning
    waveform.show({ peaks: [], seconds: track.duration ?? 0, at: start, moment: track.moment ?? null })
    describe()
    loadPeaks(track.id, loading.signal)
    root.hidden = false
    document.body.classList.add('playing')
  }

  /** Playback does not wait for the waveform. */
  async function loadPeaks(id, signal) {
    try {
      waveform.show(await fetchWaveform(id, signal))
    } catch (problem) {
      if (problem.name !== 'AbortError') console.warn(problem) // if the file has a problem, the audio element reports it
    }
  }

  function describe() {
    name.replaceChildren(element('b', { dir: 'auto' }, track.title), element('span', { dir: 'auto' }, track.artist))
    const start = track.moment?.start
    best.replaceChildren(
      ...(start === undefined
        ? []
        : [iconButton('moment', t('player.best', { start: clock(start) }), () => {
              seek(start)
              begin()
            })]),
    )
    if ('mediaSession' in navigator) {
      navigator.mediaSession.metadata = new MediaMetadata({
        title: track.title,
        artist: track.artist,
        album: track.album ?? '',
      })
    }
  }

  /** Browsers reject if the last click is too old or the track was changed meanwhile: neither is an error here. */
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

  /** <audio> gives no reason. Either the service has one, or the browser does not support the format. */
  async function failed() {
    const wanted = track
    try {
      await probeAudio(wanted.id)
      if (isCopy) throw new Problem({ type: 'unplayable', detail: wanted.title })
      load(wanted, { start: wanted.moment?.start ?? 0, copy: true })
      begin()
    } catch (problem) {
      showProblem(problem, () => {
        load(wanted, { start: wanted.moment?.start ?? 0 })
        begin()
      })
    }
  }

  for (const event of ['play', 'pause', 'ended', 'loadstart']) audio.addEventListener(event, changed)
  for (const event of ['timeupdate', 'durationchange']) audio.addEventListener(event, advanced)
  audio.addEventListener('error', failed)

  audio.addEventListener('ended', () => {
    const next = following()
    if (next) goTo(next.key)
  })

  return {
    isCurrent: id => track?.id === id,
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
