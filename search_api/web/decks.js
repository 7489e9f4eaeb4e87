// @ts-check
/**
 * Two <audio> elements: one plays, the other has loaded what follows, so that tracks follow each other without a gap.
 */

import { audioUrl, track as fetchTrack } from './api.js'
import { element } from './dom.js'
import { canSetVolume, currentSound, onSound, volumeFor } from './sound.js'

const LEAD = 0.04 // seconds from play() until an element that has loaded sounds: the next is started that much early
const NEAR = 0.9 // seconds before the end; from here a timer is used, since `timeupdate` comes only every quarter second
const AHEAD = 20 // seconds before the end; from here the next track is loaded, if this one has not arrived sooner
const FADE_STEP = 40 // ms

/** @typedef {import('./queue.js').QueueEntry} QueueEntry */

/**
 * `root`: gets the elements. Callbacks: `onChange(event)` started, paused, waiting or ended; `onTime()` the position has
 * changed; `onNear()` the next track can be loaded; `onEnd()` the next track should start; `onError(code)` as in
 * MediaError; `onBlocked()` the browser does not let the page start without a click.
 */
export function createDecks(root, { onChange, onTime, onNear, onEnd, onError, onBlocked }) {
  const decks = [deck(), deck()]
  let [active, standby] = decks
  let ending = 0 // timer
  let fading = 0 // timer
  let unlocked = false
  root.append(...decks.map(({ audio }) => audio))
  onSound(() => decks.forEach(adjust))

  function deck() {
    const audio = element('audio', { preload: 'auto' })
    /** @type {{audio: HTMLAudioElement, entry: QueueEntry | null, copy: boolean, broken: boolean, fade: number, loudness: number | null}} */
    const own = { audio, entry: null, copy: false, broken: false, fade: 1, loudness: null }
    const whenActive = listener => event => own === active && own.entry && listener(event)
    for (const name of ['play', 'pause', 'playing', 'waiting', 'loadstart'])
      audio.addEventListener(name, whenActive(onChange))
    for (const name of ['timeupdate', 'durationchange', 'progress']) audio.addEventListener(name, whenActive(advanced))
    audio.addEventListener('ended', whenActive(ended))
    audio.addEventListener('error', () => own.entry && failed(own))
    return own
  }

  function adjust(own) {
    own.audio.volume = Math.min(1, volumeFor(own.loudness) * own.fade)
    own.audio.muted = currentSound().muted // also where a volume cannot be set
  }

  function fill(own, entry, { start = 0, copy = false } = {}) {
    Object.assign(own, { entry, copy, broken: false, fade: 1, loudness: entry.track.loudness ?? null })
    own.audio.src = audioUrl(entry.track.id, { copy })
    own.audio.currentTime = start // set before data arrive, so that playback does not start at the beginning
    adjust(own)
    if (entry.track.loudness === undefined) measure(own, entry)
  }

  /** Points of the map do not say how loud they are. */
  async function measure(own, entry) {
    const { loudness } = await fetchTrack(entry.track.id).catch(() => ({ loudness: null })) // <audio> reports the reason
    entry.track = { ...entry.track, loudness }
    if (own.entry !== entry) return
    own.loudness = loudness
    adjust(own)
  }

  function empty(own) {
    if (!own.entry) return
    own.entry = null
    own.audio.pause()
    own.audio.removeAttribute('src')
    own.audio.load() // else the old source goes on loading
  }

  /** `other`: the element that has played until now. If this one may not start by itself, the track moves there. */
  function start(own, other = null) {
    if (!unlocked) standby.audio.load() // iOS: within a click, so that it may play later without one
    unlocked = true
    own.audio.play().catch(error => {
      if (error.name !== 'NotAllowedError') return // changed meanwhile, or `error` says it
      if (!other || own !== active) return onBlocked()
      const { entry } = own
      ;[active, standby] = [other, own]
      empty(own)
      fill(active, entry)
      start(active)
    })
  }

  function advanced() {
    onTime()
    const { audio } = active
    const left = audio.duration - audio.currentTime
    if (!Number.isFinite(left)) return
    const { buffered } = audio
    const arrived = buffered.length > 0 && buffered.end(buffered.length - 1) >= audio.duration - 0.5
    if (arrived || left < AHEAD) onNear()
    clearTimeout(ending)
    const early = overlap()
    if (audio.paused || left > early + NEAR || !isReady()) return
    ending = setTimeout(() => !audio.paused && isReady() && onEnd(), Math.max(0, (left - early) * 1000))
  }

  const isReady = () => standby.entry !== null && !standby.broken && standby.audio.readyState >= 3

  /** Seconds that the next track starts before this one ends. Short tracks are not crossfaded away. */
  function overlap() {
    const { crossfade } = currentSound()
    const shortest = Math.min(active.audio.duration, standby.audio.duration || 0)
    return crossfade && canSetVolume && shortest > 2 * crossfade ? crossfade : LEAD
  }

  function ended(event) {
    clearTimeout(ending)
    onChange(event)
    onEnd()
  }

  function failed(own) {
    if (own === active) return onError(own.audio.error?.code ?? 0)
    if (own.copy) own.broken = true // it is tried again, and reported, when its turn comes
    else fill(own, own.entry, { copy: true })
  }

  /** Changes from the active deck to the other, which has loaded. */
  function swap() {
    clearTimeout(ending)
    const seconds = overlap()
    const old = active
    const goesOn = !old.audio.paused && !old.audio.ended && old.audio.duration - old.audio.currentTime < seconds + 0.2
    ;[active, standby] = [standby, old]
    old.entry = null // what comes from it is of no interest any more
    start(active, old)
    if (!goesOn) old.audio.pause()
    else if (seconds > LEAD) crossfade(old, active, seconds)
  }

  /** Equal power: the sum of the squares is constant. */
  function crossfade(from, to, seconds) {
    const begun = from.audio.currentTime
    const fade = () => {
      const part = (from.audio.currentTime - begun) / seconds
      if (part >= 1 || from.audio.paused) return endFade() // it is paused at its end, too
      from.fade = Math.cos((part * Math.PI) / 2)
      to.fade = Math.sin((part * Math.PI) / 2)
      decks.forEach(adjust)
    }
    fading = setInterval(fade, FADE_STEP)
    fade()
  }

  function endFade() {
    clearInterval(fading)
    if (!standby.entry) standby.audio.pause()
    for (const own of decks) {
      own.fade = 1
      adjust(own)
    }
  }

  return {
    /** Loads an entry into the playing element; if the other has it already, changes to that, and plays. */
    load(entry, { start: at = 0, copy = false, play = true } = {}) {
      clearTimeout(ending)
      endFade()
      if (play && !at && !copy && standby.entry === entry && !standby.broken) return swap()
      fill(active, entry, { start: at, copy })
      if (play) start(active)
    },
    /** Loads what follows, or nothing. */
    preload(entry) {
      if (standby.entry === entry || (!entry && !standby.entry)) return
      if (!standby.entry && !standby.audio.paused && !standby.audio.ended) return // still fading out
      if (entry) fill(standby, entry)
      else empty(standby)
    },
    play: () => start(active),
    pause() {
      decks.forEach(({ audio }) => audio.pause())
    },
    stop() {
      decks.forEach(empty)
    },
    seek(seconds) {
      active.audio.currentTime = seconds
    },
    get audio() {
      return active.audio
    },
    get entry() {
      return active.entry
    },
    get preloaded() {
      return standby.entry
    },
    get isCopy() {
      return active.copy
    },
  }
}
