// @ts-check
/** Server-sent events over fetch, which gives the status of an answer that is none: an EventSource does not. */

const MAX_EVENT = 1 << 20 // characters

/**
 * The data of the events called `name`, until the stream ends.
 * @param {Response} response
 * @param {string} name
 */
export async function* events(response, name) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const blocks = (text + value).replaceAll('\r\n', '\n').split('\n\n')
      text = blocks.pop()
      if (text.length > MAX_EVENT) throw new Error('An event does not end')
      for (const block of blocks) {
        const lines = block.split('\n').map(line => line.match(/^(\w+): ?(.*)$/)?.slice(1) ?? ['', ''])
        const values = wanted => lines.filter(([field]) => field === wanted).map(([, content]) => content)
        if (values('event').at(-1) === name) yield JSON.parse(values('data').join('\n'))
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
