import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import { changelog, copyright, gzip, type Release } from './control.ts';
import { notice } from './notice.ts';

export type PackagedFile = {
  /** From the root of the machine it is installed on, or `DEBIAN/…`. */
  path: string;
  mode: 0o644 | 0o755 | 0o640;
  content: string | Uint8Array;
};

const conf = 'etc/pns/pns.conf';
const doc = 'usr/share/doc/pns-proxy-pbx';

/** All files of the package but `control` and `md5sums`, which are about the others. */
export const layout = (root: string, node: string, bundle: Bundle, release: Release): PackagedFile[] => {
  const own = (name: string) => readFileSync(join(root, 'pbx/packaging/files', name), 'utf8');
  const file = (path: string, content: string | Uint8Array, mode: PackagedFile['mode'] = 0o644) => ({
    path,
    mode,
    content,
  });
  return [
    file('usr/bin/pns', own('pns.sh'), 0o755),
    file('usr/lib/pns/node', readFileSync(node), 0o755),
    ...Array.from(bundle.files, ([name, content]) => file(`usr/lib/pns/${name}`, content)),
    file('usr/lib/systemd/system/pns.service', own('pns.service')),
    file('etc/logrotate.d/pns', own('pns.logrotate')),
    // The sample holds no key yet; postinst gives it to the group pns.
    file(conf, readFileSync(join(root, 'pbx/etc/pns.conf')), 0o640),
    file(`${doc}/copyright`, copyright(readFileSync(join(root, 'LICENSE'), 'utf8'))),
    file(`${doc}/NOTICE.gz`, gzip(notice(root, bundle.sources))),
    file(`${doc}/node.LICENSE.gz`, gzip(own('node.LICENSE'))),
    file(`${doc}/changelog.gz`, gzip(changelog(release))),
    file('DEBIAN/conffiles', `/${conf}\n/etc/logrotate.d/pns\n`),
    ...['postinst', 'prerm', 'postrm'].map((name) => file(`DEBIAN/${name}`, own(name), 0o755)),
  ];
};
