// @ts-check
/** The view of the map: the map, and below it a list of its tracks or of the hits. Loaded when it is first opened. */

import { t } from './i18n.js'
import { createMap } from './map.js'
import { asTrack, mapPoints, withNames } from './map_points.js'
import { say } from './notice.js'
import { isAsking, PAGE } from './question.js'

/** `play(track)`, `ask(change)`, the `results` below the map, `showHits(signal)`: shows the hits and returns them. */
export function createMapPage({ play, ask, results, showHits }) {
  /** @type {MapPoints | null} */
  let points = null // with names
  let afterLasso = () => {}
  const map = createMap({
    onPlay: index => points && play(asTrack(points, index)),
    onLasso: picked => {
      if (!points) return
      map.listed = picked !== null
      if (picked) list(picked.length, at => picked[at], 'map.picked')
      else afterLasso()
    },
    onColour: colour => ask({ colour }),
  })

  const listAll = () => list(points.length, index => index, 'map.all')

  async function show(question, signal) {
    const places = await mapPoints(signal)
    if (!places.length) {
      map.hide()
      return results.empty(t('map.empty'))
    }
    map.show(places, question.colour)
    const [named, hits] = await Promise.all([withNames(places, signal), isAsking(question) ? showHits(signal) : null])
    signal.throwIfAborted()
    if (!named) return show(question, signal) // it was drawn again meanwhile
    points = named
    map.name(points)
    afterLasso = hits ? () => ask({}) : listAll
    if (hits) map.showHits(hits.map(hit => hit.id))
    else listAll()
  }

  /** Lists tracks of the map; `index(at)`: the point at a place of the list. */
  function list(length, index, heading) {
    const page = start => ({
      tracks: Array.from({ length: Math.min(PAGE, length - start) }, (_, at) => asTrack(points, index(start + at))),
      next: start + PAGE < length ? async () => page(start + PAGE) : null,
    })
    results.show(page(0), { count: t(heading, { n: length }) })
    say(t(heading, { n: length }))
  }

  return { show, mark: map.mark }
}
