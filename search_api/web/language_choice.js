// @ts-check
/** The choice of the language, in the header. */

import { byId, element } from './dom.js'
import { currentLanguage, LANGUAGES, switchLanguage } from './i18n.js'
import { showProblem } from './notice.js'

/** `onChange()`: the texts of index.html are in the new language; the rest of the page is not yet. */
export function createLanguageChoice(onChange) {
  const choice = byId('language')
  choice.append(...Object.entries(LANGUAGES).map(([value, name]) => element('option', { value, lang: value }, name)))
  choice.value = currentLanguage()
  choice.addEventListener('change', change)

  async function change() {
    try {
      await switchLanguage(choice.value)
      await onChange()
    } catch (problem) {
      choice.value = currentLanguage()
      showProblem(problem, problem.reload)
    }
  }
}
