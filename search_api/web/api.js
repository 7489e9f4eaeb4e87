// @ts-check
/** Client of the service. Every failure is thrown as a Problem. */

import { toRequest } from './question.js'

const ROOT = new URL('../..', import.meta.url).href.replace(/\/$/, '') // the address of the page, also below a path
const MAX_WAITS = 60 // retries while the service is starting

/** The address of a path of the service; the path may begin with that of a proxy. */
export const address = path => ROOT + path.slice(path.indexOf('/v1/'))

/** A problem document of the service (RFC 9457), or that there was no response. */
export class Problem extends Error {
  constructor({ type = '', title = '', detail = '', advice = '', status = 0 }) {
    super(detail || title)
    Object.assign(this, { kind: type.split(':').at(-1), title, detail, advice, status })
  }
}

/** @type {(waiting: boolean) => void} */
let onWait = () => {}

/** `listener(waiting)` is called while the service is starting. */
export function whileStarting(listener) {
  onWait = listener
}

/**
 * @param {string} path
 * @param {Options} options
 * @typedef {{method?: string, body?: string | FormData | Blob, type?: string, range?: string, accept?: string,
 *   quiet?: boolean, signal?: AbortSignal, progress?: (part: number) => void}} Options `type`: of the body, if it is not
 *   JSON; `quiet`: every failure is thrown at once; `progress`: is told which part of the body has been sent, 0 to 1
 */
export async function send(path, options = {}) {
  const { method = 'GET', body, type, range, accept = 'application/json', signal, progress } = options
  const headers = { Accept: accept, ...(range && { Range: range }) }
  if (type || typeof body === 'string') headers['Content-Type'] = type ?? 'application/json'
  try {
    if (progress && body instanceof FormData) {
      const { sendInParts } = await import('./upload_request.js')
      return await sendInParts(ROOT + path, { method, body, headers, signal, progress })
    }
    return await fetch(ROOT + path, { method, body, headers, signal })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Problem({ type: navigator.onLine ? 'offline' : 'no-network' })
  }
}

/** Sends a request; waits while the service is starting, and asks for a key if it needs one. */
export async function respond(path, options = {}) {
  for (let waits = 0; ; waits += 1) {
    const response = await send(path, options)
    if (response.ok) {
      if (waits) onWait(false)
      return response
    }
    if (options.quiet) throw await problemOf(response)
    if (response.status === 401) await signIn()
    else if (isStarting(response) && waits < MAX_WAITS) await pause(response, options.signal)
    else throw await problemOf(response)
  }
}

export const request = async (path, options) => (await respond(path, options)).json()

const isStarting = response => response.status === 503 && response.headers.has('Retry-After')

async function pause(response, signal) {
  onWait(true)
  await new Promise(resume => setTimeout(resume, 1000 * Math.min(5, Number(response.headers.get('Retry-After')) || 1)))
  signal?.throwIfAborted()
}

export async function problemOf(response) {
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

/** Asks for a key, once for all requests that were rejected at the same time. */
export function signIn() {
  signingIn ??= import('./key_dialog.js')
    .then(({ askForKey }) => askForKey())
    .finally(() => {
      signingIn = null
    })
  return signingIn
}

export const query = parameters => new URLSearchParams(parameters).toString()
const trackPath = id => `/v1/tracks/${encodeURIComponent(id)}`
const audioPath = id => `${trackPath(id)}/audio`

export const search = (question, page, signal) =>
  request('/v1/search', { method: 'POST', body: JSON.stringify(toRequest(question, page)), signal })

/** `sort`: {sort, order, seed}, see GET /v1/tracks. */
export const listTracks = (where, sort, limit, cursor, signal) => {
  const { seed, ...order } = sort
  const parameters = { where: where.join(' '), limit, ...order, ...(seed && { seed }), ...(cursor && { cursor }) }
  return request(`/v1/tracks?${query(parameters)}`, { signal })
}

/** Uploads audio or a score as a query; audio_token in the response identifies it in further queries. */
export function uploadMusic(file, signal, progress) {
  const body = new FormData()
  body.append('file', file)
  body.append('query', JSON.stringify({ limit: 1 }))
  return request('/v1/search/audio', { method: 'POST', body, signal, progress })
}

export const track = id => request(trackPath(id))
export const waveform = (id, signal) => request(`${trackPath(id)}/waveform`, { signal })
/** `page`: {q, offset, sort, initial}, see GET /v1/facets. */
export const facet = (field, where, limit, signal, page = {}) =>
  request(`/v1/facets?${query({ field, where: where.join(' '), limit, ...page })}`, { signal })
export const descriptors = language => request(`/v1/descriptors?${query({ lang: language })}`)
/** The descriptors nearest in meaning to a text; fails at once. */
export const nearest = async (text, language, signal) =>
  (await request(`/v1/descriptors/nearest?${query({ q: text, limit: 5, lang: language })}`, { quiet: true, signal }))
    .descriptors
export const stats = () => request('/v1/stats')
export const map = signal => request('/v1/map', { signal })
export const mapNames = signal => request('/v1/map/names', { signal })

/** `copy`: request a WAV copy, for browsers that do not support the format of the file. */
export const audioUrl = (id, { copy = false } = {}) => `${ROOT}${audioPath(id)}${copy ? '?format=wav' : ''}`
export const coverUrl = id => `${ROOT}${trackPath(id)}/cover?optional=true`

/** Throws the Problem if the service cannot send the audio of a track. */
export const probeAudio = id => respond(audioPath(id), { range: 'bytes=0-0' })
