// @ts-check
/** Plane geometry of the map. Points are objects with x and y. */

/** The bounding box of the points, {left, top, width, height}; width and height are never 0. */
export function bounds(points) {
  const [xs, ys] = [points.map(point => point.x), points.map(point => point.y)]
  const least = values => values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values => values.reduce((a, b) => Math.max(a, b), -Infinity)
  const [left, top] = [least(xs), least(ys)]
  return { left, top, width: most(xs) - left || 1, height: most(ys) - top || 1 }
}

/** The nearest point within `reach` of a position, or null. */
export function nearest(points, position, reach = Infinity) {
  let [best, least] = [null, reach ** 2]
  for (const point of points) {
    const distance = (point.x - position.x) ** 2 + (point.y - position.y) ** 2
    if (distance <= least) [best, least] = [point, distance]
  }
  return best
}

/** The nearest point within 45° of a direction (unit vector), or null. */
export function next(points, from, direction) {
  const ahead = points.filter(point => {
    const [dx, dy] = [point.x - from.x, point.y - from.y]
    const forward = dx * direction.x + dy * direction.y
    const aside = Math.abs(dx * direction.y - dy * direction.x)
    return point !== from && forward > 0 && aside <= forward
  })
  return nearest(ahead, from)
}

/** Whether a position is inside a polygon: a ray to the right crosses its sides an odd number of times. */
export function inside(polygon, { x, y }) {
  let odd = false
  for (const [index, a] of polygon.entries()) {
    const b = polygon.at(index - 1)
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) odd = !odd
  }
  return odd
}
