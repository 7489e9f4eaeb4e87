// @ts-check
/** Requests about playlists. Every failure is thrown as a Problem. */

import { address, query, request, respond } from './api.js'

const path = (id, rest = '') => `/v1/playlists/${encodeURIComponent(id)}${rest}`
const sent = (method, body) => ({ method, body: JSON.stringify(body) })

export const playlists = async () => (await request('/v1/playlists')).playlists
export const entries = (id, offset, limit = 200) => request(`${path(id, '/tracks')}?${query({ offset, limit })}`)
export const create = body => request('/v1/playlists', sent('POST', body))
export const addTracks = (id, body) => request(path(id, '/tracks'), sent('POST', body))
export const patch = (id, body) => request(path(id), sent('PATCH', body))
export const remove = id => request(path(id), { method: 'DELETE' })
export const restore = id => request(path(id, '/restore'), sent('PUT', {}))
export const edit = (id, changes, revision) => request(path(id, '/tracks'), sent('PATCH', { changes, revision }))
export const order = (id, body) => request(path(id, '/order'), sent('PUT', body))
export const exportUrl = (id, format) => address(`${path(id, '/export')}?${query({ format })}`)

/** Reads a playlist file of another program. */
export async function importFile(file) {
  const place = `/v1/playlists/import?${query({ file: file.name.slice(-1000) })}`
  return (await respond(place, { method: 'POST', body: file, type: 'application/octet-stream' })).json()
}

/** All tracks of a playlist that the library has now. */
export async function allTracks(id) {
  const tracks = []
  for (let offset = 0; ; offset += 1000) {
    const { entries: page, total } = await entries(id, offset, 1000)
    tracks.push(...page.flatMap(({ track }) => track ?? []))
    if (offset + 1000 >= total) return tracks
  }
}
