// @ts-check
/** A classic script that runs before the modules: a search submitted while the page loads must not be lost. */
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
