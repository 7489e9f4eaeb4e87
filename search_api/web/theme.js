// @ts-check
/** Dark or light theme: follows the system until the user switches. Loaded before the first paint. */

const KEY = 'polymuse.theme'
const root = document.documentElement
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

const stored = localStorage.getItem(KEY)
if (stored) root.dataset.theme = stored

const isDark = () => (root.dataset.theme ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark'

export function switchTheme() {
  root.dataset.theme = isDark() ? 'light' : 'dark'
  localStorage.setItem(KEY, root.dataset.theme)
}

/** Calls `listener` whenever the colours have changed, for canvases. */
export function onThemeChange(listener) {
  systemIsDark.addEventListener('change', listener)
  new MutationObserver(listener).observe(root, { attributeFilter: ['data-theme'] })
}
