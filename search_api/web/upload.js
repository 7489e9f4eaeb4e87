// @ts-check
/** Audio files as queries: dropped anywhere on the page, or chosen in a dialog. */

import { uploadAudio } from './api.js'
import { byId } from './dom.js'
import { t } from './i18n.js'
import { clearNotice, showProblem, showWaiting } from './notice.js'

/** `onUpload(token, name)`: the service has analysed a file and returned this token for it. */
export function createUpload(onUpload) {
  const [chooser, overlay] = [byId('file'), byId('drop')]
  let depth = 0 // of nested elements under the dragged file

  async function upload(files) {
    for (const file of files) {
      const stopping = new AbortController()
      showWaiting(t('upload.waiting', { name: file.name }), () => {
        stopping.abort()
        clearNotice()
      })
      try {
        const { audio_token: token } = await uploadAudio(file, stopping.signal)
        clearNotice()
        await onUpload(token, file.name)
      } catch (problem) {
        showProblem(problem, () => upload([file]))
        return
      }
    }
  }

  const hasFiles = event => event.dataTransfer?.types.includes('Files')

  function over(change) {
    depth = Math.max(0, depth + change)
    overlay.hidden = depth === 0
  }

  window.addEventListener('dragenter', event => {
    if (hasFiles(event)) {
      event.preventDefault()
      over(1)
    }
  })
  window.addEventListener('dragleave', event => {
    if (hasFiles(event)) over(-1)
  })
  window.addEventListener('dragover', event => {
    if (hasFiles(event)) event.preventDefault()
  })
  window.addEventListener('drop', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    over(-depth)
    upload([...event.dataTransfer.files])
  })
  byId('choose').addEventListener('click', () => chooser.click())
  chooser.addEventListener('change', () => {
    upload([...chooser.files])
    chooser.value = ''
  })
}
