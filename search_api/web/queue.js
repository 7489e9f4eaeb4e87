// @ts-check
/**
 * The queue: what is played, and in which order. It is kept in this browser, see `queue_store.js`; the player follows it.
 *
 * An entry is a track at a place of the queue; a track may be in it several times. `key` names the entry.
 * @typedef {{key: number, track: any, sourced?: boolean}} QueueEntry
 * @typedef {{tracks: any[], at: number, label: string}} QueueState `at`: the place of the current track, -1 without any
 */

import { readQueue, writeQueue } from './queue_store.js'

export const MAX_QUEUE = 10_000 // tracks
export const REPEATS = ['off', 'all', 'one']
const FEW = 5 // tracks ahead; with fewer, the source is asked for more

let lastKey = 0
/** @type {(track: any) => QueueEntry} */
const entryOf = track => ({ key: (lastKey += 1), track })
const isPlayable = track => track.kind !== 'score'

/** @type {{entries: QueueEntry[], original: QueueEntry[] | null, at: number, label: string, repeat: string}} */
let queue = { entries: [], original: null, at: -1, label: '', repeat: 'off' } // `original`: the order before shuffling
let seconds = 0 // position in the current track that was kept
let source = null
let asking = null // the request to the source that is under way
let before = null // what `undo` brings back: {queue, source}
const followers = new Set()
let starts = 0 // how often a track was asked to be played

{
  const { tracks, sourced, at, order, label, repeat, position } = readQueue(MAX_QUEUE)
  const entries = tracks.map((track, place) => ({ ...entryOf(track), sourced: sourced.has(place) }))
  const original = order && order.map(place => entries[place])
  queue = { entries, original, at, label, repeat: REPEATS.includes(repeat) ? repeat : 'off' }
  seconds = position
}

/** @returns {QueueState} */
export const currentQueue = () => ({ tracks: tracksOf(queue.entries), at: queue.at, label: queue.label })

/** What the player and the panel need in addition. Each time that `starts` grows, the current entry is to be played. */
export const queueDetails = () => ({
  entries: queue.entries,
  at: queue.at,
  current: queue.entries[queue.at] ?? null,
  shuffled: queue.original !== null,
  repeat: queue.repeat,
  label: queue.label,
  position: seconds,
  starts,
  canUndo: before !== null,
})

/** Calls `listener(currentQueue())` after every change; returns a function that ends it. */
export function onQueue(listener) {
  followers.add(listener)
  return () => followers.delete(listener)
}

/**
 * Replaces the queue and plays the track at `at`, from `start` (s). `shuffle`: in random order, that track first, or any
 * if `at` is not given.
 * `source(tracks)`: asked for more when few are left, with the queue so far; an empty answer ends it.
 * `label`: where the tracks are from. Scores cannot be played and are left out. Returns the number of tracks in the queue.
 */
export function playAll(tracks, { at = null, shuffle = false, source: more = null, label = '', start = 0 } = {}) {
  const chosen = at ?? (shuffle ? Math.floor(Math.random() * tracks.length) : 0)
  const wanted = Math.max(0, Math.min(chosen, tracks.length - 1))
  const first = Math.max(0, Math.min(wanted, tracks.length - MAX_QUEUE))
  const kept = tracks.slice(first, first + MAX_QUEUE).map((track, index) => ({ track, index: first + index }))
  const playable = kept.filter(({ track }) => isPlayable(track))
  if (!playable.length) return 0
  remember()
  const entries = playable.map(({ track }) => entryOf(track))
  const place = playable.findIndex(({ index }) => index >= wanted)
  queue = { ...queue, entries, original: null, at: place < 0 ? playable.length - 1 : place, label }
  setSource(more)
  if (shuffle) mix(0)
  begin(start)
  return entries.length
}

/** Puts tracks after the current one; starts them if the queue was empty. Returns how many there was room for. */
export function playNext(tracks) {
  const wasEmpty = queue.at < 0
  const added = insert(tracks, queue.entries[queue.at])
  if (wasEmpty && added) begin(0)
  return added
}

/** Puts tracks at the end of the queue; starts nothing. Returns how many there was room for. */
export const enqueue = tracks => insert(tracks, queue.entries.at(-1), queue.original?.at(-1))

/** Inserts after an entry, and after another in the order from before shuffling. */
function insert(tracks, after, afterOriginal = after) {
  const added = tracks.filter(isPlayable).slice(0, MAX_QUEUE - queue.entries.length).map(entryOf)
  if (!added.length) return 0
  const inserted = (entries, entry) => entries.toSpliced(entries.indexOf(entry) + 1, 0, ...added)
  queue.original = queue.original && inserted(queue.original, afterOriginal)
  queue.entries = inserted(queue.entries, after)
  if (queue.at < 0) [queue.at, seconds] = [0, 0]
  changed()
  return added.length
}

/** Takes an entry out; if it is the current one, the next becomes current. */
export function removeEntry(key) {
  const place = placeOf(key)
  if (place < 0) return
  remember()
  const wasCurrent = place === queue.at
  queue.entries = queue.entries.toSpliced(place, 1)
  queue.original = queue.original?.filter(entry => entry.key !== key) ?? null
  if (place < queue.at || queue.at >= queue.entries.length) queue.at -= 1
  if (wasCurrent) seconds = 0
  changed()
}

/** Moves an entry to another place; the current track stays the current one. */
export function moveEntry(key, place) {
  const from = placeOf(key)
  const to = Math.max(0, Math.min(place, queue.entries.length - 1))
  if (from < 0 || from === to) return
  const current = queue.entries[queue.at]
  queue.entries = queue.entries.toSpliced(from, 1).toSpliced(to, 0, queue.entries[from])
  queue.at = queue.entries.indexOf(current)
  changed()
}

