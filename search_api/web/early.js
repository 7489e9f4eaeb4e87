// @ts-check
/** A classic script, run before the form is there: Enter in a page that is still being put together must not be lost. */
{
  let submitted = false

  const note = (event) => {
    event.preventDefault()
    submitted = true
  }

  document.addEventListener('submit', note)

  window.takeOver = () => {
    document.removeEventListener('submit', note)
    return submitted
  }
}
