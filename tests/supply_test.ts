/**
 * What others have written and is part of the program: pinned as a whole by the lock file, and where it
 * comes from a build that the standard library's authors have not made, file by file.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "./assert.ts";
import { textOf } from "./pages.ts";

/** What is looked at of the lock file. */
interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<
    Record<
      string,
      {
        readonly dependencies?: readonly string[];
        readonly optionalDependencies?: readonly string[];
      }
    >
  >;
  readonly workspace: { readonly dependencies: readonly string[] };
}

/** SHA-256 of each file of `deno-std` 1.4.0 that the program runs, by its path in the package. */
const RECORDED: Readonly<Record<string, string>> = {
  "csv/_io.js": "6b7039ddf047ffb82c1b0c5b2966217e5fe769f3ed7cefacb2f97e1cd85b6e93",
  "csv/_shared.js": "6ab1846301609b644b10b4e34dadedb7ecf1d48a76d39a14850c2846b544c63d",
  "csv/mod.js": "77d171813c2a82f9359bdf16ccf553826113e48e92dbd4eac11e365e35c87568",
  "csv/parse.js": "0ec5cdf7a6880f6b67686b3ca68621b0a5ec64c43d0f768e08f26181561da02b",
  "csv/parse_stream.js": "7dc4c211233396c936a5a906ca4454d582e850e0055032d2054c59b55d7f2a42",
  "csv/stringify.js": "983fd39cdb09076c4bdc4b7b3de8241b0af6e9756d0756028bce18fcc8b18f18",
  "csv/stringify_stream.js": "40292a4c44c25e69a2d83255ef20d55611736143f43821c53874730b24ed7c25",
  "streams/_common.js": "ec67bf262911d5700e290133220b3e609de2a2c025e0d7f9573329ce12a77607",
  "streams/text_delimiter_stream.js":
    "7284f31a601dcc88b02894b5f3b2718f4d66e01d4bc5349d56e69f92e4827780",
  "text/levenshtein_distance.js":
    "523d05aa1a169a0b642f36dca97c2ce8ef0f417583a49904729ebceb6d830d75",
  "uuid/_common.js": "6cc54da0ee8b224a4d43ed087da93dcf21df3bb91609b47c28b3dbe2ce9ed5af",
  "uuid/v7.js": "3932d68ff557854004c00f730a3918df2774cd8d628e231fa5742283234be32c",
  "yaml/_chars.js": "0dc933cdbe07d0949cbec95d16c82f6149c5d2531009c4f28c596effb4f489c5",
  "yaml/_loader_state.js": "fca5b12f7151dcadd9b273c996147bf346c5a2c25bb9e2e228bdc58b3deaf506",
  "yaml/_schema.js": "9ad5590e7b0ebe568d864b80448b817f44b03ca0e8213a8bfb6e9e1a7b0662cb",
  "yaml/_type/binary.js": "e9063b5a49ecb5d7f2f7ae99dce2932d3d25be5f67426b6d1373828180a3f13c",
  "yaml/_type/bool.js": "2953731583fbae82aa19508b9ffb1a57d928f82c641889720b61b120b7486955",
  "yaml/_type/float.js": "763524f53ba65b0ad44f10a776892b7c32449eff2b3b809fcde299f60b094fc9",
  "yaml/_type/int.js": "344953c23b03167fd103ccf52da1697a6891a7ecfcbd09f571d162721b612c80",
  "yaml/_type/map.js": "e36c8c746851d6457bfb85e3e216195826b749250b8fe33c43b680ca4c006f25",
  "yaml/_type/merge.js": "a2280afbc0abc6d6d6d2b4834f5e8aedf9bfd9ce288548899a96f9f2258618c1",
  "yaml/_type/nil.js": "32417208b7fb15ba447f9d2488f4adbe4bdd9f05b5d35e798d2d4457647daa13",
  "yaml/_type/omap.js": "253ad3378fc2efa45920dc0ab75b02a00bce4b782f8ad9c4a0420e91156d4548",
  "yaml/_type/pairs.js": "558a1cb549d473ab2e196c5b4001ecb36daf456f1de648e04dbad154a6284c09",
  "yaml/_type/regexp.js": "4781046da910011f901b58b0b13691d7a1911e2908f730cb6e1e68d1a2d60fa4",
  "yaml/_type/seq.js": "e5df90ea21ded0eb52c68b1c1f1dc759a96e21a786132fcb4fde4d70e8a6b341",
  "yaml/_type/set.js": "19f9d0db44e9e4ee1d6d0c728c5f954c2fa0f26da3c096236b08a205b1ef6c60",
  "yaml/_type/str.js": "5af2c731f3fb59e145737c729d49cd64860ab78afc209d6a4db6479e9e83076e",
  "yaml/_type/timestamp.js": "910d8f2b95d801741b99d67bcea8eff79865aff0fb22fa82b026c41ad78f56f1",
  "yaml/_type/undefined.js": "dcd8761efd9d19a27a19cb89f37916628f9c3ca47bf792427d0b85551443ffe8",
  "yaml/_utils.js": "21e57dfc2e15744e6ca2b457a9fd122285aaa24cef15802441eaaf3b075896da",
  "yaml/parse.js": "89f892c7f9c6e81987b84c02a07042cf801cb53fb1f5e79f76ae03de217e394f",
  "yaml/types.js": "acbe2250b939f957e95494afc4921270ed1ef839c4868f57279a53c2c37a8bc3",
};

