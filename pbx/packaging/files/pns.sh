#!/bin/sh
exec /usr/lib/pns/node /usr/lib/pns/pns.mjs "$@"
