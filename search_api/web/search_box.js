// @ts-check
/** The search box with autocompletion: an ARIA combobox with a list box. */

import { byId, element } from './dom.js'
import { bySense, isMeaningful, suggestions } from './suggestions.js'

const FEW = 3 // suggestions by name below which others are asked for
const PAUSE = 300 // ms without typing

/**
 * `onSearch(text)`: Enter. `onTerm(text, away)`: the buttons + and −. `onLeave()`: arrow down. `nearest(text, signal)`
 * returns the descriptors near to a text.
 */
export function createSearchBox({ onSearch, onTerm, onLeave, nearest }) {
  const [form, input, list] = [byId('search'), byId('words'), byId('suggestions')]
  let picture = null // a thumbnail of what the words describe
  let names = []
  let asked = ''
  let offered = []
  let chosen = -1
  let asking = new AbortController()
  let refused = false // the service did not answer; the next search says why

  function showPicture(thumbnail) {
    picture?.remove()
    picture = thumbnail
    if (picture) input.before(picture)
  }

  function offer({ isComposing = false } = {}) {
    asking.abort()
    if (!input.value) showPicture(null)
    offered = suggestions(input.value, names)
    list.replaceChildren(...offered.map(option))
    mark(-1)
    show(offered.length > 0)
    if (offered.length < FEW && !isComposing && isMeaningful(input.value)) offerBySense(input.value)
  }

  /** Adds descriptors that mean about the same, unless the user goes on typing or leaves. */
  async function offerBySense(text) {
    asking = new AbortController()
    const { signal } = asking
    await new Promise(resume => setTimeout(resume, PAUSE))
    if (signal.aborted || refused || !navigator.onLine) return
    try {
      const found = bySense(text, await nearest(text, signal), offered)
      if (signal.aborted || !found.length) return
      list.append(...found.map((each, index) => option(each, offered.length + index)))
      offered.push(...found)
      show(true)
    } catch {
      refused = !signal.aborted
    }
  }

  const option = ({ name, text }, index) =>
    element(
      'li',
      { role: 'option', id: `suggestion-${index}`, onpointerdown: event => take(event, index) },
      element('span', {}, text.slice(0, -name.length)),
      name,
    )

  function show(open) {
    if (!open) asking.abort()
    list.hidden = !open
    input.setAttribute('aria-expanded', String(open))
    if (!open) mark(-1)
  }

  function mark(index) {
    chosen = index
    for (const [at, node] of [...list.children].entries()) node.setAttribute('aria-selected', String(at === index))
    if (index < 0) input.removeAttribute('aria-activedescendant')
    else input.setAttribute('aria-activedescendant', `suggestion-${index}`)
  }

  /** Runs before the box loses the focus to the mouse. */
  function take(event, index) {
    event.preventDefault()
    input.value = offered[index].text
    submit()
  }

  function submit() {
    if (chosen >= 0) input.value = offered[chosen].text
    show(false)
    refused = false
    onSearch(input.value.trim())
  }

  function term(away) {
    const text = input.value.trim()
    input.value = ''
    input.focus()
    if (text) onTerm(text, away)
  }

  function step(by) {
    const count = offered.length
    mark(((chosen + by + 1 + count + 1) % (count + 1)) - 1) // one more step: no suggestion
  }

  function onKey(event) {
    const open = !list.hidden
    if (event.key === 'ArrowDown' && !open) onLeave()
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') open && step(event.key === 'ArrowDown' ? 1 : -1)
    else if (event.key === 'Escape') open ? show(false) : (input.value = '')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  form.addEventListener('submit', event => {
    event.preventDefault()
    submit()
  })
  input.addEventListener('input', offer)
  input.addEventListener('compositionend', () => offer())
  input.addEventListener('keydown', onKey)
  input.addEventListener('blur', () => show(false))
  byId('add').addEventListener('click', () => term(false))
  byId('subtract').addEventListener('click', () => term(true))

  return {
    submit,
    focus() {
      input.focus()
      input.select()
    },
    /** Shows the text of the current query, but keeps what the user is typing meanwhile. */
    set text(value) {
      if (value !== asked) input.value = value
      if (!value) showPicture(null)
      asked = value
    },
    set picture(thumbnail) {
      showPicture(thumbnail)
    },
    set names(values) {
      names = values
    },
  }
}
