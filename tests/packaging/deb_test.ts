import config from "../../deno.json" with { type: "json" };
import { debianVersion, lowestLibc, onlyWithList } from "../../scripts/deb.ts";
import { HOMEPAGE } from "../../scripts/project.ts";
import { readMark, withMark } from "../../src/systemd/edit_mark.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { textOf } from "../pages.ts";
import { binary } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { canMount, installed, leaveOut, succeeds } from "../installed.ts";
import { testNeeding } from "../system.ts";

/** Where the package has its files, folders left out. */
const FILES = [
  "usr/bin/tickerlock",
  ...["tickerlock-collect.service", "tickerlock.service", "tickerlock.timer"]
    .map((name) => `usr/lib/systemd/system/${name}`),
  ...["tickerlock@.service", "tickerlock@.timer"].map((name) => `usr/lib/systemd/system/${name}`),
  "usr/share/bash-completion/completions/tickerlock",
  ...["CHANGELOG.gz", "THIRD-PARTY-LICENSES.txt", "changelog.gz", "copyright"]
    .map((name) => `usr/share/doc/tickerlock/${name}`),
  "usr/share/doc/tickerlock/examples/tickers.txt",
  "usr/share/fish/vendor_completions.d/tickerlock.fish",
  "usr/share/lintian/overrides/tickerlock",
  "usr/share/man/man1/tickerlock.1.gz",
  "usr/share/zsh/vendor-completions/_tickerlock",
];

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
  units=/usr/lib/systemd/system
  mkdir -p /run/user/0
  systemd-analyze verify --man=no "$units/tickerlock.service" "$units/tickerlock.timer" \\
    "$units/tickerlock-collect.service" "$units/tickerlock@x.service" "$units/tickerlock@x.timer" 2>&1
  test -z "$(find /etc/systemd/system -name "*tickerlock*")"
  bash -n /usr/share/bash-completion/completions/tickerlock
  gzip -dc /usr/share/man/man1/tickerlock.1.gz | grep -c "^.TH TICKERLOCK 1"

  grep ConditionFileNotEmpty= "$units/tickerlock.service"
  test -z "$(ls -A /etc/tickerlock)"
  echo PETR4.SA > /etc/tickerlock/tickers.txt
  cp /etc/tickerlock/tickers.txt /etc/tickerlock/brazil.txt
  echo YAHOO_COOKIE=secret > /etc/tickerlock/environment
  mkdir -p /etc/systemd/system/timers.target.wants /var/lib/systemd/timers /run/tickerlock
  cd /etc/systemd/system/timers.target.wants
  ln -s "$units/tickerlock@.timer" tickerlock@brazil.timer
  ln -s "$units/other.timer" other-tickerlock.timer
  touch /var/lib/systemd/timers/stamp-tickerlock@brazil.timer /run/tickerlock/PETR4.SA.lock
  cd /var/lib/tickerlock
  setpriv --reuid=tickerlock --regid=tickerlock --init-groups --reset-env \\
    /usr/bin/tickerlock ingest --source cotahist --file /sample.txt >/dev/null
  cd /
  dpkg --install /tickerlock.deb >/dev/null
  cat /etc/tickerlock/tickers.txt
  dpkg --remove tickerlock >/dev/null 2>&1
  test ! -e /usr/bin/tickerlock
  test -s /etc/tickerlock/tickers.txt
  test -s /etc/tickerlock/environment
  test -L /etc/systemd/system/timers.target.wants/tickerlock@brazil.timer
  test -s /var/lib/tickerlock/data/tickerlock.db
  dpkg --purge tickerlock 2>&1 | grep kept
  test -s /var/lib/tickerlock/data/tickerlock.db
  getent passwd tickerlock >/dev/null
  ls /etc/tickerlock
  # A run that was started by hand may have it.
  test -e /run/tickerlock/PETR4.SA.lock
  find /etc /run/tickerlock /var/lib/systemd -name "*tickerlock*" ! -type d 2>/dev/null || true

  echo -- no data
  rm -r /var/lib/tickerlock/data /var/lib/tickerlock/locks /etc/tickerlock
  dpkg --install /tickerlock.deb >/dev/null
  dpkg --purge tickerlock >/dev/null
  test ! -e /var/lib/tickerlock
  test ! -e /etc/tickerlock
  getent passwd tickerlock | cut -d: -f6

  echo -- a user that was there before, and a link
  userdel tickerlock 2>/dev/null
  ! getent group tickerlock
  useradd --no-user-group --gid users --home-dir /srv/elsewhere tickerlock
  mkdir -p /srv/large/lost+found
  ln -s /srv/large /var/lib/tickerlock
  dpkg --install /tickerlock.deb >/dev/null
  stat -c "%U %G" /srv/large
  dpkg --purge tickerlock 2>&1 | grep kept
  readlink /var/lib/tickerlock
  getent passwd tickerlock | cut -d: -f6

  echo -- a link to what is not empty
  chown root /srv/large
  touch /srv/large/other
  dpkg --install /tickerlock.deb 2>&1 >/dev/null | grep tickerlock:
  stat -c %U /srv/large

  echo -- a link to nowhere
  rm -r /srv/large
  dpkg --install /tickerlock.deb 2>&1 >/dev/null | grep tickerlock:
  dpkg --purge tickerlock 2>&1 | grep kept
