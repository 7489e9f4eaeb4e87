// @ts-check
/** Plane geometry of the map. Points are two arrays of coordinates; a point is its index, and -1 is none. */

/** The nearest point within `reach` of a position. Looking at 100,000 points takes less than a frame. */
export function nearest(xs, ys, { x, y }, reach = Infinity, isWanted = null) {
  let [best, least] = [-1, reach ** 2]
  for (let index = 0; index < xs.length; index++) {
    const [dx, dy] = [xs[index] - x, ys[index] - y]
    const distance = dx * dx + dy * dy
    if (distance <= least && (!isWanted || isWanted(index, dx, dy))) [best, least] = [index, distance]
  }
  return best
}

/** The nearest point within 45° of a direction (unit vector). */
export function next(xs, ys, from, direction) {
  return nearest(xs, ys, { x: xs[from], y: ys[from] }, Infinity, (index, dx, dy) => {
    const forward = dx * direction.x + dy * direction.y
    return index !== from && forward > 0 && Math.abs(dx * direction.y - dy * direction.x) <= forward
  })
}

/** The points inside a polygon: a ray to the right crosses its sides an odd number of times. */
export function enclosed(xs, ys, polygon) {
  const found = []
  for (let index = 0; index < xs.length; index++) if (inside(polygon, xs[index], ys[index])) found.push(index)
  return found
}

function inside(polygon, x, y) {
  let odd = false
  for (let at = 0, before = polygon.length - 1; at < polygon.length; before = at++) {
    const [a, b] = [polygon[at], polygon[before]]
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) odd = !odd
  }
  return odd
}
