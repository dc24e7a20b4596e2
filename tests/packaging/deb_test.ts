import config from "../../deno.json" with { type: "json" };
import { HOMEPAGE } from "../../scripts/project.ts";
import { commandNames, manPage } from "../../scripts/man_page.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { binary } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { canMount, installed, leaveOut, succeeds } from "../installed.ts";

// In a copy of this system that is gone afterwards: nothing is installed here.
const INSTALL = `set -eu
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount --bind /proc /mnt/root/proc
cp "$1" /mnt/root/tickerlock.deb
cp "$2" /mnt/root/sample.txt
chmod 644 /mnt/root/sample.txt
chroot /mnt/root sh -eu -c '
  dpkg --install /tickerlock.deb >/dev/null
  dpkg --verify tickerlock
  getent passwd tickerlock | cut -d: -f6,7
  stat -c "%U %G %a" /var/lib/tickerlock
  cd /var/lib/tickerlock
  setpriv --reuid=tickerlock --regid=tickerlock --init-groups --reset-env \\
    /usr/bin/tickerlock ingest --source cotahist --file /sample.txt >/dev/null
  cd /
  dpkg --install /tickerlock.deb >/dev/null
  dpkg --remove tickerlock >/dev/null
  test ! -e /usr/bin/tickerlock
  dpkg --purge tickerlock 2>&1 | grep kept
  rm -r /var/lib/tickerlock/data /var/lib/tickerlock/locks
  dpkg --install /tickerlock.deb >/dev/null
  dpkg --purge tickerlock >/dev/null
  test ! -e /var/lib/tickerlock
  ! getent passwd tickerlock
'
find /mnt/upper -name '*tickerlock*' ! -path /mnt/upper/tickerlock.deb -print
`;

Deno.test("the Debian package is as Debian wants it, and goes in and out without a trace", async () => {
  if (binary() === undefined) return;
  if (!await succeeds(["test", "-e", projectPath("dist/tickerlock")])) {
    return leaveOut(
      "the Debian package: dist/tickerlock is not there, deno task compile builds it",
    );
  }
  if (!await installed("dpkg-deb") || !await installed("lintian")) return;
  const decoder = new TextDecoder();
  const built = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-run",
      "scripts/deb.ts",
      "--fast",
    ],
    cwd: projectPath(""),
  }).output();
  assert(built.success, decoder.decode(built.stderr));
  const path = decoder.decode(built.stdout).trim();
  assertStringIncludes(path, `dist/tickerlock_${config.version}_`);
  const lint = await new Deno.Command("lintian", {
    args: ["--allow-root", "--fail-on", "error,warning", path],
  }).output();
  assert(lint.success, decoder.decode(lint.stdout) + decoder.decode(lint.stderr));
  const unshare = ["unshare", "--mount"];
  if (Deno.uid() !== 0) return leaveOut("installing the Debian package: the tests are not root");
  if (!await canMount(unshare)) return;
  const sample = projectPath("docs/examples/cotahist-sample.txt");
  const [first = "", ...rest] = [...unshare, "sh", "-c", INSTALL, "sh", path, sample];
  const { success, stdout, stderr } = await new Deno.Command(first, {
    args: rest,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert(success, decoder.decode(stderr) + decoder.decode(stdout));
  assertEquals(decoder.decode(stdout).trim().split("\n"), [
    "/var/lib/tickerlock:/usr/sbin/nologin",
    "tickerlock tickerlock 750",
    "tickerlock: /var/lib/tickerlock is kept, there are data in it",
  ]);
});

Deno.test("installer, package and project name the same home", async () => {
  const script = await Deno.readTextFile(projectPath("install.sh"));
  const [, repository] = /^REPOSITORY=(.*)$/m.exec(script) ?? [];
  assertEquals(`https://github.com/${repository}`, HOMEPAGE);
});

Deno.test("the manual page has every command, as it is printed", () => {
  const help =
    "x 1\n\nCommands:\n  ingest   Bring data in\n  db       Look\n\nOptions:\n  -h  Show this\n";
  assertEquals(commandNames(help), ["ingest", "db"]);
  const page = manPage("1", "2026-01-01", help, [{ name: "db", help: ".x 'y' a\\b --c" }]);
  assertStringIncludes(page, ".SS tickerlock db\n.nf\n\\&.x 'y' a\\eb \\-\\-c\n.fi");
  assertStringIncludes(page, '.TH TICKERLOCK 1 "2026-01-01" "tickerlock 1"');
});
