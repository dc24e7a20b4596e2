#!/bin/sh
# Installs tickerlock for the user who runs this: finds the platform out, downloads the executable of
# the newest release, checks its SHA-256, and puts it into place in one step.
#
#   sh install.sh [--version VERSION] [--dir DIR] [--force]     install or upgrade
#   sh install.sh --uninstall [--dir DIR] [--force]
#
# From a pipe: curl ... | sh -s -- --uninstall
#
# Without --dir it goes to ~/.local/bin. A file of that name that is not an executable of tickerlock is
# left alone without --force. It never needs root. TICKERLOCK_RELEASES is the address of the releases,
# for a mirror or a fork. A download that stands still for TICKERLOCK_STALL_SECONDS (30) is given up.
#
# Everything is in functions, and the last line calls them: a script that was cut short does nothing.
set -eu

# The one place where the project's home is named.
REPOSITORY=tickerlock/tickerlock
RELEASES=${TICKERLOCK_RELEASES:-https://github.com/$REPOSITORY/releases}
STALL_SECONDS=${TICKERLOCK_STALL_SECONDS:-30}

# Words that executables of tickerlock have inside (src/base/version.ts), and nothing else.
MARK=tickerlock-executable:commit=

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'Error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'Try: %s\n' "$2" >&2
  exit 1
}

usage() {
  say "sh install.sh [--version VERSION] [--dir DIR] [--force]   install or upgrade"
  say "sh install.sh --uninstall [--dir DIR] [--force]           remove the program; data stay"
  say ""
  say "  --version VERSION   another release than the newest"
  say "  --dir DIR           where the program goes; default ~/.local/bin"
  say "  --force             also where a file of that name is another program"
}

# What this machine is called in the names of the downloads.
platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    *) fail "there is no executable for $system" "On Windows download tickerlock-windows-x86_64.exe from $RELEASES" ;;
  esac
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "there is no executable for $machine" "Run it from source, see the README." ;;
  esac
  # A terminal under Rosetta says x86_64 on an ARM machine.
  if [ "$system-$machine" = macos-x86_64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    machine=aarch64
  fi
  # Some systems with the GNU library have musl beside it.
  if [ "$system" = linux ] && ! getconf GNU_LIBC_VERSION >/dev/null 2>&1 &&
    ls /lib/ld-musl-* >/dev/null 2>&1; then
    fail "the executable needs the GNU C library, and this system has musl" "Run it from source, see the README."
  fi
  printf '%s' "$system-$machine"
}

# wget_from URL FILE: wget cannot be told to stay with https, so each redirection is looked at before it
# is followed.
wget_from() {
  case $RELEASES in
    https://*) ;;
    *://*)
      # Short options: BusyBox has these too.
      wget -q -t 3 -T "$STALL_SECONDS" -O "$2" "$1"
      return
      ;;
    *) fail "$RELEASES is not an address" "Write TICKERLOCK_RELEASES as https://..." ;;
  esac
  url=$1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    case $url in
      https://*) ;;
      *) fail "a redirection leads to $url, which is not https" "Nothing was installed. Look at your network, or install curl." ;;
    esac
    if answer=$(wget -S -t 3 -T "$STALL_SECONDS" --max-redirect=0 -O "$2" "$url" 2>&1); then return 0; fi
    url=$(printf '%s\n' "$answer" | tr -d '\r' | awk 'tolower($1) == "location:" { url = $2 } END { print url }')
    if [ -z "$url" ]; then break; fi
  done
  printf '%s\n' "$answer" >&2
  return 1
}

# download URL FILE
download() {
  if command -v curl >/dev/null 2>&1; then
    # Redirections lead to https alone, unless the releases themselves are elsewhere.
    case $RELEASES in
      https://*) protocols='=https' ;;
      *://*) protocols="=${RELEASES%%:*},https" ;;
      *) fail "$RELEASES is not an address" "Write TICKERLOCK_RELEASES as https://..." ;;
    esac
    curl --fail --silent --show-error --location --retry 2 --proto "$protocols" \
      --connect-timeout "$STALL_SECONDS" --speed-limit 1000 --speed-time "$STALL_SECONDS" \
      --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget_from "$1" "$2"
  else
    fail "neither curl nor wget is installed" "Install one of them."
  fi
}

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum "$1")
  elif command -v shasum >/dev/null 2>&1; then
    sum=$(shasum -a 256 "$1")
  else
    fail "neither sha256sum nor shasum is installed, so the download cannot be checked" "Install one of them."
  fi
  printf '%s' "${sum%% *}"
}

# Who built it, where GitHub's own program can tell: the sum beside the download is from the same place.
check_provenance() {
  command -v gh >/dev/null 2>&1 || return 0
  case $RELEASES in
    https://github.com/*/*/releases)
      repository=${RELEASES#https://github.com/}
      repository=${repository%/releases}
      ;;
    *) repository=$REPOSITORY ;;
  esac
  if ! gh auth status >/dev/null 2>&1 || ! gh attestation --help >/dev/null 2>&1; then
    say "Not checked who built it: gh is too old, or not logged in (gh auth login)"
    return 0
  fi
  gh attestation verify "$1" --repo "$repository" >/dev/null ||
    fail "gh cannot prove that $repository has built this download" \
      "Nothing was installed. Do not use the download, and report it."
  say "gh has verified that $repository has built it"
}

# Whether the file is an executable of tickerlock. It is not started to find out: a foreign
# program could do anything. A script is never ours, whatever it mentions, nor is a link.
is_ours() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(head -c 2 "$1" | tr -d '\000')" != '#!' ] &&
    LC_ALL=C grep -qF "$MARK" "$1"
}

