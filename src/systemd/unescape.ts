/**
 * Reading a line of a unit file back into words: quotes, C escapes, doubled percent and dollar signs.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
};

/** What a percent sign with its letter stands for; undefined leaves both as they are. */
export type Specifier = (letter: string) => string | undefined;

function expand(word: string, specifier: Specifier): string {
  return word.replaceAll(/%(.)|\$\$/gsu, (whole, letter?: string) => {
    if (letter === undefined) return "$";
    return letter === "%" ? "%" : specifier(letter) ?? whole;
  });
}

/**
 * The words of a value such as that of `ExecStart=` or `Environment=`, by the rules of
 * systemd.syntax(7).
 *
 * @param value What stands behind the equals sign.
 * @param specifier Resolves `%i` and its like.
 */
export function splitWords(value: string, specifier: Specifier): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? "";
    if (character === "\\") {
      const hex = /^x([\da-fA-F]{2})/.exec(value.slice(at + 1, at + 4));
      const next = value[at + 1] ?? "";
      word = (word ?? "") +
        (hex === null ? ESCAPES[next] ?? next : String.fromCharCode(parseInt(hex[1] ?? "", 16)));
      at += hex === null ? 1 : 3;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words.map((each) => expand(each, specifier));
}