async function packageFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache }: { npmCache: string } = JSON.parse(new TextDecoder().decode(stdout));
  for (const { name } of Deno.readDirSync(npmCache)) {
    const folder = `${npmCache}/${name}/deno-std/1.4.0`;
    if (await Deno.stat(folder).then(() => true, () => false)) return folder;
  }
  throw new Error(`no folder in ${npmCache} has deno-std 1.4.0`);
}

/** A file and what it imports, by relative paths within the package. */
function reached(folder: string, first: readonly string[]): Map<string, Uint8Array<ArrayBuffer>> {
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  const waiting = [...first];
  for (let path; (path = waiting.pop()) !== undefined;) {
    if (found.has(path)) continue;
    const bytes = Deno.readFileSync(`${folder}/${path}`);
    found.set(path, bytes);
    const text = new TextDecoder().decode(bytes);
    for (const [, name = ""] of text.matchAll(/^(?:import|export)\b[^"';]*["'](\.[^"']+)["']/gm)) {
      waiting.push(new URL(name, `file:///${path}`).pathname.slice(1));
    }
  }
  return found;
}

Deno.test("the functions of the standard library are those that were looked at", async () => {
  const ours = Object.entries(config.imports).filter(([name, target]) =>
    target.startsWith("npm:deno-std@1.4.0/") && name !== "@std/assert"
  );
  const first = ours.map(([, target]) => target.slice("npm:deno-std@1.4.0/".length));
  assert(first.length >= 4, `${first}`);
  const sums: Record<string, string> = {};
  for (const [path, bytes] of reached(await packageFolder(), first)) {
    sums[path] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  assertEquals(sums, RECORDED);
});

Deno.test("the lock file is frozen, has what is imported, and nothing that is not", () => {
  const lock: Lock = JSON.parse(textOf("deno.lock"));
  assertEquals(config.lock, { path: "./deno.lock", frozen: true });
  const imported = new Set(
    Object.values(config.imports).map((target) => /^npm:((?:@[^/]+\/)?[^/]+)/.exec(target)?.[0]),
  );
  assertEquals(Object.keys(lock.specifiers).sort(), [...imported].sort());
  assertEquals(lock.workspace.dependencies.toSorted(), [...imported].sort());
  const packages = lock.npm;
  const needed = new Set([...imported].map((name) => name?.slice("npm:".length)));
  for (const name of needed) {
    const { dependencies = [], optionalDependencies = [] } = packages[name ?? ""] ?? {};
    for (const each of [...dependencies, ...optionalDependencies]) {
      needed.add(Object.keys(packages).find((one) => one.startsWith(`${each}@`)));
    }
  }
  assertEquals(Object.keys(packages).sort(), [...needed].sort());
});
