import { readWhole, readWholeSync } from "../../src/platform/read_whole.ts";
import { UnsafeFileError } from "../../src/platform/owners.ts";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { Folder } from "../files/folder.ts";
import { PipeInPlace } from "../pipe_in_place.ts";
import { testNeeding } from "../system.ts";

testNeeding(
  "pipes",
  "a file is read whole, and one that is larger than 10 MiB is refused",
  async () => {
    await using folder = await Folder.create();
    const path = `${folder.path}/f`;
    Deno.writeTextFileSync(path, "a".repeat(200_000));
    assertEquals(readWholeSync(path).length, 200_000);
    assertEquals(await readWhole(path), readWholeSync(path));
    // Of no blocks: what has no end is read no further than that.
    Deno.truncateSync(path, 2 ** 40);
    const words = "it is larger than 10 MiB";
    assertThrows(() => readWholeSync(path), UnsafeFileError, words);
    await assertRejects(() => readWhole(path), UnsafeFileError, words);
    assertThrows(() => readWholeSync(`${path}.missing`), Deno.errors.NotFound);
    assertThrows(() => readWholeSync(folder.path), Deno.errors.IsADirectory);
  },
);

testNeeding(
  "pipes",
  "a pipe is not waited for where a file belongs, and read where one may be named",
  async () => {
    await using folder = await Folder.create();
    const path = `${folder.path}/pipe`;
    {
      await using _pipe = new PipeInPlace(path);
      assertThrows(() => readWholeSync(path), UnsafeFileError, "it is a pipe, socket or device");
    }
    const writer = new Deno.Command("sh", { args: ["-c", `echo text > "$1"`, "sh", path] }).spawn();
    assertEquals(new TextDecoder().decode(readWholeSync(path, true)), "text\n");
    await writer.status;
  },
);