/** Takes out all but the current track, which plays on; `undo` brings them back. */
export function clearQueue() {
  if (!queue.entries.length) return
  remember()
  queue = { ...queue, entries: [queue.entries[queue.at]], original: null, at: 0, label: '' }
  setSource(null)
  changed()
}

/**
 * Brings back the queue from before it was replaced or cleared, or an entry was taken out; a second call, that from
 * before the first. Starts nothing.
 */
export function undo() {
  if (!before) return
  const now = queue.entries[queue.at]
  const kept = before
  before = null
  remember()
  queue = kept.queue
  setSource(kept.source)
  const { position } = kept
  const playing = queue.entries.indexOf(now) // what plays is not interrupted if it is in that queue, too
  if (playing >= 0) queue.at = playing
  else seconds = position
  changed()
}

function remember() {
  before = queue.entries.length ? { queue: { ...queue }, source, position: seconds } : before
}

/** Shuffled: what has been played stays, and the rest is mixed. Not shuffled: the order from before. */
export function setShuffle(on) {
  if (on === (queue.original !== null)) return
  if (on) {
    mix(queue.at + 1)
    return changed()
  }
  const current = queue.entries[queue.at]
  queue.entries = queue.original
  queue.original = null
  queue.at = queue.entries.indexOf(current)
  changed()
}

/** Shuffles the entries from a place on; if from the first, the current one comes first. */
function mix(from) {
  queue.original = queue.entries
  const current = queue.entries[queue.at]
  const rest = queue.entries.slice(from).filter(entry => from > 0 || entry !== current)
  queue.entries = [...(from > 0 ? queue.entries.slice(0, from) : [current]), ...shuffled(rest)]
  if (from === 0) queue.at = 0
}

/** Fisher and Yates. */
function shuffled(entries) {
  const mixed = [...entries]
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[mixed[last], mixed[other]] = [mixed[other], mixed[last]]
  }
  return mixed
}

/** @param {string} repeat one of `REPEATS` */
export function setRepeat(repeat) {
  queue.repeat = repeat
  changed()
}

/** The entry that follows, or null. `byHand`: the user asked for it, so a repeated track ends. */
export function following({ byHand = false } = {}) {
  if (queue.repeat === 'one' && !byHand) return queue.entries[queue.at] ?? null
  return queue.entries[queue.at + 1] ?? (queue.repeat === 'off' ? null : (queue.entries[0] ?? null))
}

/** Makes an entry the current one; `play` also plays it, from `start` (s). Whether there is such an entry. */
export function goTo(key, { play = true, start = 0 } = {}) {
  const place = placeOf(key)
  if (place < 0) return false
  queue.at = place
  if (play) begin(start)
  else {
    seconds = start
    changed()
  }
  return true
}

/** The entry before the current one, or null. */
export const preceding = () =>
  queue.entries[queue.at - 1] ?? (queue.repeat === 'all' ? (queue.entries.at(-1) ?? null) : null)

/** Keeps the position in the current track (s). */
export function keepPosition(position) {
  seconds = position
  writeQueue({ at: queue.at, position })
}

function begin(start) {
  seconds = start
  starts += 1
  changed()
}

const placeOf = key => queue.entries.findIndex(entry => entry.key === key)

let list = { entries: null, tracks: [] }

/** Made once for each list of entries. */
function tracksOf(entries) {
  if (list.entries !== entries) list = { entries, tracks: entries.map(({ track }) => track) }
  return list.tracks
}

function changed() {
  const { entries, original, at, label, repeat } = queue
  writeQueue({ entries, original, at, label, repeat, position: seconds })
  const state = currentQueue()
  for (const listener of [...followers]) listener(state)
  askSource().catch(() => {}) // the player asks again when it comes to the end
}

function setSource(more) {
  source = more
  asking = null
}

/** Gives the queue that was kept its source again, if it has not been replaced meanwhile. Whether it has. */
export function resumeSource(label, more) {
  if (source || !queue.entries.length || queue.label !== label) return false
  setSource(more)
  askSource().catch(() => {})
  return true
}

/** Whether the source may have more. */
export const hasSource = () => source !== null

/** Drops what the source has given and is still ahead, and asks it again: its direction has changed. */
export function renewSource() {
  const dropped = new Set(queue.entries.slice(queue.at + 1).filter(({ sourced }) => sourced))
  queue.entries = queue.entries.filter(entry => !dropped.has(entry))
  queue.original = queue.original?.filter(entry => !dropped.has(entry)) ?? null
  asking = null
  changed()
}

/**
 * Asks the source for more if few are left; the promise rejects with its failure. The answer is dropped if the queue has
 * been replaced meanwhile.
 */
export function askSource() {
  if (!source || queue.entries.length - queue.at - 1 > FEW) return Promise.resolve()
  asking ??= request(source).finally(() => {
    if (asking === own) asking = null
  })
  const own = asking
  return own
}

async function request(from) {
  const more = await from(tracksOf(queue.entries))
  if (source !== from) return
  const added = more.filter(isPlayable).map(track => ({ ...entryOf(track), sourced: true }))
  if (!more.length) source = null
  if (!added.length) return
  const surplus = Math.min(queue.at, Math.max(0, queue.entries.length + added.length - MAX_QUEUE))
  const gone = new Set(queue.entries.slice(0, surplus)) // played long ago: a source may go on for ever
  queue.at -= surplus
  queue.entries = [...queue.entries.slice(surplus), ...(queue.original ? shuffled(added) : added)].slice(0, MAX_QUEUE)
  if (queue.original) queue.original = [...queue.original.filter(entry => !gone.has(entry)), ...added].slice(0, MAX_QUEUE)
  asking = null // a short page may not be enough
  changed()
}