# What is not surely ours is neither replaced nor removed.
check_ours() {
  [ ! -d "$dir/tickerlock" ] || fail "$dir/tickerlock is a folder" "Move it away, or name another folder with --dir."
  if [ ! -e "$dir/tickerlock" ] && [ ! -L "$dir/tickerlock" ]; then return; fi
  if [ "$force" = no ] && ! is_ours "$dir/tickerlock"; then
    fail "$dir/tickerlock is another program" \
      "Name another folder with --dir, or have it ${1}d with --force."
  fi
}

# What runs that were killed have left. Further arguments choose among them.
remove_leftovers() {
  find "$dir/." ! -name . -prune -type d -name '.tickerlock-install.??????' "$@" \
    -exec rm -rf {} + 2>/dev/null || true
}

# A version as in semver.org, or nothing of it gets into an address.
check_version() {
  part='(0|[1-9][0-9]*)'
  word='(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'
  more='[0-9A-Za-z-]+'
  case $1 in
    *[!0-9A-Za-z.+-]*) ;;
    *)
      if printf '%s\n' "$1" |
        LC_ALL=C grep -Eq "^$part\\.$part\\.$part(-$word(\\.$word)*)?(\\+$more(\\.$more)*)?\$"; then
        return
      fi
      ;;
  esac
  fail "$1 is not a version" "Write it as in 0.2.0."
}

install_program() {
  name=tickerlock-$(platform) || exit 1
  check_ours replace
  if [ "$version" = latest ]; then
    from=$RELEASES/latest/download
  else
    from=$RELEASES/download/v$version
  fi
  mkdir -p "$dir" || fail "cannot make the folder $dir" "Name another with --dir."
  # Another run may be at work: only what is a day old.
  remove_leftovers -mtime +0
  # Beside its final place, so that moving it there is one step.
  work=$(mktemp -d "$dir/.tickerlock-install.XXXXXX") ||
    fail "cannot write to $dir" "Name another folder with --dir."
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # Some folders are mounted so that no program in them starts.
  printf '#!/bin/sh\n' >"$work/try"
  chmod 755 "$work/try"
  "$work/try" 2>/dev/null ||
    fail "no program can be started in $dir (mounted with noexec?)" "Name another folder with --dir."
  say "Downloading $name from $from"
  download "$from/SHA256SUMS" "$work/SHA256SUMS" ||
    fail "$from/SHA256SUMS could not be downloaded" "Look at $RELEASES for the versions there are."
  # Each sum once, in lower case: two that differ are two lines, and damaged.
  expected=$(awk -v name="$name" '$2 == name || $2 == "*" name { print tolower($1) }' "$work/SHA256SUMS" |
    sort -u)
  case $expected in
    "") fail "SHA256SUMS of this release does not name $name" "Take another version with --version." ;;
    *[!0-9a-f]*) fail "SHA256SUMS of this release is damaged: $expected" "Try again later." ;;
  esac
  [ ${#expected} -eq 64 ] || fail "SHA256SUMS of this release is damaged: $expected" "Try again later."
  download "$from/$name" "$work/tickerlock" ||
    fail "$from/$name could not be downloaded" "Try again later."
  found=$(sha256_of "$work/tickerlock")
  [ "$found" = "$expected" ] ||
    fail "the download is not what was published: its SHA-256 is $found, not $expected" \
      "Nothing was installed. Try again; if it stays so, do not use the download, and report it."
  check_provenance "$work/tickerlock"
  chmod 755 "$work/tickerlock"
  installed=$("$work/tickerlock" --version) ||
    fail "the downloaded program does not start here" "Nothing was installed. Run it from source, see the README."
  if [ "$version" != latest ]; then
    case $installed in
      "tickerlock $version" | "tickerlock $version "*) ;;
      *) fail "the download says that it is $installed, not $version" "Nothing was installed. Take another version." ;;
    esac
  fi
  # Once more: the download took its time.
  check_ours replace
  mv -f "$work/tickerlock" "$dir/tickerlock" || fail "cannot write $dir/tickerlock"
  say "Installed $installed as $dir/tickerlock"
  case :$PATH: in
    *:"$dir":*) ;;
    *) say "It is not on your PATH; add this to ~/.profile: export PATH=\"$dir:\$PATH\"" ;;
  esac
  say "Completions for bash, or zsh and fish in its place (see tickerlock completions --help):"
  say "  mkdir -p ~/.local/share/bash-completion/completions"
  say "  tickerlock completions bash > ~/.local/share/bash-completion/completions/tickerlock"
}

uninstall_program() {
  check_ours remove
  remove_leftovers
  if [ ! -e "$dir/tickerlock" ] && [ ! -L "$dir/tickerlock" ]; then
    say "There is no $dir/tickerlock; nothing to remove."
    return
  fi
  rm -f "$dir/tickerlock" || fail "cannot remove $dir/tickerlock"
  say "Removed $dir/tickerlock. Databases and locks are where they were."
}

main() {
  version=latest
  action=install_program
  force=no
  dir=
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --dir)
        [ $# -ge 2 ] || fail "$1 needs a value"
        if [ "$1" = --dir ]; then dir=$2; else version=$2; fi
        shift
        ;;
      --uninstall) action=uninstall_program ;;
      --force) force=yes ;;
      -h | --help)
        usage
        return
        ;;
      *) fail "unknown option $1" "See: sh install.sh --help" ;;
    esac
    shift
  done
  version=${version#v}
  [ "$version" = latest ] || check_version "$version"
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set" "Name the folder with --dir."
    dir=$HOME/.local/bin
  fi
  case $dir in
    /*) ;;
    *) dir=$(pwd)/$dir ;;
  esac
  $action
}

main "$@"
