// @ts-check
/** The filter language of the service, `field:value` terms, as far as the page writes and splits it. */

/** A term; values with spaces or quotes are quoted. */
export function filterTerm(field, value) {
  const plain = !/[\s"]/.test(value)
  return `${field}:${plain ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`}`
}

/** The terms of a text, quotes left on. */
export const splitTerms = text => text.match(/(?:[^\s:"]*:)?"(?:\\.|[^"\\])*"(?=\s|$)|\S+/g) ?? []
