// @ts-check
/**
 * Keeps the queue in this browser: ids, and what is shown of the tracks. What is read may be damaged or made by somebody
 * else's script, so each value is checked. Two entries, because the position changes often and the list may be long.
 */

const LIST = 'polymuse.queue'
const PLACE = 'polymuse.queue.place'
const DELAY = 400 // ms; many changes in a row are written once
const MAX_WORDS = 300 // characters of a title
const MAX_ID = 100
const WORDS = ['title', 'artist', 'album', 'kind']
const NUMBERS = ['duration', 'loudness', 'year']

let pending = null
let waiting = 0
let shift = 0 // of what was written last: the place of its first track in the whole queue

/** @returns {{tracks: any[], sourced: Set<number>, at: number, order: number[] | null, label: string, repeat: string, position: number}} */
export function readQueue(most) {
  const { tracks: kept, order: places, sourced, label, repeat } = read(LIST)
  const tracks = (Array.isArray(kept) ? kept.slice(0, most) : []).map(trackOf).filter(Boolean)
  const { at, position } = read(PLACE)
  const known = Array.isArray(kept) && tracks.length === kept.length
  const last = tracks.length - 1
  return {
    tracks,
    sourced: new Set(known && Array.isArray(sourced) ? sourced : []),
    at: Number.isInteger(at) ? Math.max(Math.min(0, last), Math.min(at, last)) : Math.min(0, last),
    order: known && isOrder(places, tracks.length) ? places : null,
    label: words(label),
    repeat: words(repeat),
    position: Number.isFinite(position) && position > 0 ? position : 0,
  }
}

function read(key) {
  try {
    const value = JSON.parse(localStorage.getItem(key) ?? '{}')
    return value && typeof value === 'object' ? value : {}
  } catch {
    return {} // damaged, or the browser keeps nothing
  }
}

const words = value => (typeof value === 'string' ? value.slice(0, MAX_WORDS) : '')

/** The track as it was kept, or null. */
function trackOf(kept) {
  if (!kept || typeof kept.id !== 'string' || !kept.id || kept.id.length > MAX_ID) return null
  const track = { id: kept.id, tags: [] }
  for (const name of WORDS) if (typeof kept[name] === 'string') track[name] = words(kept[name])
  for (const name of NUMBERS) if (Number.isFinite(kept[name])) track[name] = kept[name]
  if (kept.loudness === null) track.loudness = null
  return { title: '', artist: '', ...track }
}

/** Whether each place occurs once. */
const isOrder = (places, length) =>
  Array.isArray(places) &&
  places.length === length &&
  new Set(places).size === length &&
  places.every(place => Number.isInteger(place) && place >= 0 && place < length)

/** Writes what has changed: the place at once, the list a little later. */
export function writeQueue({ at, position, ...rest }) {
  store(PLACE, JSON.stringify({ at: at - shift, position: Math.round(position * 10) / 10 }))
  if (!('entries' in rest)) return
  pending = { at, position, ...rest }
  if (!waiting) waiting = setTimeout(flush, DELAY)
}

/** Writes the list now. If the browser has no room for it, only the part around the current track. */
function flush() {
  clearTimeout(waiting)
  waiting = 0
  if (!pending) return
  const { entries, original, at, label, repeat, position } = pending
  pending = null
  const write = from => {
    shift = from
    store(PLACE, JSON.stringify({ at: at - from, position }))
  }
  const places = original && new Map(entries.map((entry, place) => [entry.key, place]))
  const order = original ? original.map(({ key }) => places.get(key)) : null
  const tracks = entries.map(({ track }) => trackOf(track))
  const sourced = entries.flatMap((entry, place) => (entry.sourced ? [place] : []))
  if (store(LIST, JSON.stringify({ tracks, order, sourced, label, repeat }))) return write(0)
  for (let most = entries.length >> 1; most > 0; most >>= 1) {
    const from = Math.max(0, Math.min(at, entries.length - most))
    if (store(LIST, JSON.stringify({ tracks: tracks.slice(from, from + most), label, repeat }))) return write(from)
  }
}

/** Whether there was room. */
function store(key, text) {
  try {
    localStorage.setItem(key, text)
    return true
  } catch {
    return false
  }
}

addEventListener('pagehide', flush)
