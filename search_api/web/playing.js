// @ts-check
/**
 * Plays the queue: track after track, past tracks that cannot be played, and through times when the service is away.
 *
 * @typedef {{entry: import('./queue.js').QueueEntry | null, paused: boolean, waiting: boolean,
 *   trouble: {kind: 'failed' | 'stopped' | 'away' | 'blocked' | 'other-tab', problem?: any} | null}} PlayingState
 */

import { Problem, probeAudio } from './api.js'
import { createDecks } from './decks.js'
import { setHandlers, showPosition, showTrack } from './media_session.js'
import { onOtherStarted, sayStarted } from './one_tab.js'
import {
  askSource,
  following,
  goTo,
  hasSource,
  keepPosition,
  onQueue,
  preceding,
  queueDetails,
} from './queue.js'

const RESTART = 3 // seconds into a track; from here "previous" goes back to its beginning
const KEEP = 5 // seconds between two positions that are kept
const SKIP_AFTER = 6000 // ms that a failure is shown before the next track is tried
const MAX_FAILURES = 5 // in a row
const AWAY = [1, 2, 4, 8] // seconds between the questions whether the service is back
const NETWORK = 2 // MediaError.MEDIA_ERR_NETWORK
const SERVICE = [502, 503, 504] // what a proxy answers for a service that is away, or the service while it starts

