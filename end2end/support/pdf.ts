import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test, type Page } from '@playwright/test';

/** What a page prints on A4, as `pdftotext` reads it. */
export interface Print {
  sheets: Sheet[];
  /** Those of all sheets. */
  lines: string[];
  words: Word[];
}

interface Sheet {
  /** Line by line, as it lies on the sheet: the cells of a row are in one line, with a space between. */
  lines: string[];
  /** In the order of the page, so that what is broken into lines is whole. */
  text: string;
}

interface Word {
  text: string;
  /** In points. */
  height: number;
  /** Whether it stands in the margin or beyond the edge. */
  isOutside: boolean;
}

/** In points: narrower than the margin of any page. */
const MARGIN = 28;

/** Prints a page, with nothing of the browser at its head and foot. The file is kept with what else a test leaves behind. */
export async function print(page: Page): Promise<Print> {
  const path = test.info().outputPath(`print-${Date.now()}.pdf`);
  await page.pdf({ path, preferCSSPageSize: true, format: 'A4' });
  const [layout, raw, boxes] = await Promise.all(['-layout', '-raw', '-bbox'].map((how) => pdftotext(how, path)));
  const texts = sheetsOf(raw).map(spaced);
  const sheets = sheetsOf(layout).map((sheet, place) => ({ lines: sheet.split('\n').map(spaced).filter(Boolean), text: texts[place] }));
  return { sheets, lines: sheets.flatMap(({ lines }) => lines), words: wordsOf(boxes) };
}

async function pdftotext(how: string, path: string): Promise<string> {
  const { stdout } = await promisify(execFile)('pdftotext', [how, path, '-'], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Each sheet ends with a form feed. */
const sheetsOf = (text: string): string[] => text.split('\f').slice(0, -1);

/** One space between words, and letters for what a font joins, such as `fi`. */
const spaced = (text: string): string => text.normalize('NFKC').replace(/\s+/g, ' ').trim();

function wordsOf(boxes: string): Word[] {
  return boxes.split('<page ').slice(1).flatMap((sheet) => {
    const size = /width="([\d.]+)" height="([\d.]+)"/.exec(sheet);
    if (!size) throw new Error('a sheet without a size');
    const [width, height] = size.slice(1).map(Number);
    const words = sheet.matchAll(/<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)<\/word>/g);
    return [...words].map(([, ...parts]) => {
      const [left, top, right, bottom] = parts.map(Number);
      const isOutside = left < MARGIN || top < MARGIN || right > width - MARGIN || bottom > height - MARGIN;
      return { text: parts[4], height: bottom - top, isOutside };
    });
  });
}

/**
 * What a page has for the screen alone, as words: by what one goes elsewhere or does something, outside of tables and fields, and the message of what
 * was done. Without what is called the same as something that is printed.
 */
export async function screenWords(page: Page, printed: string[] = []): Promise<string[]> {
  const found = page.locator('nav :is(a, h2), main a:not(:is(td, th, dd) a), button, .button, .row-actions a, main label, .toast p');
  const texts = (await found.filter({ visible: true }).allInnerTexts()).map(spaced);
  return [...new Set(texts)].filter((text) => /\p{L}/u.test(text) && !printed.includes(text));
}

/** Those of some words that a print or a sheet of it has, each as a whole. */
export function wordsIn(sheets: Sheet[], words: string[]): string[] {
  const text = ` ${sheets.map(({ text }) => text).join(' ')} `;
  return words.filter((word) => text.includes(` ${word} `));
}
