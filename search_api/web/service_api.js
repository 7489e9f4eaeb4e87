// @ts-check
/** Client of the routes for whoever runs the service: folders, jobs, failures and sign-in. */

import { query, request, respond, send } from './api.js'

const change = (method, path, body) => request(path, { method, body: JSON.stringify(body) })
const jobPath = id => `/v1/jobs/${encodeURIComponent(id)}`

export const folders = signal => request('/v1/folders', { signal })

/** Replaces the folders that were chosen on the page. */
export const chooseFolders = paths => change('PUT', '/v1/folders', { folders: paths })

/** The folders in a folder; without a path, those below which the service may index. */
export const browse = path => request(`/v1/folders/browse?${query(path ? { path } : {})}`)

/** The recent jobs. Neither waits for the service nor asks for a key: it is called at intervals. */
export const jobs = () => request('/v1/jobs', { quiet: true })

export const startJob = kind => change('POST', '/v1/jobs', { kind, paths: null })

/** Looks for changes, and forgets so many files that are gone, even if they are many at once. */
export const forgetFiles = forget => change('POST', '/v1/jobs', { kind: 'scan', forget })

export const pauseJobs = paused => change('PATCH', '/v1/jobs', { paused })
export const stopJob = id => request(jobPath(id), { method: 'DELETE' })

/** The response whose body is a stream of events, see `events.js`. */
export const jobEvents = (id, signal) =>
  respond(`${jobPath(id)}/events`, { quiet: true, accept: 'text/event-stream', signal })

export const failures = (limit, cursor) => request(`/v1/failures?${query({ limit, ...(cursor && { cursor }) })}`)

/** `paths`: the files to try again; null for all. */
export const retryFailures = paths => change('POST', '/v1/failures/retry', { paths })

export const session = () => request('/v1/session')

/** The response to a key: 401 if it is wrong. `keep`: for 30 days, and not only until the browser closes. */
export const openSession = (key, keep) => send('/v1/session', { method: 'POST', body: JSON.stringify({ key, keep }) })
export const closeSession = () => respond('/v1/session', { method: 'DELETE' })

/** A link that signs another device in, once. */
export const linkDevice = scope => change('POST', '/v1/session/link', { scope })
