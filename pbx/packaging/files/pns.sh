#!/bin/sh
# pns holds little and lives long: without these V8 takes 200 MiB for garbage that it could free.
exec /usr/lib/pns/node --optimize-for-size --max-semi-space-size=1 /usr/lib/pns/pns.mjs "$@"
