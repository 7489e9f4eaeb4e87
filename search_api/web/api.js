// @ts-check
/** Client of the service. Every failure is thrown as a Problem. */

import { toRequest } from './question.js'

const ROOT = new URL('../..', import.meta.url).href.replace(/\/$/, '') // the address of the page, also below a path
const KEY = 'polymuse.key' // in sessionStorage, which ends with the tab
const MAX_WAITS = 60 // retries while the service is starting

/** A problem document of the service (RFC 9457), or that there was no response. */
export class Problem extends Error {
  constructor({ type = '', title = '', detail = '', advice = '', status = 0 }) {
    super(detail || title)
    Object.assign(this, { kind: type.split(':').at(-1), title, detail, advice, status })
  }
}

/** @type {(wrong: boolean) => Promise<string>} */
let askForKey = async () => {
  throw new Problem({ type: 'unauthorized', status: 401 })
}
/** @type {(waiting: boolean) => void} */
let onWait = () => {}

/** `ask(wrong)` resolves to the API key that the user typed; `wait(waiting)` is called while the service is starting. */
export function onTrouble({ ask, wait }) {
  askForKey = ask
  onWait = wait
}

/**
 * @param {string} path
 * @param {{method?: string, body?: string | FormData, range?: string, signal?: AbortSignal}} options
 */
async function send(path, { method = 'GET', body, range, signal } = {}) {
  const headers = { Accept: 'application/json', ...(range && { Range: range }) }
  const key = sessionStorage.getItem(KEY)
  if (key) headers['X-API-Key'] = bytesOf(key)
  if (typeof body === 'string') headers['Content-Type'] = 'application/json'
  try {
    return await fetch(ROOT + path, { method, body, headers, signal })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Problem({ type: 'offline' })
  }
}

/** The text as a header value: one character per byte of its UTF-8 encoding. */
const bytesOf = text => String.fromCharCode(...new TextEncoder().encode(text))

/** Sends a request; waits while the service is starting, and asks for a key if it needs one. */
async function respond(path, options = {}) {
  for (let waits = 0; ; waits += 1) {
    const response = await send(path, options)
    if (response.ok) {
      if (waits) onWait(false)
      return response
    }
    if (response.status === 401) await signIn()
    else if (isStarting(response) && waits < MAX_WAITS) await pause(response, options.signal)
    else throw await problemOf(response)
  }
}

const request = async (path, options) => (await respond(path, options)).json()

const isStarting = response => response.status === 503 && response.headers.has('Retry-After')

async function pause(response, signal) {
  onWait(true)
  await new Promise(resume => setTimeout(resume, 1000 * Math.min(5, Number(response.headers.get('Retry-After')) || 1)))
  signal?.throwIfAborted()
}

async function problemOf(response) {
  try {
    return new Problem(await response.json())
  } catch {
    return new Problem({
      type: 'internal',
      detail: `${response.status} ${response.statusText}`,
      status: response.status,
    })
  }
}

let signingIn = null

/** Asks once for all requests that were rejected at the same time. */
function signIn() {
  signingIn ??= openSession().finally(() => {
    signingIn = null
  })
  return signingIn
}

/**
 * Exchanges the key for a cookie, which <audio> and <img> send, and asks for a key until one is valid.
 * A stored key is tried first: the cookie expires before it does.
 */
async function openSession() {
  for (let wrong = false; ; wrong = true) {
    if (sessionStorage.getItem(KEY)) {
      const response = await send('/v1/session', { method: 'POST' })
      if (response.ok) return
      sessionStorage.removeItem(KEY)
      if (response.status !== 401) throw await problemOf(response)
    }
    sessionStorage.setItem(KEY, await askForKey(wrong))
  }
}

const query = parameters => new URLSearchParams(parameters).toString()
const trackPath = id => `/v1/tracks/${encodeURIComponent(id)}`
const audioPath = id => `${trackPath(id)}/audio`

export const search = (question, page, signal) =>
  request('/v1/search', { method: 'POST', body: JSON.stringify(toRequest(question, page)), signal })

export const listTracks = (where, limit, cursor, signal) =>
  request(`/v1/tracks?${query({ where: where.join(' '), limit, ...(cursor && { cursor }) })}`, { signal })

/** Uploads a file as a query; audio_token in the response identifies it in further queries. */
export function uploadAudio(file, signal) {
  const body = new FormData()
  body.append('file', file)
  body.append('query', JSON.stringify({ limit: 1 }))
  return request('/v1/search/audio', { method: 'POST', body, signal })
}

export const track = id => request(trackPath(id))
export const waveform = (id, signal) => request(`${trackPath(id)}/waveform`, { signal })
export const facet = (field, where, limit, signal) =>
  request(`/v1/facets?${query({ field, where: where.join(' '), limit })}`, { signal })
export const descriptors = language => request(`/v1/descriptors?${query({ lang: language })}`)
export const stats = () => request('/v1/stats')
export const map = signal => request('/v1/map', { signal })

/** `copy`: request a WAV copy, for browsers that do not support the format of the file. */
export const audioUrl = (id, { copy = false } = {}) => `${ROOT}${audioPath(id)}${copy ? '?format=wav' : ''}`
export const coverUrl = id => `${ROOT}${trackPath(id)}/cover?optional=true`

/** Throws the Problem if the service cannot send the audio of a track. */
export const probeAudio = id => respond(audioPath(id), { range: 'bytes=0-0' })
