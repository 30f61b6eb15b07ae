/**
 * The text of a file that may come from a spreadsheet: whichever of the usual encodings it has.
 *
 * @module
 */

/** How files of other programs begin that people take for text, and what they are. */
const OTHERS: readonly { begin: readonly number[]; what: string }[] = [
  { begin: [0x50, 0x4b, 3, 4], what: "a spreadsheet's own file: save it as CSV" },
  { begin: [0xd0, 0xcf, 0x11, 0xe0], what: "a spreadsheet's own file: save it as CSV" },
  { begin: [0x1f, 0x8b], what: "compressed: unpack it first" },
];

/**
 * Reads UTF-8, UTF-16 in either order, or else Windows-1252; the mark that such files begin with is left out.
 *
 * @throws {TypeError} When it is no text at all; the message says what else it is.
 */
export function decodeFileText(bytes: Uint8Array): string {
  const other = OTHERS.find(({ begin }) => begin.every((byte, i) => bytes[i] === byte));
  if (other !== undefined) throw new TypeError(`it is ${other.what}`);
  const utf16 = utf16Of(bytes);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes);
  if (bytes.includes(0)) throw new TypeError("it holds bytes of 0: it is no text");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** By its mark or, as what is of use here begins with an ASCII character, by the 0 beside that. */
function utf16Of([first, second]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second > 0)) return "utf-16be";
  return undefined;
}
