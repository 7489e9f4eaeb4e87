// @ts-check
/** The routes of journeys and radio. */

import { request } from './api.js'

const post = (path, body, signal) => request(path, { method: 'POST', body: JSON.stringify(body), signal })

/** `asked`: start, end, count, stem, variety, seed. */
export const findJourney = (asked, signal) => post('/v1/journeys', asked, signal)

/** `asked`: seeds, liked, disliked, exclude, recent. */
export const nextTracks = asked => post('/v1/radio', asked)

/** The tracks for a text, which may be a title, with the artist or without. */
export const findTracks = async (text, signal) =>
  (await post('/v1/search', { texts: [text], limit: 8, where: 'kind:audio' }, signal)).hits

export const createPlaylist = (name, tracks) => post('/v1/playlists', { name, tracks })
