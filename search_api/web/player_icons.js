// @ts-check
/** The icons of the player and of the queue. Those of the first view are in index.html. */

const SVG = 'http://www.w3.org/2000/svg'

/** Name -> path; drawn as a line if it begins with "line ". */
const ICONS = {
  next: 'M5 6.2v11.6c0 .7.8 1.1 1.4.7l8.1-5.8v5.1c0 .4.3.7.7.7h1.6c.4 0 .7-.3.7-.7V6.2c0-.4-.3-.7-.7-.7h-1.6c-.4 0-.7.3-.7.7v5.1L6.4 5.5C5.8 5.1 5 5.5 5 6.2z',
  previous: 'M19 6.2v11.6c0 .7-.8 1.1-1.4.7l-8.1-5.8v5.1c0 .4-.3.7-.7.7H7.2c-.4 0-.7-.3-.7-.7V6.2c0-.4.3-.7.7-.7h1.6c.4 0 .7.3.7.7v5.1l8.1-5.8c.6-.4 1.4 0 1.4.7z',
  queue: 'line M4 6.5h16M4 11.5h10M4 16.5h7M16 14.5l5 3-5 3z',
  volume: 'line M4 9.5v5h3.5l5 4v-13l-5 4zM16 9a4.2 4.2 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  muted: 'line M4 9.5v5h3.5l5 4v-13l-5 4zM16 9.5l5 5M21 9.5l-5 5',
  shuffle: 'line M3 7h3.5c5 0 6 10 11 10H21M3 17h3.5c1.5 0 2.6-.9 3.5-2.2M14 9.2C14.9 7.9 16 7 17.5 7H21M18.5 4.5 21 7l-2.5 2.5M18.5 14.5 21 17l-2.5 2.5',
  repeat: 'line M4 11V9.5A2.5 2.5 0 0 1 6.5 7H20M17.5 4.5 20 7l-2.5 2.5M20 13v1.5a2.5 2.5 0 0 1-2.5 2.5H4M6.5 19.5 4 17l2.5-2.5',
  'repeat-one': 'line M4 11V9.5A2.5 2.5 0 0 1 6.5 7H20M17.5 4.5 20 7l-2.5 2.5M20 13v1.5a2.5 2.5 0 0 1-2.5 2.5H4M6.5 19.5 4 17l2.5-2.5M11 10.8l1.3-.8v4.5',
  grip: 'M9 7.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM15 7.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM9 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM15 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM9 19.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM15 19.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
}

/** Adds them to the page. */
export function addIcons() {
  const drawn = (name, attributes) => {
    const node = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
    return node
  }
  const sheet = drawn('svg', { hidden: '' })
  for (const [name, path] of Object.entries(ICONS)) {
    const symbol = drawn('symbol', { id: `icon-${name}`, viewBox: '0 0 24 24' })
    const isLine = path.startsWith('line ')
    symbol.append(drawn('path', { d: path.replace('line ', ''), ...(isLine && { class: 'line' }) }))
    sheet.append(symbol)
  }
  document.body.prepend(sheet)
}