/** `root`: gets the <audio> elements. `onChange(state)`, `onTime(audio)`. */
export function createPlaying(root, { onChange, onTime }) {
  const decks = createDecks(root, { onChange: changed, onTime: advanced, onNear, onEnd, onError: failed, onBlocked })
  /** @type {PlayingState['trouble']} */
  let trouble = null
  let current = null // the entry that is shown; it is loaded when it is first played
  let place = -1 // of it in the queue
  let wanted = false // whether it should be playing
  let failures = 0
  let reloaded = null // the entry that was loaded again after its connection broke
  let timer = 0
  let keptAt = 0
  let starts = 0
  let shown = null // the entry that the media session shows

  function play(entry, { start = 0, copy = false, play = true } = {}) {
    settle()
    current = entry
    place = queueDetails().at
    wanted = play
    decks.load(entry, { start, copy, play })
    changed()
  }

  function settle() {
    clearTimeout(timer)
    trouble = null
  }

  /** The queue has changed: perhaps another entry is the current one. */
  function sync() {
    const { current: now, at, entries, position, ...details } = queueDetails()
    if (details.starts !== starts && now) {
      starts = details.starts
      return play(now, { start: position })
    }
    if (now !== current && now) {
      const back = at < place && at === entries.length - 1 // the last one was taken out: nothing follows
      const playing = wanted && current !== null && !back
      if (playing) return play(now)
      settle()
      decks.stop()
      wanted = false
    }
    if (!now) {
      settle()
      decks.stop()
      wanted = false
    }
    current = now
    place = at
    if (decks.preloaded) onNear()
    changed()
  }

  function changed(event = null) {
    if (current) showPosition(decks.audio)
    if (current !== shown || event?.type === 'playing') {
      showTrack(current?.track ?? null)
      setHandlers(handlers)
      shown = current
    }
    if (event?.type === 'play') {
      sayStarted()
      if (trouble?.kind === 'other-tab' || trouble?.kind === 'blocked') settle()
    }
    if (decks.entry && decks.audio.paused) keep()
    onChange(state())
  }

  /** @returns {PlayingState} */
  const state = () => ({
    entry: current,
    paused: decks.entry === null || decks.audio.paused,
    waiting: wanted && !trouble && decks.entry !== null && !decks.audio.paused && decks.audio.readyState < 3,
    trouble,
  })

  function advanced() {
    const { currentTime, paused, readyState } = decks.audio
    if (!paused && readyState > 2) failures = 0
    if (Math.abs(currentTime - keptAt) >= KEEP) keep()
    onTime(decks.audio)
  }

  function keep() {
    keptAt = decks.audio.currentTime
    keepPosition(decks.audio.ended ? 0 : keptAt)
  }

  function onNear() {
    decks.preload(wanted ? following() : null)
  }

  async function onEnd() {
    const ended = current
    const { at, entries } = queueDetails()
    if (at === entries.length - 1 && hasSource()) {
      try {
        await askSource()
      } catch (problem) {
        if (current === ended) meet(problem, onEnd)
        return
      }
      if (current !== ended || !wanted) return
    }
    const next = following()
    if (next) goTo(next.key)
    else if (decks.audio.ended) {
      wanted = false
      changed()
    }
  }

  /** <audio> gives no reason. The service has one, or the connection broke, or the browser does not support the format. */
  async function failed(code) {
    const entry = current
    const start = decks.audio.currentTime
    const wasCopy = decks.isCopy
    try {
      await probeAudio(entry.track.id)
    } catch (problem) {
      if (current === entry) meet(problem, retry)
      return
    }
    if (current !== entry) return
    if (code === NETWORK && reloaded !== entry) {
      reloaded = entry
      play(entry, { start, copy: wasCopy, play: wanted })
    } else if (wasCopy) meet(new Problem({ type: 'unplayable', detail: entry.track.title }))
    else play(entry, { start, copy: true, play: wanted })
  }

  /** A problem: says it; waits for a service that is away, and else goes on with the next track. */
  function meet(problem, again = null, tries = 0) {
    settle()
    const isAway = again && (['offline', 'no-network'].includes(problem.kind) || SERVICE.includes(problem.status))
    if (isAway) {
      trouble = { kind: 'away', problem }
      const retry = () => {
        clearTimeout(timer)
        removeEventListener('online', retry)
        if (trouble?.problem === problem) probe(problem, again, tries + 1)
      }
      addEventListener('online', retry)
      timer = setTimeout(retry, 1000 * AWAY[Math.min(tries, AWAY.length - 1)])
      return changed()
    }
    failures += 1
    const next = following({ byHand: true })
    const skips = wanted && failures < MAX_FAILURES && next !== null && next !== current
    trouble = { kind: skips ? 'failed' : 'stopped', problem }
    if (skips) timer = setTimeout(() => goTo(next.key), SKIP_AFTER)
    else wanted = false
    changed()
  }

  /** Whether the service is back; then does again what failed. */
  async function probe(problem, again, tries) {
    try {
      await probeAudio(current.track.id)
    } catch (another) {
      if (trouble?.problem === problem) meet(another, again, tries)
      return
    }
    if (trouble?.problem !== problem) return
    settle()
    again()
  }

  /** Loads the current track again, where it was. */
  function retry() {
    const start = decks.audio.ended ? 0 : decks.audio.currentTime || queueDetails().position
    reloaded = null
    play(current, { start, play: wanted })
  }

  function retryByHand() {
    wanted = true
    retry()
  }

  function onBlocked() {
    trouble = { kind: 'blocked' }
    changed()
  }

  onOtherStarted(() => {
    if (decks.audio.paused) return
    wanted = false
    decks.pause()
    trouble = { kind: 'other-tab' }
    changed()
  })

  function toggle() {
    if (!current) return
    if (trouble && ['failed', 'stopped'].includes(trouble.kind)) return retryByHand()
    if (trouble?.kind === 'away') {
      wanted = false
      settle()
      return changed()
    }
    if (!decks.entry) return play(current, { start: queueDetails().position })
    if (!decks.audio.paused) {
      wanted = false
      return decks.pause()
    }
    const more = decks.audio.ended && following({ byHand: true })
    if (more && more !== current) return void goTo(more.key)
    wanted = true
    decks.play()
  }

  function next() {
    const entry = following({ byHand: true })
    if (entry) goTo(entry.key, { play: wanted || trouble !== null })
    else if (hasSource()) onEnd()
  }

  function previous() {
    const entry = preceding()
    const at = decks.entry ? decks.audio.currentTime : 0
    if (at > RESTART || !entry) seek(0)
    else goTo(entry.key, { play: wanted || trouble !== null })
  }

  function seek(seconds) {
    if (!current) return
    if (decks.entry) decks.seek(seconds)
    else keepPosition(seconds)
    onTime(decks.audio)
  }

  const handlers = {
    play: () => decks.audio.paused && toggle(),
    pause: () => !decks.audio.paused && toggle(),
    previoustrack: previous,
    nexttrack: next,
    seekto: ({ seekTime }) => seek(seekTime),
  }

  onQueue(sync)
  addEventListener('pagehide', () => decks.entry && keep())

  return {
    sync,
    toggle,
    next,
    previous,
    retry: retryByHand,
    seek,
    /** Position in seconds, also before anything is loaded. */
    position: () => (decks.entry ? decks.audio.currentTime : queueDetails().position),
    seconds: () => (Number.isFinite(decks.audio.duration) && decks.entry ? decks.audio.duration : (current?.track.duration ?? 0)),
    isCurrent: id => decks.entry !== null && current?.track.id === id,
  }
}
