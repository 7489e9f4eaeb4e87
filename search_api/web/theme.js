// @ts-check
/** Dark or light theme: follows the system until the user switches. Loaded before the first paint. */

const KEY = 'polymuse.theme'
const root = document.documentElement
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

const stored = localStorage.getItem(KEY)
if (stored) apply(stored)

/** Sets the theme, and the colour of the browser's own bars. */
function apply(theme) {
  root.dataset.theme = theme
  const colour = theme === 'dark' ? '#131418' : '#f7f5f0'
  for (const bar of document.querySelectorAll('meta[name=theme-color]')) bar.setAttribute('content', colour)
}

const isDark = () => (root.dataset.theme ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark'

export function switchTheme() {
  apply(isDark() ? 'light' : 'dark')
  try {
    localStorage.setItem(KEY, root.dataset.theme)
  } catch {
    // no room: the choice holds until the page is closed
  }
}

/** Calls `listener` whenever the colours have changed, for canvases. */
export function onThemeChange(listener) {
  systemIsDark.addEventListener('change', listener)
  new MutationObserver(listener).observe(root, { attributeFilter: ['data-theme'] })
}
