// @ts-check
/** Draws the map on its canvas. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {MapScene} scene
 */
export function draw(canvas, scene) {
  const { points, colourBy, coloured, only, hits, playing, hovered, lasso } = scene
  const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio]
  canvas.width = width * ratio
  canvas.height = height * ratio
  const context = canvas.getContext('2d')
  context.scale(ratio, ratio)
  const style = getComputedStyle(canvas)
  const palette = new Map(coloured.map((tag, index) => [tag, style.getPropertyValue(`--hue-${index}`)]))
  const [rest, ink, ground] = ['--rest', '--ink', '--card'].map(name => style.getPropertyValue(name))
  const size = Math.max(3.5, Math.min(7, 120 / Math.sqrt(points.length || 1)))
  const visible = point => (!only || point.tags[colourBy] === only) && (!hits.size || hits.has(point.id))

  const disc = (point, radius, colour) => {
    context.beginPath()
    context.arc(point.x, point.y, radius, 0, 2 * Math.PI)
    context.fillStyle = colour
    context.fill()
  }
  for (const point of points) {
    context.globalAlpha = visible(point) ? 0.85 : 0.15
    disc(point, size, palette.get(point.tags[colourBy]) ?? rest)
  }
  context.globalAlpha = 1
  for (const point of points.filter(({ id }) => id === playing || id === hovered?.id)) {
    disc(point, size + 4, ink)
    disc(point, size + 2, ground)
    disc(point, size, palette.get(point.tags[colourBy]) ?? rest)
  }
  drawLasso(context, lasso, ink)
}

function drawLasso(context, lasso, colour) {
  if (lasso.length < 2) return
  context.beginPath()
  for (const { x, y } of lasso) context.lineTo(x, y)
  context.closePath()
  context.strokeStyle = context.fillStyle = colour
  context.globalAlpha = 0.08
  context.fill()
  context.globalAlpha = 1
  context.setLineDash([5, 4])
  context.lineWidth = 1.5
  context.stroke()
}
