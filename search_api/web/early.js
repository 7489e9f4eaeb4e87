/** Loaded before the first paint: Enter in a page that is still being put together must not be lost. */

const form = document.getElementById('search')
let submitted = false

function note(event) {
  event.preventDefault()
  submitted = true
}

form.addEventListener('submit', note)

/** Leaves the form to the search box, and says whether it was submitted before. */
export function takeOver() {
  form.removeEventListener('submit', note)
  return submitted
}
