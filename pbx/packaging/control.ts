import { gzipSync } from 'node:zlib';

export type Release = {
  version: string;
  /** Debian's name: `amd64`. */
  architecture: string;
  /** Seconds since 1970. */
  time: number;
};

const maintainer = 'pns-proxy authors <pns-proxy@localhost>';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Debian's name for what Node calls `x64` or `arm64`.
 * @throws Error for any other: Node 24 has no build for it that runs on Debian
 */
export const debianArchitecture = (nodeArchitecture: string): string => {
  const name = architectures[nodeArchitecture];
  if (name === undefined) {
    throw new Error(
      `No package for ${nodeArchitecture}: expected ${Object.keys(architectures).join(' or ')}`,
    );
  }
  return name;
};

/**
 * The libraries are the ones that Node 24's own build asks for (its BUILDING.md: glibc 2.28; the binary: GLIBCXX_3.4.21,
 * which came with GCC 5). systemd is none of them: pns runs in a container too.
 */
export const control = ({ version, architecture }: Release, installedKib: number): string =>
  `Package: pns-proxy-pbx
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installedKib}
Depends: adduser, libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 5)
Recommends: logrotate
Section: comm
Priority: optional
Description: has phones woken for the calls of a PBX
 A phone app cannot stay registered to its PBX: the phone's system suspends it.
 pns, a daemon beside the PBX, hands each call on to a push2 endpoint, which
 wakes the phone through Apple, Google, Huawei or Web Push.
 .
 It keeps registrations until they have reached the endpoint, answers a call
 within its deadline whatever the network does, and brings its own Node.js.
`;

export const copyright = (licence: string): string =>
  `pns-proxy-pbx is pns and its packaging, under the licence below. It brings along

  /usr/lib/pns/node    Node.js: /usr/share/doc/pns-proxy-pbx/node.LICENSE.gz
  /usr/lib/pns/*.mjs   parts of npm packages: /usr/share/doc/pns-proxy-pbx/NOTICE.gz

${licence}`;

/** In the form that Debian's tools read; what has changed stands in the repository's CHANGELOG.md. */
export const changelog = ({ version, time }: Release): string => {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000');
  return `pns-proxy-pbx (${version}) unstable; urgency=medium

  * Release ${version}.

 -- ${maintainer}  ${date}
`;
};

/** As `gzip -9n` does: no time in it. */
export const gzip = (text: string): Uint8Array => gzipSync(text, { level: 9 });