'
`;

testNeeding(
  "debian",
  "the Debian package is as Debian wants it, and goes in and out without a trace",
  async () => {
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
    const listed = await new Deno.Command("dpkg-deb", { args: ["--contents", path] }).output();
    const names = decoder.decode(listed.stdout).trim().split("\n")
      .map((line) => line.replace(/^.* \.\//, "")).filter((name) => !/^$|\/$/.test(name));
    assertEquals(names.sort(), FILES.toSorted());
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
      "tickerlock tickerlock 700",
      "1",
      "ConditionFileNotEmpty=/etc/tickerlock/tickers.txt",
      "PETR4.SA",
      "tickerlock: /etc/tickerlock is kept, there are files of your own in it",
      "tickerlock: /var/lib/tickerlock is kept, there are data in it",
      "brazil.txt",
      "/etc/systemd/system/timers.target.wants/other-tickerlock.timer",
      "-- no data",
      "/var/lib/tickerlock",
      "-- a user that was there before, and a link",
      "tickerlock users",
      "tickerlock: /var/lib/tickerlock is kept, it is a link",
      "/srv/large",
      "/srv/elsewhere",
      "-- a link to what is not empty",
      "tickerlock: /var/lib/tickerlock is not of the user tickerlock, who has to be able to write there",
      "root",
      "-- a link to nowhere",
      "tickerlock: /var/lib/tickerlock leads to a folder that is not there: make it, for the user tickerlock",
      "tickerlock: /var/lib/tickerlock is kept, it is a link",
    ]);
  },
);

Deno.test("installer, package and project name the same home", async () => {
  const script = await Deno.readTextFile(projectPath("install.sh"));
  const [, repository] = /^REPOSITORY=(.*)$/m.exec(script) ?? [];
  assertEquals(`https://github.com/${repository}`, HOMEPAGE);
});

Deno.test("a version before the release sorts before it in Debian", async () => {
  assertEquals(debianVersion("0.2.0"), "0.2.0");
  assertEquals(debianVersion("0.2.0-rc.1"), "0.2.0~rc.1");
  assertEquals(debianVersion("0.2.0-rc-x.1+b-1"), "0.2.0~rc.x.1+b.1");
  if (!await installed("dpkg")) return;
  const versions = ["0.1.9", "0.2.0-alpha", "0.2.0-rc.1", "0.2.0-rc.2", "0.2.0", "0.2.1-rc.1"];
  for (const [index, version] of versions.slice(1).entries()) {
    const compared = [debianVersion(versions[index] ?? ""), "lt", debianVersion(version)];
    assert(await succeeds(["dpkg", "--compare-versions", ...compared]), compared.join(" "));
  }
});

Deno.test("the unit that waits for a list is marked anew", () => {
  const lines = ["# tickerlock.service", "", "[Unit]", "Description=a", "", "[Service]", ""];
  const unit = onlyWithList(withMark(lines.join("\n")));
  assertEquals(readMark(unit), "untouched");
  assertStringIncludes(
    unit,
    "[Unit]\nDescription=a\nConditionFileNotEmpty=/etc/tickerlock/tickers.txt\n\n[Service]",
  );
  assertEquals(unit.match(/sha256/g)?.length, 1);
});

Deno.test("the package asks for the C library that the executable needs, and no later one", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assertEquals(lowestLibc(bytes("x\0GLIBC_2.4\0GLIBC_2.27\0GLIBC_2.3.4\0GLIBC_2.17\0")), "2.27");
  assertThrows(() => lowestLibc(bytes("a script")), Error, "no version");
  assertMatch(textOf("packaging/debian/control"), /^Depends: libc6 \(>= @LIBC@\),/m);
});
