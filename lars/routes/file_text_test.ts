import { assertEquals, assertThrows } from "@std/assert";
import { decodeFileText } from "./file_text.ts";

const TEXT = "modid;Größe\r\n1;€\n";

function utf16(text: string, { little }: { little: boolean }): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
  return bytes;
}

Deno.test("decodeFileText() reads the encodings that spreadsheets write, with and without a mark", () => {
  const encoder = new TextEncoder();
  assertEquals(decodeFileText(encoder.encode(TEXT)), TEXT);
  assertEquals(decodeFileText(encoder.encode(`\ufeff${TEXT}`)), TEXT);
  for (const little of [true, false]) {
    assertEquals(decodeFileText(utf16(`\ufeff${TEXT}`, { little })), TEXT);
    assertEquals(decodeFileText(utf16(TEXT, { little })), TEXT);
  }
  const windows = TEXT.replace("ö", "\xf6").replace("ß", "\xdf").replace("€", "\x80");
  assertEquals(decodeFileText(Uint8Array.from(windows, (char) => char.charCodeAt(0))), TEXT);
  assertEquals(decodeFileText(new Uint8Array()), "");
});

Deno.test("decodeFileText() names what is no text", () => {
  const cases: [number[], string][] = [
    [[0x50, 0x4b, 3, 4, 0], "a spreadsheet's own file: save it as CSV"],
    [[0xd0, 0xcf, 0x11, 0xe0, 0xa1], "a spreadsheet's own file: save it as CSV"],
    [[0x1f, 0x8b, 8], "compressed"],
    [[65, 65, 65, 0], "it is no text"],
  ];
  for (const [bytes, what] of cases) {
    assertThrows(() => decodeFileText(Uint8Array.from(bytes)), TypeError, what);
  }
});
