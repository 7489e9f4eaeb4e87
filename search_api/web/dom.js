// @ts-check
/** Building DOM. Strings become text nodes: nothing that comes from a tag or a file name is ever read as HTML. */

/**
 * An element with attributes, `on…` listeners and children. Null and false are left out; ARIA wants its false.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} properties
 * @param {any[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value == null) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (name.startsWith('aria-')) node.setAttribute(name, value)
    else if (value === false) continue
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.flat().filter(child => child != null && child !== false))
  return node
}

const SVG = 'http://www.w3.org/2000/svg'

/** One of the symbols of index.html; hidden from screen readers, as its button has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(SVG, 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.append(use)
  return svg
}

/** A button that submits nothing. */
export const button = (properties, ...children) => element('button', { type: 'button', ...properties }, ...children)

/** A button that shows an icon and is named for screen readers and the mouse alike. */
export function iconButton(name, label, onclick, properties = {}) {
  return button({ class: 'quiet', 'aria-label': label, title: label, onclick, ...properties }, icon(name))
}

/** @returns {any} the element of index.html, of whatever kind it is there */
export const byId = id => document.getElementById(id)

const CONTROLS = 'button, select, input, a[href], summary'

/** Renders `root` anew with the focus where it was: on the control at the same place, or on the last one. */
export function keepingFocus(root, render) {
  const controls = () => [...root.querySelectorAll(CONTROLS)]
  const at = controls().indexOf(document.activeElement)
  render()
  if (at >= 0) (controls()[at] ?? controls().at(-1))?.focus()
}
