// @ts-check
/** The points of the map, once the service has computed them: first where they are, then what they are. */

import * as api from './api.js'
import { CATEGORIES } from './descriptors.js'
import { t } from './i18n.js'
import { clearNotice, showWaiting } from './notice.js'

const POLL = 1500 // ms between requests while the map is computed

/**
 * Polls until the map is ready: that of a large library takes a while.
 * @returns {Promise<MapPoints>} without names
 */
export async function mapPoints(signal) {
  for (;;) {
    const answer = await api.map(signal)
    if (answer.state === 'ready') {
      clearNotice()
      return withPlaces(answer)
    }
    showWaiting(t('map.computing'))
    await new Promise(resume => setTimeout(resume, POLL))
    signal.throwIfAborted()
  }
}

/** The points with names; null if the map has been drawn again meanwhile. */
export async function withNames(points, signal) {
  const { version, ids, kinds, titles, artists } = await api.mapNames(signal)
  if (version !== points.version) return null
  return { ...points, ids, kinds, titles, artists, at: new Map(ids.map((id, index) => [id, index])) }
}

/** The columns of the service, stretched over the whole map, y downwards. */
function withPlaces(answer) {
  const [x, left, width] = stretched(answer.x)
  const [y, bottom, height] = stretched(answer.y)
  for (let index = 0; index < y.length; index++) y[index] = 1 - y[index]
  const regions = answer.regions.map(region => ({
    ...region,
    x: (region.x - left) / width,
    y: 1 - (region.y - bottom) / height,
  }))
  const unnamed = { ids: null, kinds: null, titles: null, artists: null, at: new Map() }
  return { ...answer, length: x.length, x, y, regions, ...unnamed }
}

/** Values from 0 to 1, and what their least and their range were. */
function stretched(values) {
  const found = Float32Array.from(values)
  let [least, most] = [Infinity, -Infinity]
  for (const value of found) {
    if (value < least) least = value
    if (value > most) most = value
  }
  const range = most - least || 1
  return /** @type {const} */ ([found.map(value => (value - least) / range), least, range])
}

/** Category → slug of the surest tag of a point. */
export function tagsOf({ tags }, index) {
  const found = {}
  for (const category of CATEGORIES) {
    const slug = tags[category]?.slugs[tags[category].of[index]]
    if (slug) found[category] = slug
  }
  return found
}

/** A point in the form of a track, for a row. */
export const asTrack = (points, index) => ({
  id: points.ids[index],
  kind: points.kinds[index],
  title: points.titles[index],
  artist: points.artists[index],
  tags: Object.entries(tagsOf(points, index)).map(([category, slug]) => ({ category, slug })),
})
