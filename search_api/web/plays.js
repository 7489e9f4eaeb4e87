// @ts-check
/** Counts plays, as scrobblers do: once a play, after half of the track or four minutes of it. */

import { request } from './api.js'
import { queueDetails } from './queue.js'

const ENOUGH = 240 // seconds played
const JUMP = 2 // seconds; more between two events is a jump, which is not playing
const MOST = 100 // plays that wait until the service is back

let current = null // the entry of the queue that plays
let played = 0 // seconds of it
let before = 0 // the position of the last event
let began = ''
let counted = false
let isAllowed = true
let waiting = []

/** Follows the <audio> elements of the page, whose events do not bubble. */
export function countPlays() {
  document.addEventListener('timeupdate', ({ target }) => advanced(/** @type {HTMLAudioElement} */ (target)), true)
}

function advanced(audio) {
  if (audio.tagName !== 'AUDIO' || audio.paused) return
  const { current: entry } = queueDetails()
  const at = audio.currentTime
  if (entry !== current || (counted && at < before && at < JUMP)) begin(entry, at)
  const step = at - before
  before = at
  if (step > 0 && step < JUMP) played += step
  if (!counted && entry && played >= Math.min(ENOUGH, (audio.duration || Infinity) / 2)) {
    counted = true
    send([...waiting, { id: entry.track.id, at: began }])
  }
}

function begin(entry, at) {
  ;[current, played, before, counted] = [entry, 0, at, false]
  began = new Date().toISOString()
}

/** What cannot be sent is sent with the next one; the service counts a play with the same time once. */
async function send(plays) {
  waiting = []
  for (const play of isAllowed ? plays : []) {
    const path = `/v1/tracks/${encodeURIComponent(play.id)}/played`
    try {
      await request(path, { method: 'POST', body: JSON.stringify({ at: play.at }), quiet: true })
    } catch (problem) {
      if (problem.status === 403) isAllowed = false // a key to read with does not change the library
      else if (problem.status !== 404 && waiting.length < MOST) waiting.push(play)
    }
  }
}
