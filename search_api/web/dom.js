// @ts-check
/** Helpers that build DOM nodes. Strings become text nodes, so tags and file names are never parsed as HTML. */

/**
 * An element with attributes, `on…` listeners and children. Null and false are omitted, except false in ARIA attributes.
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
    else if (name.startsWith('aria-')) node.setAttribute(name, clean(String(value)))
    else if (value === false) continue
    else node.setAttribute(name, value === true ? '' : value)
  }
  const shown = children.flat().filter(child => child != null && child !== false)
  node.append(...shown.map(child => (typeof child === 'string' ? clean(child) : child)))
  return node
}

/** Without control characters and those that change the direction of text: names come from foreign files. */
export const clean = text =>
  text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '')

const SVG = 'http://www.w3.org/2000/svg'

/** A line of facts with dots between them, each in its own direction. A dot ends a line rather than begins one. */
export const factsLine = (facts, properties = {}) =>
  element('p', { class: 'facts', ...properties }, facts.filter(Boolean).flatMap((fact, at) => [at > 0 && ' · ', element('span', { dir: 'auto' }, fact)]))

/** A symbol of index.html; hidden from screen readers, because its button has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(SVG, 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.append(use)
  return svg
}

/** A button that does not submit a form. */
export const button = (properties, ...children) => element('button', { type: 'button', ...properties }, ...children)

/** A button with an icon, and a label for screen readers and the tooltip. */
export function iconButton(name, label, onclick, properties = {}) {
  return button({ class: 'quiet', 'aria-label': label, title: label, onclick, ...properties }, icon(name))
}

/** @returns {any} an element of index.html */
export const byId = id => document.getElementById(id)

const CONTROLS = 'button, select, input, a[href], summary'

/** Renders `root` again and keeps the focus on the control with the same index, or else on the last one. */
export function keepingFocus(root, render) {
  const controls = () => [...root.querySelectorAll(CONTROLS)]
  const at = controls().indexOf(document.activeElement)
  render()
  if (at >= 0) (controls()[at] ?? controls().at(-1))?.focus()
}
