#!/bin/sh
# Makes the archives in this folder anew, with GNU tar. Their bytes are the same each time.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"
umask 022
mkdir -p short/bin short/etc short/empty short/locked short/unlisted short/closed
printf '#!/bin/sh\n' > short/bin/run
chmod 755 short/bin/run
printf 'hello\n' > short/etc/motd
printf 'look\n' > short/etc/read-only
printf 'drop\n' > short/etc/write-only
printf 'inside\n' > short/locked/file
printf 'inside\n' > short/unlisted/file
printf 'inside\n' > short/closed/file
: > short/nothing
awk 'BEGIN { for (n = 0; n < 1250; n++) printf "%04d", n }' > short/pattern
ln -s etc/motd short/link
ln -s nowhere short/dangling
ln -s round short/round
ln short/etc/motd short/motd-again
chmod 444 short/etc/read-only
chmod 200 short/etc/write-only
cp -a short long
rm -r long/empty long/locked long/unlisted long/closed long/bin long/pattern
part=$(printf '%0100d' 7)
mkdir -p "long/$part-a/$part-b"
printf 'deep\n' > "long/$part-a/$part-b/$part-c"
ln -s "$part/$part" long/long-target
ln "long/$part-a/$part-b/$part-c" "long/$part-hard"
printf 'start' > hole
truncate -s 300000 hole
printf 'end' >> hole
chmod 555 short/locked
chmod 311 short/unlisted
chmod 600 short/closed
options='--sort=name --mtime=@1234567890.123456789 --owner=0 --group=0 --numeric-owner --blocking-factor=1'
pax=--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime
tar $options --format=v7 -C short -cf "$here/v7.tar" .
tar $options --format=ustar -C short -cf "$here/ustar.tar" .
tar $options --format=gnu -C long -cf "$here/gnu.tar" .
tar $options --format=posix $pax -C long -cf "$here/pax.tar" .
tar $options --format=gnu --sparse -cf "$here/sparse.tar" hole
