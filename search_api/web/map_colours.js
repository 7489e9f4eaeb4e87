// @ts-check
/**
 * What a colour means: the classes of the points by a category of tags, or by tempo, key, energy or year.
 *
 * A class has a name, a number of points and a style class, which sets its colour.
 * @typedef {{name: string, style: string, count: number}} ColourClass
 * @typedef {{classes: ColourClass[], of: Uint8Array}} Colouring `of`: the class of each point, REST for none
 */

import { CATEGORIES, tagName } from './descriptors.js'
import { t } from './i18n.js'

export const REST = 255
const HUES = 8 // tags with a colour of their own

/** Lower bounds of steps, which the colours climb. */
const STEPS = {
  bpm: [0, 80, 95, 110, 125, 140, 160],
  energy: [0, 0.2, 0.4, 0.6, 0.8],
  year: [0, 1960, 1970, 1980, 1990, 2000, 2010, 2020],
}

export const COLOURINGS = [...CATEGORIES, 'bpm', 'key', 'energy', 'year']

/**
 * @param {MapPoints} points
 * @param {string} by one of COLOURINGS
 * @returns {Colouring}
 */
export function colouring(points, by) {
  if (by === 'key') return byKey(points)
  return by in STEPS ? byStep(points, by) : byTag(points, by)
}

function byTag(points, category) {
  const { slugs, of: codes } = points.tags[category]
  const counts = new Uint32Array(slugs.length)
  for (const code of codes) if (code >= 0) counts[code]++
  const frequent = [...slugs.keys()]
    .sort((a, b) => counts[b] - counts[a] || slugs[a].localeCompare(slugs[b]))
    .slice(0, HUES)
  const rank = new Map(frequent.map((code, index) => [code, index]))
  return {
    classes: frequent.map((code, index) => ({
      name: tagName(slugs[code]),
      style: `hue-${index}`,
      count: counts[code],
    })),
    of: Uint8Array.from(codes, code => rank.get(code) ?? REST),
  }
}

function byStep(points, by) {
  const bounds = STEPS[by]
  const of = Uint8Array.from(points[by], value =>
    value === null ? REST : bounds.findLastIndex(bound => value >= bound),
  )
  const named = index => {
    const [from, to] = [bounds[index], bounds[index + 1]]
    if (by === 'energy') return t('map.range', { from: `${from * 100}`, to: `${(to ?? 1) * 100} %` })
    if (index === 0) return t('map.below', { to: `${to}` })
    return to === undefined ? t('map.from', { from: `${from}` }) : t('map.range', { from: `${from}`, to: `${to - 1}` })
  }
  const last = bounds.length - 1
  return counted(of, bounds.map((_, index) => ({ name: named(index), style: `step-${Math.round((index * 7) / last)}` })))
}

/** Keys in the order of fifths, in which neighbours mix well; a major and its relative minor have one colour. */
function byKey(points) {
  const of = Uint8Array.from(points.key, code => (code ? parseInt(code) - 1 : REST))
  const names = Array.from({ length: 12 }, (_, index) => ({ name: `${index + 1}A ${index + 1}B`, style: `key-${index}` }))
  return counted(of, names)
}

/** Classes without points keep their colour, and are not in the legend. */
function counted(of, classes) {
  const counts = new Uint32Array(256)
  for (const code of of) counts[code]++
  return { classes: classes.map((each, index) => ({ ...each, count: counts[index] })), of }
}
