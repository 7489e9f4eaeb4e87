// @ts-check
/** A short message at the foot of the page with a button that takes back what was done. */

import { button, element } from './dom.js'
import { showProblem } from './notice.js'

const SECONDS = 12
let hide = () => {}

/** Shows the text and the button for a while; it stays as long as it has the focus. Another message replaces it. */
export function toast(text, label, undo) {
  hide()
  const box = element('div', { class: 'toast', role: 'status' }, element('p', { dir: 'auto' }, text), button({ onclick: take }, label))
  const timer = setInterval(() => box.matches(':focus-within, :hover') || hide(), 1000 * SECONDS)
  hide = () => {
    clearInterval(timer)
    box.remove()
  }
  async function take() {
    hide()
    try {
      await undo()
    } catch (problem) {
      showProblem(problem)
    }
  }
  document.body.append(box)
}
