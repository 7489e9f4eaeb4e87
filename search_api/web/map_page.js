// @ts-check
/** The view of the map: the map, and below it a list of its tracks or of the hits. Loaded when it is first opened. */

import { t } from './i18n.js'
import { asTrack, createMap } from './map.js'
import { mapPoints } from './map_points.js'
import { say } from './notice.js'
import { isAsking, PAGE } from './question.js'

/** `play(track)`, `ask(change)`, the `results` below the map, `showHits(signal)`: shows the hits and returns them. */
export function createMapPage({ play, ask, results, showHits }) {
  let points = []
  const map = createMap({
    onPlay: point => play(asTrack(point)),
    onLasso: picked => list(picked ?? points, picked ? 'map.picked' : 'map.all'),
    onColour: colour => ask({ colour }),
  })

  async function show(question, signal) {
    points = await mapPoints(signal)
    if (!points.length) {
      map.hide()
      return results.empty(t('map.empty'))
    }
    if (!isAsking(question)) {
      map.show(points, question.colour, [])
      return list(points, 'map.all')
    }
    const hits = await showHits(signal)
    map.show(points, question.colour, hits.map(hit => hit.id))
  }

  function list(listed, heading) {
    const page = start => ({
      tracks: listed.slice(start, start + PAGE).map(asTrack),
      next: start + PAGE < listed.length ? async () => page(start + PAGE) : null,
    })
    results.show(page(0), { count: t(heading, { n: listed.length }) })
    say(t(heading, { n: listed.length }))
  }

  return { show, mark: map.mark }
}
